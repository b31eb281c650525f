from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture import pcap, pcapng
from smtpids.capture.buffer import Buffer
from smtpids.capture.bypass import Bypass
from smtpids.capture.fast import Fast
from smtpids.capture.passing import Passer
from tests.support.capture_files import pcap_bytes, pcapng_bytes
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smtpids.capture.frames import Frame


@pytest.mark.parametrize(
    ("read", "write"), [(pcap.frames, pcap_bytes), (pcapng.frames, pcapng_bytes)]
)
def test_what_is_not_taken_is_given_as_frames(
    read: Callable[..., Iterator[Frame]], write: Callable[..., bytes]
) -> None:
    frames = Conversation().open().frames
    assert list(read("x", Buffer(iter([write(frames)])), Bypass(), Fast())) == frames


def test_one_that_takes_nothing_counts_nothing() -> None:
    fast = Fast()
    fast.begin_file("<", 1, 1, Passer(Bypass(), 1))
    fast.frame(0, 1, b"x")
    assert (fast.begin(1), fast.take(b"x", 0, 1, 0, 1), fast.run(b"x", 1)) == (False, False, 1)
    assert fast.run_blocks(b"x", 1, "<", []) == 1
    assert (fast.count, fast.last_ns) == (0, 0)

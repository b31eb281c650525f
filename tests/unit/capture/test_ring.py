from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.libpcap import PcapHandle
from smtpids.capture.linktypes import ETHERNET
from smtpids.capture.ring import BLOCK, RingHandle
from smtpids.config import Config
from smtpids.errors import CaptureError, UsageError
from smtpids.lane import Lane
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from tests.support import loopback
from tests.support.filters import CASES
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.capture.frames import Frame

pytestmark = [
    pytest.mark.live,
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]
PORTS = frozenset({25, 587})
MAIL = [frame for frame, is_mail in CASES.values() if is_mail]


@pytest.fixture(autouse=True)
def permission() -> None:
    loopback.need_permission()


#: Room that is soon full.
ROOM = 32 * BLOCK


def handle(name: str = "lo", ports: frozenset[int] = PORTS) -> RingHandle:
    return RingHandle(name, ports, any_port=False, tunnels=False, octets=ROOM)


def waiting(own: RingHandle, most: int = 512) -> list[Frame]:
    """Return the frames that wait, after a little patience."""
    frames: list[Frame] = []
    while select.select([own], [], [], 0.2)[0]:
        taken = own.read(most)
        assert len(taken) <= most
        frames += taken
    return frames


def octets(frames: Iterable[Frame]) -> list[bytes]:
    return [data for _, _, data in frames]


def numbered(count: int, port: int = 20_000) -> list[bytes]:
    """Return so many frames that are told apart by their client's port."""
    return [
        Conversation(("192.0.2.1", port + number)).open().frames[0][2] for number in range(count)
    ]


@pytest.mark.parametrize("most", [1, 7, 512])
def test_mail_is_given_in_every_dress_with_the_tag_that_the_kernel_took(most: int) -> None:
    own = handle()
    loopback.send(frame for frame, _ in CASES.values())
    frames = waiting(own, most)
    own.close()
    assert set(MAIL) <= set(octets(frames))
    assert all(abs(time.time_ns() - ts_ns) < 5_000_000_000 for ts_ns, _, _ in frames)
    assert [ts_ns for ts_ns, _, _ in frames] == sorted(ts_ns for ts_ns, _, _ in frames)


def test_a_frame_on_loopback_is_given_once() -> None:
    own = handle()
    sent = numbered(3)
    loopback.send(sent)
    assert octets(waiting(own)) == sent
    assert own.dropped() == 0
    own.close()


@pytest.mark.parametrize("most", [1, 7, 512])
def test_frames_may_be_taken_where_they_stand(most: int) -> None:
    own = handle()
    pipeline = Pipeline(Config(strict=True), counts=Counts())
    lane = Lane(pipeline)
    assert own.is_fast
    assert lane.begin(ETHERNET)
    sent = [*numbered(30), *MAIL]
    loopback.send(sent)
    given = []
    while select.select([own], [], [], 0.2)[0]:
        given.append(own.give(lane, most, 0))
    own.close()
    assert own.give(lane, most, 0) == 0
    assert max(given) <= most
    assert sum(given) == pipeline.packets >= len(sent)
    assert pipeline.octets >= sum(len(data) for data in sent)
    assert pipeline.table.opened >= 30


def test_a_block_that_was_begun_with_may_be_read_on() -> None:
    own = handle()
    pipeline = Pipeline(Config(strict=True), counts=Counts())
    lane = Lane(pipeline)
    lane.begin(ETHERNET)
    loopback.send(numbered(5))
    select.select([own], [], [], 5)
    assert own.give(lane, 2, 0) == 2
    assert octets(own.read(2)) == numbered(5)[2:4]
    assert own.give(lane, 2, 0) == 1
    own.close()
    assert pipeline.packets == 3


def test_the_blocks_are_used_again_and_again() -> None:
    own = handle()
    large = [frame.ljust(60_000, b"\0") for frame in numbered(200)]
    for _ in range(2 * ROOM // (200 * 60_000)):
        loopback.send(large)
        # other tests may send on this interface meanwhile, but nothing as large
        assert [one for one in octets(waiting(own)) if len(one) == 60_000] == large
    own.close()


@pytest.mark.slow
def test_frames_for_which_there_is_no_room_are_counted() -> None:
    with loopback.cable() as (here, there):
        own = handle(there)
        large = numbered(1)[0].ljust(1_500, b"\0")
        sent = 2 * ROOM // len(large)
        loopback.send((large for _ in range(sent)), here)
        taken = octets(waiting(own)).count(large)
        assert 0 < taken < sent
        assert own.dropped() >= sent - taken
        own.close()


def test_who_takes_over_reads_on_where_the_other_was_killed() -> None:
    """Two processes that have the handle from before either read."""
    own = handle()
    first, second = numbered(30), numbered(30, 30_000)
    loopback.send(first)
    child = os.fork()
    if not child:
        try:
            heard = octets(waiting(own))
            os._exit(0 if heard == first else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    loopback.send(second)
    assert octets(waiting(own)) == second
    own.close()


def test_an_interface_that_goes_away_is_an_error() -> None:
    with loopback.cable() as (here, there):
        own = handle(there)
        loopback.cut(here)
        with pytest.raises(CaptureError, match=r"^t.*: the interface went down or away$"):
            waiting(own)
        own.close()


def test_a_filter_of_the_user_takes_what_it_says() -> None:
    compiling = PcapHandle("lo", frozenset(), "tcp src port 20001", any_port=False, tunnels=False)
    code = compiling.program("tcp src port 20001")
    compiling.close()
    own = RingHandle("lo", PORTS, code, any_port=False, tunnels=False)
    sent = numbered(3)
    loopback.send(sent)
    assert octets(waiting(own)) == sent[1:2]
    own.close()


def test_all_interfaces_are_heard_as_any() -> None:
    own = handle("any")
    loopback.send(numbered(1))
    heard = waiting(own)
    own.close()
    assert any(data.endswith(numbered(1)[0][14:]) for data in octets(heard))
    compiling = PcapHandle("any", PORTS, None, any_port=False, tunnels=False)
    with pytest.raises(UsageError, match="several workers take one for Ethernet only"):
        compiling.program("tcp")
    compiling.close()


def test_a_handle_that_is_closed_gives_nothing() -> None:
    own = handle()
    own.close()
    own.close()
    assert own.read(5) == []


def test_a_kernel_without_such_a_ring_is_told_apart() -> None:
    done = loopback.run_without_ring(
        "from smtpids.capture.live import live_group\n"
        "from smtpids.capture.ring import RingRefusedError\n"
        "try: live_group(1, ['lo'], ports=frozenset({25}))\n"
        "except RingRefusedError as error: print(error)\n"
    )
    told = "lo: the kernel has no ring of TPACKET_V3: Protocol not available\n"
    assert (done.stdout, done.stderr) == (told, "")

from __future__ import annotations

import select

import pytest

from smtpids.capture.packetsocket import SocketHandle
from smtpids.errors import CaptureError, UsageError
from tests.support import loopback
from tests.support.filters import CASES
from tests.support.wire import Conversation

PORTS = frozenset({25, 587})


def handle(name: str = "lo", *, ports: frozenset[int] = PORTS) -> SocketHandle:
    return SocketHandle(name, ports, None, any_port=False, tunnels=False)


def captured(own: SocketHandle) -> list[bytes]:
    """Return what waits, after a little patience."""
    frames: list[bytes] = []
    while select.select([own], [], [], 0.05)[0]:
        frames += [data for _, _, data in own.read(100)]
    return frames


def test_a_filter_of_the_user_needs_libpcap() -> None:
    with pytest.raises(UsageError, match=r"^filter 'tcp port 25': only libpcap compiles filters"):
        SocketHandle("lo", PORTS, "tcp port 25", any_port=False, tunnels=False)


@pytest.mark.live
@pytest.mark.parametrize("name", ["tagged plain", "twice tagged plain", "tagged later fragment"])
def test_the_tag_that_the_kernel_took_is_put_back(name: str) -> None:
    loopback.need_permission()
    own = handle()
    loopback.send([CASES[name][0]])
    assert CASES[name][0] in captured(own)
    own.close()


@pytest.mark.live
def test_a_frame_on_loopback_is_seen_once() -> None:
    loopback.need_permission()
    own = handle()
    loopback.send([CASES["plain"][0]])
    assert captured(own).count(CASES["plain"][0]) == 1
    own.close()


@pytest.mark.live
def test_frames_that_nobody_reads_are_counted() -> None:
    loopback.need_permission()
    own = handle()
    frame = CASES["plain"][0].ljust(60_000, b"\0")
    loopback.send(frame for _ in range(4000))
    dropped = own.dropped()
    taken = captured(own)
    assert dropped == own.dropped()
    own.close()
    assert dropped > 0
    assert len(taken) + dropped >= 4000


@pytest.mark.live
def test_an_interface_that_is_gone_is_an_error() -> None:
    loopback.need_permission()
    with loopback.cable() as (one, _):
        own = handle(one)
        loopback.cut(one)
        with pytest.raises(CaptureError, match="went down or away"):
            captured(own)
        own.close()


@pytest.mark.live
def test_sockets_of_a_group_share_the_connections() -> None:
    loopback.need_permission()
    one, other = handle(), handle()
    group = one.join(None)
    assert other.join(group) == group
    talks = [
        [data for _, _, data in Conversation(("192.0.2.1", port)).open().close().frames]
        for port in range(20_000, 20_032)
    ]
    loopback.send(frame for frames in talks for frame in frames)
    heard = [captured(own) for own in (one, other)]
    found = [[sum(frame in part for frame in frames) for part in heard] for frames in talks]
    assert {tuple(sorted(parts)) for parts in found} == {(0, len(talks[0]))}
    assert len({tuple(parts) for parts in found}) == 2
    one.close()
    other.close()


@pytest.mark.live
def test_a_group_that_there_is_not_is_an_error() -> None:
    loopback.need_permission()
    own = handle()
    own.close()
    with pytest.raises(CaptureError, match=r"^lo: cannot be shared by several workers: .*leave -j"):
        own.join(None)

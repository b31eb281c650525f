from __future__ import annotations

import functools
import itertools
import operator
import os
import signal
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from smtpids.capture.frames import TICK, Frame
from smtpids.capture.live import (
    BACKENDS,
    BATCH,
    LiveSource,
    backend_in_use,
    default_backend,
    live_group,
    live_source,
)
from smtpids.config import MIB, Config
from smtpids.errors import CaptureError, UsageError
from smtpids.lane import Lane
from smtpids.metrics import Counts
from smtpids.packet.decode import Decoder
from smtpids.pipeline import Pipeline
from tests.support import loopback
from tests.support.filters import CASES
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTS = frozenset({25, 587})
each_backend = pytest.mark.parametrize("backend", BACKENDS)


class Line:
    """An interface made of a pipe: readable while there are frames."""

    def __init__(self, name: str, frames: list[Frame], *, then: Line | None = None) -> None:
        self.name = name
        self._frames = frames
        self._then = then
        """The line whose frames come after those of this one were read."""
        self._read, self._write = os.pipe()
        if frames:
            self.ring()

    def ring(self) -> None:
        os.write(self._write, b"x")

    def fileno(self) -> int:
        return self._read

    def hold(self, frames: list[Frame]) -> None:
        """Have frames that nobody knows of until the line rings."""
        self._frames = frames

    def read(self, most: int) -> list[Frame]:
        taken, self._frames = self._frames[:most], self._frames[most:]
        if not self._frames:
            os.read(self._read, 1)
            if self._then is not None:
                self._then.ring()
        return taken

    def dropped(self) -> int:
        return 3

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def alarm() -> Iterator[None]:
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def until_ticks(source: LiveSource, count: int) -> list[Frame]:
    """Return the frames up to a number of ticks."""
    frames: list[Frame] = []
    for frame in source:
        if frame[1] != TICK:
            frames.append(frame)
            continue
        count -= 1
        if not count:
            break
    return frames


def test_interfaces_are_merged_by_time() -> None:
    source = LiveSource(
        [Line("a", [(1, 1, b"a"), (4, 1, b"d")]), Line("b", [(2, 1, b"b"), (3, 1, b"c")])], "x"
    )
    assert [frame[0] for frame in until_ticks(source, 1)] == [1, 2, 3, 4]
    assert (source.name, source.received, source.dropped) == ("a,b", 4, 6)
    source.close()
    assert (source.received, source.dropped) == (4, 6)


def test_an_interface_whose_block_comes_later_is_waited_for() -> None:
    now = time.time_ns()
    late = Line("late", [])
    early = Line("early", [(now - 1000, 1, b"reply")], then=late)
    late.hold([(now - 2000, 1, b"command")])
    source = LiveSource([early, late], "x")
    assert [data for _, _, data in until_ticks(source, 2)] == [b"command", b"reply"]
    source.close()


def test_frames_that_wait_for_each_other_are_given_at_the_end() -> None:
    now = time.time_ns()
    source = LiveSource([Line("a", [(now, 1, b"a")]), Line("b", [])], "x")
    frames = []
    for frame in source:
        source.stop()
        frames.append(frame)
    assert [link for _, link, _ in frames] == [TICK, 1]
    assert source.received == 1
    source.close()


def test_what_the_kernel_has_taken_before_a_stop_is_given() -> None:
    line = Line("a", [(1, 1, b"first")])
    source = LiveSource([line], "x")
    taken = []
    for _, link, data in source:
        if link != TICK:
            taken.append(data)
        if data == b"first":
            source.stop()
            line.hold([(2, 1, b"last")])
            line.ring()
    assert taken == [b"first", b"last"]
    assert source.received == 2
    source.close()


def test_however_much_has_come_before_a_stop_is_given() -> None:
    first = Line("a", [(1, 1, b"")])
    source = LiveSource([first], "x")
    many = [(2, 1, b"")] * 150_000
    for _, link, _ in source:
        if link != TICK and many:
            source.stop()
            first.hold(many)
            first.ring()
            many = []
    assert source.received == 150_001
    source.close()


def test_what_comes_after_a_stop_does_not_keep_it_from_its_end() -> None:
    line = Line("a", [(1, 1, b"")])
    source = LiveSource([line], "x")
    began = time.monotonic()
    for _, link, _ in source:
        source.stop()
        if link != TICK:
            line.hold([(time.time_ns() + 1_000_000_000, 1, b"")])
            line.ring()
    assert time.monotonic() - began < 2
    source.close()


def test_stamps_of_another_clock_do_not_wait() -> None:
    future = time.time_ns() + 10**12
    source = LiveSource([Line("a", [(future, 1, b"a")]), Line("b", [])], "x")
    assert (future, 1, b"a") == next(iter(source))
    source.close()


def test_a_busy_interface_does_not_keep_ticks_from_coming() -> None:
    frames = [(number, 1, b"") for number in range(3 * BATCH)]
    source = LiveSource([Line("a", frames)], "x")
    before: list[int] = []
    for number, frame in enumerate(source):
        if frame[1] == TICK:
            before.append(number)
            break
    assert before == [BATCH]
    source.close()


def test_ticks_come_every_half_second_at_least_with_the_time_of_the_clock() -> None:
    source = LiveSource([Line("a", [])], "x")
    began = time.time_ns()
    ticks = []
    for ts_ns, link, data in source:
        assert (link, data) == (TICK, b"")
        ticks.append(ts_ns)
        if len(ticks) == 3:
            break
    source.close()
    assert abs(ticks[0] - began) < 500_000_000
    gaps = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    assert max(gaps) <= 500_000_000
    assert min(gaps) >= 100_000_000


def test_a_signal_handler_stops_a_quiet_source(alarm: None) -> None:
    source = LiveSource([Line("a", [])], "x")
    assert_stops_at_once(source)
    source.close()


def assert_stops_at_once(source: LiveSource) -> None:
    stopped: list[float] = []

    def on_alarm(number: int, stack: object) -> None:
        stopped.append(time.monotonic())
        source.stop()

    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.35)
    assert {TICK} == {frame[1] for frame in source}
    assert time.monotonic() - stopped[0] < 0.2


def test_stop_and_close_may_come_twice_and_in_any_order() -> None:
    source = LiveSource([Line("a", [(1, 1, b"")])], "x")
    for _ in range(2):
        source.stop()
        source.close()
    assert list(source) == []


def test_an_unknown_interface_is_told_before_anything_is_opened() -> None:
    with pytest.raises(UsageError, match=r"^nowhere7: no such interface"):
        live_source(["lo", "nowhere7"], ports=PORTS)


def test_an_unknown_backend_is_told() -> None:
    with pytest.raises(UsageError, match="there are libpcap, socket"):
        live_source(["lo"], ports=PORTS, backend="pf_ring")


def test_the_backend_in_use_is_named_with_its_version() -> None:
    names = {"libpcap": "libpcap 1.", "socket": "packet socket"}
    assert names[default_backend()] in backend_in_use()


@pytest.mark.live
@each_backend
def test_a_greeting_on_loopback_is_seen_once(backend: str) -> None:
    loopback.need_permission()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = live_source(["lo"], ports=frozenset({port}), backend=backend)
        loopback.greet(server, b"220 hi\r\n")
    began = time.time_ns()
    decoder = Decoder(Config(strict=True))
    frames = until_ticks(source, 2)
    source.close()
    segments = [decoder.decode(*frame) for frame in frames]
    assert None not in segments
    assert [segment[5] for segment in segments if segment and segment[5]] == [b"220 hi\r\n"]
    assert all(abs(began - ts_ns) < 5_000_000_000 for ts_ns, _, _ in frames)
    assert (len(frames), 0) == (source.received, source.dropped)


@pytest.mark.live
def test_a_kernel_without_the_ring_is_read_without_it() -> None:
    loopback.need_permission()
    done = loopback.run_without_ring(
        "from smtpids.capture.live import live_source\n"
        "print(live_source(['lo'], ports=frozenset({25})).backend)\n"
    )
    assert (done.stdout, done.stderr) == ("socket\n", "")


@pytest.mark.live
@pytest.mark.parametrize("backend", ["ring", "socket"])
def test_frames_are_taken_where_they_stand_if_that_can_be(backend: str) -> None:
    loopback.need_permission()
    pipeline = Pipeline(Config(strict=True), counts=Counts())
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = live_source(["lo"], ports=frozenset({port}), backend=backend)
        loopback.greet(server, b"220 hi\r\n")
    frames = source.frames(Lane(pipeline))
    given, ticks = [], 0
    while ticks < 3:
        frame = next(frames)
        ticks += frame[1] == TICK
        if frame[1] != TICK:
            given.append(frame)
    source.close()
    assert given == [] if backend == "ring" else pipeline.packets == 0
    assert pipeline.packets + len(given) == source.received > 3


@pytest.mark.live
@each_backend
def test_mail_is_captured_in_every_dress(backend: str) -> None:
    loopback.need_permission()
    source = live_source(["lo"], ports=PORTS, backend=backend)
    loopback.send(frame for frame, _ in CASES.values())
    taken = {data for _, _, data in until_ticks(source, 3)}
    source.close()
    wanted = {name for name, (_, is_mail) in CASES.items() if is_mail}
    found = {name for name, (frame, _) in CASES.items() if frame in taken}
    assert set() == wanted - found
    # Our own program takes whatever still has a tag.
    assert all("twice tagged" in name for name in found - wanted)
    assert backend != "libpcap" or found == wanted


@pytest.mark.live
@pytest.mark.slow
@each_backend
def test_what_the_kernel_has_no_room_for_is_counted(backend: str) -> None:
    """The limit capture_octets."""
    loopback.need_permission()
    large = Conversation().open().frames[0][2].ljust(1_500, b"\0")
    lost = []
    with loopback.cable() as (here, there):
        for octets in (MIB // 2, 64 * MIB):
            source = live_source([there], ports=PORTS, octets=octets, backend=backend)
            with closing(source):
                # the kernel's own queue before any reader is short: not all at once
                for _ in range(20):
                    loopback.send((large for _ in range(200)), here)
                    time.sleep(0.005)
                until_ticks(source, 4)
                assert source.received > 0
                lost.append(source.dropped)
    assert lost[0] > 0
    assert lost[1] == 0


@pytest.mark.live
@each_backend
def test_a_signal_handler_stops_an_idle_interface(backend: str, alarm: None) -> None:
    loopback.need_permission()
    source = live_source(["lo"], ports=loopback.QUIET_PORTS, backend=backend)
    assert_stops_at_once(source)
    source.close()


@pytest.mark.live
@each_backend
def test_both_directions_of_a_tap_are_one_conversation(backend: str) -> None:
    loopback.need_permission()
    with loopback.cable() as (one, _), loopback.cable() as (two, _):
        source = live_source([one, two], ports=PORTS, backend=backend)
        # The kernel begins to stamp frames a moment after the first socket asks for it.
        until_ticks(source, 2)
        loopback.send([CASES["plain"][0]], one)
        loopback.send([CASES["reply"][0]], two)
        frames = until_ticks(source, 3)
        source.close()
    # The machine itself says hello on a new cable.
    mail = [CASES["plain"][0], CASES["reply"][0]]
    assert mail == [data for _, _, data in frames if data in mail]


@pytest.mark.live
@each_backend
def test_an_interface_that_goes_away_is_an_error(backend: str) -> None:
    loopback.need_permission()
    with loopback.cable() as (one, _):
        source = live_source([one], ports=PORTS, backend=backend)
        frames = iter(source)
        assert TICK in (frame[1] for frame in frames)  # it runs
        loopback.cut(one)
        with pytest.raises(CaptureError, match=f"^{one}: the interface"):
            list(frames)
        source.close()


@pytest.mark.live
@each_backend
def test_all_interfaces_are_captured_as_any(backend: str) -> None:
    loopback.need_permission()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = live_source(["any"], ports=frozenset({port}), backend=backend)
        loopback.greet(server, b"220 hi\r\n")
    decoder = Decoder(Config(strict=True))
    segments = [decoder.decode(*frame) for frame in until_ticks(source, 2)]
    source.close()
    payloads = [segment[5] for segment in segments if segment and segment[5]]
    assert {b"220 hi\r\n"} == set(payloads)


@pytest.mark.live
def test_the_sources_of_a_group_give_each_frame_to_one() -> None:
    loopback.need_permission()
    loopback.send([CASES["plain"][0]])
    sources = live_group(2, ["lo"], ports=PORTS)
    sent = [
        data
        for port in range(20_000, 20_020)
        for _, _, data in Conversation(("192.0.2.1", port)).open().close().frames
    ]
    loopback.send(sent)
    heard = [[data for _, _, data in until_ticks(source, 2)] for source in sources]
    for source in sources:
        source.close()
    assert sorted(functools.reduce(operator.iadd, heard, [])) == sorted(sent)
    assert all(heard)


@pytest.mark.live
def test_a_group_takes_a_filter_of_the_user() -> None:
    loopback.need_permission()
    (source,) = live_group(1, ["lo"], ports=PORTS, bpf="tcp src port 20001")
    sent = [Conversation(("192.0.2.1", port)).open().frames[0][2] for port in (20_000, 20_001)]
    loopback.send(sent)
    heard = [data for _, _, data in until_ticks(source, 2)]
    source.close()
    assert heard == sent[1:]


def test_frames_of_before_a_group_was_whole_are_passed_over() -> None:
    source = LiveSource([Line("a", [(1, 1, b"early"), (7, 1, b"late")])], "test")
    source.since_ns = 7
    assert until_ticks(source, 2) == [(7, 1, b"late")]
    source.close()


def test_an_unknown_interface_is_told_of_a_group_too() -> None:
    with pytest.raises(UsageError, match=r"^nowhere: no such interface"):
        live_group(2, ["nowhere"], ports=PORTS)

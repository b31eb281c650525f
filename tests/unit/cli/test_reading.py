from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture import Follower
from smtpids.cli.reading import Reading
from smtpids.cli.screen import Screen, logging_to
from smtpids.errors import CaptureError
from tests.support.wire import pcap_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from smtpids.capture.frames import Frame, Source


class Frames:
    """A source of `count` frames, of ten octets each; `damaged` ends in a fault."""

    def __init__(
        self, name: str, count: int, *, damaged: bool = False, size: int | None = None
    ) -> None:
        self.name = name
        self.size = size
        self.position = 0
        self.received = 0
        self.dropped = 0
        self.stopped = False
        self.closed = False
        self._count = count
        self._damaged = damaged

    def __iter__(self) -> Iterator[Frame]:
        for number in range(self._count):
            if self.stopped:
                return
            self.received += 1
            self.position += 10
            yield (number, 1, b"")
        if self._damaged:
            raise CaptureError(self.name, "cut short", offset=10 * self._count)

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        self.closed = True


class Consumer:
    """Notes what it is fed, and how far the reading is at each frame."""

    def __init__(self, reading: Reading | None = None, stop_at: int | None = None) -> None:
        self.fed: list[tuple[str, int]] = []
        self.octets: list[int] = []
        self._reading = reading
        self._stop_at = stop_at

    def run(self, source: Source) -> None:
        for frame in source:
            self.fed.append((source.name, frame[0]))
            if self._reading is not None:
                self.octets.append(self._reading.octets)
                if len(self.fed) == self._stop_at:
                    self._reading.stop()


def test_sources_are_read_in_order_and_closed() -> None:
    sources = [Frames("a", 2), Frames("b", 1)]
    reading, consumer = Reading(sources), Consumer()
    reading.feed(consumer)
    assert consumer.fed == [("a", 0), ("a", 1), ("b", 0)]
    assert [source.closed for source in sources] == [True, True]
    assert (reading.finished, reading.unreadable) == (2, 0)


def test_a_damaged_source_is_said_and_the_next_one_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reading, consumer = Reading([Frames("a", 1, damaged=True), Frames("b", 1)]), Consumer()
    with logging_to(Screen(), quiet=True, verbose=0):
        reading.feed(consumer)
    assert consumer.fed == [("a", 0), ("b", 0)]
    assert reading.unreadable == 1
    assert capsys.readouterr().err == "smtpids: a: offset 10: cut short\n"


def test_sources_are_counted_by_how_they_ended() -> None:
    sources = [Frames("a", 1), Frames("b", 1, damaged=True), Frames("c", 0, damaged=True)]
    reading = Reading(sources)
    reading.feed(Consumer())
    assert reading.results == {"ok": 1, "truncated": 1, "error": 1}
    assert (reading.finished, reading.unreadable) == (3, 2)


def test_a_stop_ends_the_source_and_skips_the_others() -> None:
    sources = [Frames("a", 100), Frames("b", 100)]
    reading = Reading(sources)
    consumer = Consumer(reading, stop_at=3)
    reading.feed(consumer)
    assert consumer.fed == [("a", 0), ("a", 1), ("a", 2)]
    assert reading.stopped


def test_a_stop_before_the_start_reads_nothing() -> None:
    reading, consumer = Reading([Frames("a", 1)]), Consumer()
    reading.stop()
    reading.feed(consumer)
    assert consumer.fed == []


def test_the_octets_grow_from_file_to_file() -> None:
    reading = Reading([Frames("a", 2, size=24), Frames("b", 1, size=14)])
    consumer = Consumer(reading)
    reading.feed(consumer)
    assert (reading.total, consumer.octets, reading.octets) == (38, [10, 20, 34], 38)


def test_a_file_that_was_stopped_counts_as_far_as_it_was_read() -> None:
    reading = Reading([Frames("a", 5, size=54)])
    reading.feed(Consumer(reading, stop_at=2))
    assert (reading.total, reading.octets) == (54, 20)


def test_a_pipe_makes_the_total_unknown() -> None:
    assert Reading([Frames("a", 1, size=10), Frames("-", 1)]).total is None


class Growing(Frames):
    """A source that may come again as long as it is not over."""

    over = False


def test_a_source_that_may_come_again_is_closed_and_counted_once() -> None:
    growing = Growing("a", 2)
    reading, consumer = Reading([growing, Frames("b", 1), growing]), Consumer()
    reading.feed(consumer)
    assert consumer.fed == [("a", 0), ("a", 1), ("b", 0), ("a", 0), ("a", 1)]
    assert (reading.finished, reading.results["ok"], growing.closed) == (2, 2, False)
    growing.over = True
    again = Reading([growing])
    again.feed(Consumer())
    assert (again.finished, growing.closed) == (1, True)


def test_a_folder_is_followed_until_a_stop(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(pcap_bytes([(0, 1, b"a"), (1_000, 1, b"b")]))
    follower = Follower(tmp_path, now_ns=lambda: 0, wait=lambda _: reading.stop())
    reading, consumer = Reading(follower), Consumer()
    reading.feed(consumer)
    assert [ts_ns for _, ts_ns in consumer.fed] == [0, 1_000]
    assert (reading.total, reading.finished, reading.unreadable) == (None, 1, 0)


def test_lost_packets_are_summed() -> None:
    sources = [Frames("a", 1), Frames("b", 1)]
    sources[0].dropped, sources[1].dropped = 2, 3
    reading = Reading(sources)
    reading.feed(Consumer())
    assert reading.lost == 5

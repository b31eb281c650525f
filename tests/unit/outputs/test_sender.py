from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import MIB, OutputConfig
from smtpids.outputs import Output
from smtpids.outputs.backoff import Backoff
from smtpids.outputs.dead_letters import DeadLetters
from smtpids.outputs.queue import Queue
from smtpids.outputs.sender import NetworkOutput
from smtpids.outputs.spool import Spool
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError
from tests.support.entries import entries, entry, ids
from tests.support.transports import (
    PATIENCE,
    Fake,
    away,
    dies_after,
    puts_off,
    refuses,
    take,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from smtpids.outputs.backlog import Backlog
    from smtpids.outputs.entry import Entry

NOW = 1_764_000_000_000_000_000


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, "smtpids")
    return lambda: [record.getMessage() for record in caplog.records]


def output(
    fake: Fake,
    backlog: Backlog | None = None,
    *,
    letters: str = "",
    drain: float = PATIENCE,
    jitter: float = 0.0,
    waits: bool = False,
    events: int = 500,
    observe: Callable[[float], None] = lambda _: None,
    backoff: Backoff | None = None,
) -> NetworkOutput:
    config = OutputConfig(
        type="syslog",
        target="tcp://192.0.2.9",
        name="siem",
        drain_ns=int(drain * 1e9),
        batch_events=events,
    )
    return NetworkOutput(
        config,
        fake,
        Queue(MIB, drop_oldest=not waits) if backlog is None else backlog,
        backoff or Backoff(lambda: jitter),
        DeadLetters(letters, "siem"),
        waits=waits,
        now_ns=lambda: NOW,
        observe=observe,
    )


def deliver(made: NetworkOutput, number: int) -> None:
    """Let a number of entries wait, then deliver them to the end."""
    for one in entries(*range(number)):
        made.write(one)
    made.start()
    made.close()


def test_it_is_an_output() -> None:
    assert isinstance(output(Fake()), Output)


def test_records_arrive_in_order_in_batches() -> None:
    fake = Fake()
    took: list[float] = []
    made = output(fake, events=4, observe=took.append)
    deliver(made, 10)
    assert fake.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert (made.delivered, made.lost, made.up) == (10, 0, True)
    assert made.last_success_ns == NOW
    assert (len(took), fake.closed, made.queue_length) == (3, 1, 0)


def test_a_record_that_comes_later_is_delivered_at_once() -> None:
    fake = Fake()
    made = output(fake)
    made.start()
    for one in entries(1, 2):
        made.write(one)
        fake.wait_for(lambda one=one: int(one.id) in fake.arrived)  # type: ignore[misc]
    assert fake.batches == [[1], [2]]
    made.close()


def test_a_receiver_that_was_away_is_given_the_batch_again(said: Callable[[], list[str]]) -> None:
    fake = Fake(take, away("it is away"), away("it is away"), away("it is gone", reason="timeout"))
    made = output(fake, events=2)
    deliver(made, 6)
    assert fake.arrived == [0, 1, 2, 3, 4, 5]
    assert (made.retries, made.resent, made.errors) == (3, 2, {"write": 2, "timeout": 1})
    assert said() == [
        "output siem: 6 records of an earlier run waiting",
        "output siem: it is away",
        "output siem: it is gone",
        "output siem is back after 0 s, 2 records sent again",
    ]


def test_what_died_in_the_middle_arrives_twice_and_is_counted() -> None:
    fake = Fake(take, dies_after(1), dies_after(2))
    made = output(fake, events=3)
    deliver(made, 9)
    assert fake.arrived == [0, 1, 2, 3, 3, 4, 3, 4, 5, 6, 7, 8]
    assert (made.delivered, made.resent) == (9, 3)


def test_what_was_not_confirmed_goes_again_after_a_loss() -> None:
    """As over plain TCP: what was written may be lost with the connection."""

    def takes_unconfirmed(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.unconfirmed += len(batch)
        return take(fake, batch)

    fake = Fake(takes_unconfirmed, takes_unconfirmed, dies_after(0), always=take)
    made = output(fake, events=2)

    def lose(_fake: Fake) -> None:
        fake.unconfirmed = 0

    fake.on_confirm = lose
    for one in entries(*range(6)):
        made.write(one)
    made.start()
    fake.wait_for(lambda: len(fake.batches) > 3)
    made.close()
    assert fake.batches[:5] == [[0, 1], [2, 3], [4, 5], [0, 1], [2, 3]]
    assert sorted(set(fake.arrived)) == list(range(6))
    assert (made.delivered, made.resent) == (6, 6)


def test_at_the_end_the_receiver_is_asked_whether_it_has_all() -> None:
    def takes_unconfirmed(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.unconfirmed += len(batch)
        return take(fake, batch)

    def confirms(fake: Fake) -> None:
        if fake.confirms == 1:
            fake.unconfirmed = 0
            message = "it broke"
            raise UnavailableError(message)
        fake.unconfirmed = 0

    fake = Fake(always=takes_unconfirmed)
    fake.on_confirm = confirms
    made = output(fake)
    deliver(made, 3)
    assert (fake.arrived, fake.confirms) == ([0, 1, 2] * 2, 2)
    assert (made.delivered, made.lost, made.resent) == (3, 0, 3)


def test_what_is_never_confirmed_counts_as_lost() -> None:
    def takes_unconfirmed(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.unconfirmed = 2
        return take(fake, batch)

    made = output(Fake(always=takes_unconfirmed))
    deliver(made, 5)
    assert (made.delivered, made.lost_by_reason) == (3, {"shutdown": 2})


@pytest.mark.slow
def test_a_receiver_that_goes_away_while_nothing_comes_is_noticed() -> None:
    """What was lost with it would else wait for the next record."""
    asked: list[int] = []

    def takes_unconfirmed(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.unconfirmed += len(batch)
        return take(fake, batch)

    def has_gone(fake: Fake, batch: Sequence[Entry]) -> Report:
        asked.append(len(batch))
        fake.unconfirmed = 0
        message = "it has gone"
        raise UnavailableError(message)

    fake = Fake(takes_unconfirmed, has_gone, always=take)
    made = output(fake)
    made.start()
    made.write(entry(1))
    fake.wait_for(lambda: fake.arrived == [1, 1])
    made.close()
    assert (asked, made.delivered, made.resent) == ([0], 1, 1)


def test_what_is_confirmed_while_nothing_comes_is_let_go() -> None:
    def takes_unconfirmed(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.unconfirmed = len(batch)
        return take(fake, batch)

    fake = Fake(takes_unconfirmed)
    made = output(fake)
    made.start()
    made.write(entry(1))
    fake.wait_for(lambda: fake.arrived == [1])
    fake.unconfirmed = 0
    patience = threading.Event()
    while made.queue_length:
        assert not patience.wait(0.02)
    assert made.delivered == 1
    made.close()


def test_a_refused_record_becomes_a_dead_letter_and_stops_nobody(
    tmp_path: Path, said: Callable[[], list[str]]
) -> None:
    fake = Fake(refuses(1, 3), refuses(5))
    made = output(fake, events=4, letters=str(tmp_path / "dead"))
    deliver(made, 8)
    assert fake.arrived == [0, 2, 4, 6, 7]
    assert (made.delivered, made.lost_by_reason) == (5, {"refused": 3})
    assert made.errors == {"refused": 2}
    letters = [json.loads(line) for line in (tmp_path / "dead").read_text().splitlines()]
    assert [(letter["event.id"], letter["reason"]) for letter in letters] == [
        ("1", "1 is bad"),
        ("3", "3 is bad"),
        ("5", "5 is bad"),
    ]
    where = f"it is in {tmp_path / 'dead'}"
    assert [text for text in said() if "refused" in text] == [
        f"output siem: a record is refused for good, {where}: 1 is bad; others are only counted"
    ]


def test_dead_letters_that_cannot_be_kept_are_said(
    tmp_path: Path, said: Callable[[], list[str]]
) -> None:
    made = output(Fake(refuses(0)), letters=str(tmp_path / "missing" / "dead"))
    deliver(made, 1)
    assert made.lost == 1
    assert any("create the folder" in text for text in said())


def test_what_is_put_off_goes_alone_before_what_follows() -> None:
    fake = Fake(puts_off(1, 2), puts_off(2))
    made = output(fake, events=4)
    deliver(made, 6)
    assert fake.batches == [[0, 1, 2, 3], [1, 2], [2], [4, 5]]
    assert (made.delivered, made.lost, made.retries) == (6, 0, 2)


def test_what_is_put_off_is_not_acknowledged_for_those_behind_it(tmp_path: Path) -> None:
    fake = Fake(puts_off(0), always=away())
    spool = Spool(str(tmp_path), "siem", MIB, drop_oldest=True, memory_octets=MIB)
    made = output(fake, spool, drain=0.2, jitter=0.01)
    deliver(made, 3)
    assert made.delivered == 0
    assert made.waiting == 3


def test_pauses_grow_while_all_is_put_off() -> None:
    class Noting(Backoff):
        successes = 0

        def succeed(self) -> None:
            self.successes += 1
            super().succeed()

    backoff = Noting(lambda: 0.0)
    made = output(Fake(puts_off(0, 1), puts_off(0, 1), puts_off(1)), backoff=backoff)
    deliver(made, 2)
    assert (made.delivered, made.retries, backoff.successes) == (2, 3, 2)


def test_a_batch_that_is_too_large_is_cut_in_halves_and_a_single_record_given_up() -> None:
    def most(fake: Fake, batch: Sequence[Entry]) -> Report:
        if len(batch) > 2 or ids(batch) == [3] or (3 in ids(batch)):
            message = "413"
            raise TooLargeError(message)
        return take(fake, batch)

    fake = Fake(always=most)
    made = output(fake)
    deliver(made, 8)
    assert fake.arrived == [0, 1, 2, 4, 5, 6, 7]
    assert (made.delivered, made.lost_by_reason) == (7, {"too_large": 1})


def test_a_bug_of_ours_is_said_once_and_tried_again(said: Callable[[], list[str]]) -> None:
    def bug(fake: Fake, batch: Sequence[Entry]) -> Report:
        raise KeyError(batch[0].id)

    fake = Fake(bug, bug)
    made = output(fake)
    deliver(made, 3)
    assert (fake.arrived, made.errors) == ([0, 1, 2], {"write": 2})
    assert [text for text in said() if "internal" in text] == [
        "output siem: internal error: KeyError",
        "output siem: tried again after an internal error",
    ]


def test_a_record_that_brings_about_a_bug_each_time_is_given_up() -> None:
    def bug(fake: Fake, batch: Sequence[Entry]) -> Report:
        if 5 in ids(batch):
            raise ValueError
        return take(fake, batch)

    fake = Fake(always=bug)
    made = output(fake)
    deliver(made, 8)
    assert fake.arrived == [0, 1, 2, 3, 4, 6, 7]
    assert made.lost_by_reason == {"refused": 1}


def test_a_bug_beside_the_delivery_does_not_end_the_thread() -> None:
    class Broken(Fake):
        asked = 0

        @property
        def unconfirmed(self) -> int:
            self.asked += 1
            if self.asked == 1:
                raise RuntimeError
            return 0

        @unconfirmed.setter
        def unconfirmed(self, number: int) -> None:
            """Be what it was."""

        def close(self) -> None:
            super().close()
            raise RuntimeError

    fake = Broken()
    made = output(fake)
    deliver(made, 3)
    assert (sorted(set(fake.arrived)), made.delivered, fake.closed) == ([0, 1, 2], 3, 1)


def test_writing_never_waits_for_a_receiver_that_hangs() -> None:
    hangs = threading.Event()

    def hang(fake: Fake, batch: Sequence[Entry]) -> Report:
        assert hangs.wait(PATIENCE)
        return take(fake, batch)

    fake = Fake(hang)
    made = output(fake, Queue(100_000, drop_oldest=True), drain=0.05)
    made.start()
    for number in range(10_000):
        made.write(entry(number))
    assert made.queue_length < 300
    made.close()
    assert made.lost == 10_000
    assert set(made.lost_by_reason) == {"full", "shutdown"}
    hangs.set()  # what arrives after all is not counted twice
    patience = threading.Event()
    while not fake.closed:
        assert not patience.wait(0.02)
    assert (made.lost, made.delivered) == (10_000, 0)


def test_what_is_not_delivered_in_time_is_lost_without_a_spool(
    said: Callable[[], list[str]],
) -> None:
    made = output(Fake(always=away()), drain=0.1, jitter=0.01)
    deliver(made, 3)
    assert (made.lost_by_reason, made.delivered, made.up) == ({"shutdown": 3}, 0, False)
    assert said()[-1].startswith("output siem: 3 records lost, as the receiver took nothing more")


def test_what_is_not_delivered_in_time_waits_in_the_spool(
    tmp_path: Path, said: Callable[[], list[str]]
) -> None:
    def open_spool() -> Spool:
        return Spool(str(tmp_path), "siem", MIB, drop_oldest=True, memory_octets=MIB)

    made = output(Fake(take, always=away()), open_spool(), events=2, drain=0.1, jitter=0.01)
    deliver(made, 5)
    assert (made.delivered, made.lost, made.waiting) == (2, 0, 3)
    assert said()[-1] == f"output siem: 3 records left in {tmp_path / 'siem'} for the next run"
    fake = Fake()
    again = output(fake, open_spool())
    again.start()
    again.write(entry(5))
    again.close()
    assert (fake.arrived, again.delivered, again.waiting) == ([2, 3, 4, 5], 4, 0)


def test_after_the_end_nothing_is_taken() -> None:
    made = output(Fake())
    made.start()
    made.end()
    made.write(entry(1))
    made.close()
    made.close()
    assert made.lost_by_reason == {"shutdown": 1}


def test_the_end_begins_with_one_more_attempt() -> None:
    """Whoever waits for the end does not wait for a pause that began before it."""
    fake = Fake(away(after=200.0))
    made = output(fake)
    made.write(entry(1))
    made.start()
    fake.wait_for(lambda: len(fake.batches) == 1)
    made.close()
    assert (fake.arrived, made.delivered) == ([1], 1)


def test_a_receiver_that_asks_for_more_time_than_there_is_is_not_waited_for() -> None:
    fake = Fake(always=away(after=200.0))
    made = output(fake, drain=100.0)
    made.write(entry(1))
    made.start()
    fake.wait_for(lambda: len(fake.batches) == 1)
    made.close()
    assert made.lost_by_reason == {"shutdown": 1}
    assert len(fake.batches) <= 2


def test_the_wait_can_be_cut_short() -> None:
    fake = Fake(
        always=away(),
    )
    made = output(fake, drain=1_000.0, jitter=1.0)
    made.write(entry(1))
    made.start()
    made.end()
    made.end(0)
    made.close()
    assert made.lost_by_reason == {"shutdown": 1}


def test_files_wait_for_room_while_the_receiver_takes_something() -> None:
    fake = Fake(away(), away())
    made = output(fake, Queue(20_000, drop_oldest=False), waits=True, events=5)
    made.start()
    for number in range(1_000):
        made.write(entry(number))
    made.close()
    assert fake.arrived == list(range(1_000))
    assert (made.delivered, made.lost) == (1_000, 0)


def test_a_receiver_is_asked_what_it_has_when_there_is_no_room_for_more() -> None:
    """As over plain TCP, where nothing is confirmed until much more was sent, or a minute later."""

    def takes_unconfirmed(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.unconfirmed += len(batch)
        return take(fake, batch)

    def confirms(fake: Fake) -> None:
        fake.unconfirmed = 0

    fake = Fake(always=takes_unconfirmed)
    fake.on_confirm = confirms
    made = output(fake, Queue(20_000, drop_oldest=False), waits=True)
    made.start()
    for number in range(500):
        made.write(entry(number))
    made.close()
    assert fake.arrived == list(range(500))
    assert (made.delivered, made.lost) == (500, 0)
    assert fake.confirms > 5


@pytest.mark.slow
def test_files_wait_longer_than_the_limit_while_the_receiver_takes_something(
    tmp_path: Path,
) -> None:
    """A spool has room again when a whole segment is acknowledged, here after five records."""
    pace = threading.Event()

    def slowly(fake: Fake, batch: Sequence[Entry]) -> Report:
        pace.wait(0.25)
        return take(fake, batch)

    spool = Spool(str(tmp_path), "siem", 16 * 1024, drop_oldest=False, memory_octets=0)
    made = output(Fake(always=slowly), spool, waits=True, drain=1.0, events=1)
    number = 0
    while spool.append(entry(number, 150)):
        number += 1
    made.start()
    for more in range(number, number + 6):
        made.write(entry(more, 150))
    assert made.lost == 0
    made.end(0)
    made.close()


def test_files_do_not_wait_for_ever_and_not_again_for_each_record() -> None:
    made = output(
        Fake(always=away()), Queue(3_000, drop_oldest=False), waits=True, drain=0.2, jitter=0.01
    )
    made.start()
    for number in range(1_000):
        made.write(entry(number))
    kept = made.queue_length
    made.close()
    assert made.lost_by_reason == {"full": 1_000 - kept, "shutdown": kept}


def test_the_room_is_told_in_records(tmp_path: Path) -> None:
    queued = output(Fake(), Queue(100_000, drop_oldest=True))
    assert queued.queue_capacity == 100_000 // 1024
    queued.write(entry(1, 200))
    assert (queued.queue_capacity, queued.queue_length) == (500, 1)
    assert (queued.spool_capacity, queued.spool_octets) == (0, 0)
    spool = Spool(str(tmp_path), "siem", MIB, drop_oldest=True, memory_octets=MIB)
    spooled = output(Fake(), spool)
    spooled.write(entry(1, 200))
    assert (spooled.spool_capacity, spooled.spool_octets) == (MIB, spool.octets)
    assert spooled.spool_octets > 200
    spool.close()


class Erratic(Fake):
    """A receiver that does what a list of lots says, and unconfirmed takes up to a number."""

    def __init__(self, lots: Iterator[Any], unconfirmed: int) -> None:
        super().__init__()
        self._lots = lots
        self._most = unconfirmed
        self.duplicates = 0

    def deliver(self, batch: Sequence[Entry]) -> Report:
        lot, number = next(self._lots, ("take", 0))
        numbers = ids(batch)
        if lot == "away":
            self.unconfirmed = 0
            message = "away"
            raise UnavailableError(message)
        if lot == "dies":
            self._take(numbers[:number])
            self.unconfirmed = 0
            message = "died"
            raise UnavailableError(message)
        if lot == "large" and len(batch) > 1:
            message = "too large"
            raise TooLargeError(message)
        if lot == "bug":
            raise ZeroDivisionError
        if lot == "later" and not self._most:
            at = number % len(batch)
            self._take(numbers[:at] + numbers[at + 1 :])
            return Report(later={at: "busy"})
        self._take(numbers)
        self.unconfirmed = min(self.unconfirmed + len(batch), self._most)
        return Report()

    def confirm(self, seconds: float) -> None:
        self.unconfirmed = 0

    def _take(self, numbers: list[int]) -> None:
        self.duplicates += sum(number in self.arrived for number in numbers)
        self.arrived += numbers


LOTS = st.lists(
    st.tuples(
        st.sampled_from(["take", "away", "dies", "large", "bug", "later"]), st.integers(0, 5)
    ),
    max_size=30,
)


@given(lots=LOTS, unconfirmed=st.integers(0, 7), number=st.integers(1, 40))
@settings(max_examples=150)
def test_whatever_the_receiver_does_every_record_arrives_in_order(
    lots: list[tuple[str, int]], unconfirmed: int, number: int
) -> None:
    # a bug that shows three times in a row is taken for the record's fault
    seen = 0
    for place, (lot, _) in enumerate(lots):
        seen += lot == "bug"
        if seen > 2:
            lots[place] = ("take", 0)
    fake = Erratic(iter(lots), unconfirmed)
    made = output(fake, events=6)
    deliver(made, number)
    assert sorted(set(fake.arrived)) == list(range(number))
    first = list(dict.fromkeys(fake.arrived))
    if not any(lot == "later" for lot, _ in lots):
        assert first == sorted(first)
    assert (made.delivered, made.lost) == (number, 0)
    failures = sum(lot in {"away", "dies", "bug"} for lot, _ in lots)
    assert fake.duplicates <= failures * (6 + unconfirmed)

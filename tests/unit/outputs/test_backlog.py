"""What every backlog promises, asked of each of them: in memory, and on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.config import MIB
from smtpids.outputs.queue import Queue
from smtpids.outputs.spool import Spool
from tests.support.entries import entries, entry, ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smtpids.outputs.backlog import Backlog

BACKLOGS: dict[str, Callable[[Path, int, bool], Backlog]] = {
    "queue": lambda _, capacity, drops: Queue(capacity, drop_oldest=drops),
    "spool": lambda path, capacity, drops: Spool(
        str(path), "out", capacity, drop_oldest=drops, memory_octets=MIB
    ),
}
MANY = 1_000
#: Octets of an entry in these tests, wherever it is kept.
SIZE = 600


@pytest.fixture(params=BACKLOGS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def backlog(kind: str, tmp_path: Path) -> Iterator[Backlog]:
    made = BACKLOGS[kind](tmp_path, MIB, True)
    yield made
    made.close()


def put(backlog: Backlog, *numbers: int) -> None:
    for one in entries(*numbers):
        assert backlog.append(one)


def test_what_is_put_in_comes_out_as_it_was_and_in_order(backlog: Backlog) -> None:
    given = entries(1, 2, 3)
    for one in given:
        backlog.append(one)
    assert (len(backlog), backlog.next(MANY, MIB)) == (3, given)
    assert backlog.next(MANY, MIB) == []
    assert len(backlog) == 3


def test_a_batch_has_no_more_events_and_octets_than_asked_for(backlog: Backlog) -> None:
    put(backlog, *range(10))
    assert ids(backlog.next(3, MIB)) == [0, 1, 2]
    assert ids(backlog.next(MANY, 2 * len(entry(1).line))) == [3, 4]
    assert ids(backlog.next(MANY, 1)) == [5]
    assert ids(backlog.next(MANY, MIB)) == [6, 7, 8, 9]


def test_what_is_acknowledged_does_not_come_again(backlog: Backlog) -> None:
    put(backlog, *range(6))
    backlog.next(4, MIB)
    backlog.acknowledge(3)
    assert len(backlog) == 3
    backlog.rewind()
    assert ids(backlog.next(MANY, MIB)) == [3, 4, 5]
    backlog.acknowledge(3)
    assert len(backlog) == 0
    put(backlog, 6)
    assert ids(backlog.next(MANY, MIB)) == [6]


def test_no_more_is_acknowledged_than_is_in_flight(backlog: Backlog) -> None:
    put(backlog, *range(4))
    backlog.next(2, MIB)
    backlog.acknowledge(MANY)
    assert ids(backlog.next(MANY, MIB)) == [2, 3]


def test_without_room_nothing_is_taken_if_nothing_may_go(kind: str, tmp_path: Path) -> None:
    backlog = BACKLOGS[kind](tmp_path, 32 * SIZE, False)
    taken = 0
    while backlog.append(entry(taken, SIZE)):
        taken += 1
    assert 10 < taken <= 32
    assert len(backlog) == taken
    assert dict(backlog.lost) == {}
    backlog.next(taken // 2, MIB)
    backlog.acknowledge(taken // 2)
    assert backlog.append(entry(taken, SIZE))
    backlog.rewind()
    assert ids(backlog.next(MANY, MIB)) == list(range(taken // 2, taken + 1))
    backlog.close()


def test_without_room_the_oldest_go_and_are_counted(kind: str, tmp_path: Path) -> None:
    backlog = BACKLOGS[kind](tmp_path, 32 * SIZE, True)
    for number in range(100):
        assert backlog.append(entry(number, SIZE))
        assert backlog.octets <= backlog.capacity
    left = ids(backlog.next(MANY, MIB))
    assert left == list(range(100 - len(left), 100))
    assert len(left) >= 10
    assert dict(backlog.lost) == {"full": 100 - len(left)}
    backlog.close()


def test_what_went_in_flight_is_lost_only_if_it_is_not_acknowledged(
    kind: str, tmp_path: Path
) -> None:
    for arrives in (True, False):
        backlog = BACKLOGS[kind](tmp_path / str(arrives), 32 * SIZE, True)
        for number in range(10):
            backlog.append(entry(number, SIZE))
        assert len(backlog.next(10, MIB)) == 10
        for number in range(10, 100):
            backlog.append(entry(number, SIZE))
        if arrives:
            backlog.acknowledge(10)
        backlog.rewind()
        left = ids(backlog.next(MANY, MIB))
        assert left == list(range(100 - len(left), 100))
        assert dict(backlog.lost) == {"full": 100 - len(left) - 10 * arrives}
        backlog.close()


def test_an_entry_larger_than_all_the_room_passes_alone(kind: str, tmp_path: Path) -> None:
    backlog = BACKLOGS[kind](tmp_path, 4 * SIZE, True)
    put(backlog, 1)
    assert backlog.append(entry(2, 10 * SIZE))
    assert ids(backlog.next(MANY, MIB)) == [2]
    backlog.close()


def test_closing_twice_is_harmless(backlog: Backlog) -> None:
    put(backlog, 1)
    backlog.close()
    backlog.close()

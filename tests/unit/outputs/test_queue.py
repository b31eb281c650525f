"""What is true of a queue in memory alone; the rest is asked in `test_backlog.py`."""

from __future__ import annotations

from smtpids.outputs.entry import ENTRY_OCTETS
from smtpids.outputs.queue import Queue, size_of
from tests.support.entries import entry


def test_it_knows_what_it_holds_in_memory() -> None:
    queue = Queue(10_000, drop_oldest=True)
    queue.append(entry(1, 200))
    queue.append(entry(2, 100))
    assert queue.octets == 300 + 2 * ENTRY_OCTETS
    queue.next(1, 1)
    queue.acknowledge(1)
    assert queue.octets == size_of(entry(2, 100))


def test_nothing_of_it_is_there_in_the_next_run() -> None:
    assert Queue(10_000, drop_oldest=True).place == ""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from smtpids.workers import parcels
from smtpids.workers.nursery import FAILED, Nursery, told
from tests.support.crew import swallow

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

#: Python 3.12 warns of it where there are threads, as those of pytest's own.
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")


@contextmanager
def nursery_of(
    work: Callable[[int, socket.socket], None], settle: Callable[[], None] = lambda: None
) -> Iterator[Nursery]:
    nursery = Nursery(work, settle)
    yield nursery
    nursery.close()


def echo(index: int, parent: socket.socket) -> None:
    """Send back what comes, with the number of the worker."""
    while True:
        try:
            parcels.send(parent, (index, parcels.receive(parent)))
        except EOFError:
            return


def test_each_worker_has_its_number_and_a_socket_of_its_own() -> None:
    with nursery_of(echo) as nursery:
        workers = [nursery.spawn(index) for index in (0, 1, 2)]
        for index, (_, ours) in enumerate(workers):
            parcels.send(ours, "hi")
            assert parcels.receive(ours) == (index, "hi")
        for pid, ours in workers:
            ours.close()
            assert nursery.reap(pid) == ""


def test_one_that_was_killed_is_told_from_one_that_ended() -> None:
    with nursery_of(echo) as nursery:
        pid, ours = nursery.spawn(0)
        os.kill(pid, signal.SIGKILL)
        assert swallow(ours) == []
        assert nursery.reap(pid) == "was killed by SIGKILL"
        ours.close()


def test_one_that_fails_ends_with_a_code_of_its_own() -> None:
    def fail(_: int, __: socket.socket) -> None:
        raise ValueError

    with nursery_of(fail) as nursery:
        pid, ours = nursery.spawn(0)
        assert swallow(ours) == []
        assert nursery.reap(pid) == f"ended with {FAILED}"
        ours.close()


def test_signals_of_the_terminal_are_left_to_the_parent() -> None:
    with nursery_of(echo) as nursery:
        pid, ours = nursery.spawn(0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
            os.kill(nursery.pid, number)
        parcels.send(ours, "still there")
        assert parcels.receive(ours) == (0, "still there")
        ours.close()
        nursery.reap(pid)


def test_rights_are_given_up_before_there_is_a_worker() -> None:
    rights: list[str] = []

    def tell(_: int, parent: socket.socket) -> None:
        parcels.send(parent, rights)

    with nursery_of(tell, lambda: rights.append("none")) as nursery:
        pid, ours = nursery.spawn(0)
        assert parcels.receive(ours) == ["none"]
        nursery.reap(pid)
        ours.close()


def test_without_the_process_there_are_no_workers() -> None:
    with nursery_of(echo) as nursery:
        os.kill(nursery.pid, signal.SIGKILL)
        while True:  # its end of the socket is closed a moment later
            try:
                nursery.spawn(0)[1].close()
            except ChildProcessError:
                break
            time.sleep(0.01)
        assert nursery.reap(1) == "ended, nobody knows how"


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, ""), (9, "was killed by SIGKILL"), (11, "was killed by SIGSEGV"), (256, "ended with 1")],
)
def test_an_end_in_words(status: int, words: str) -> None:
    assert told(status) == words

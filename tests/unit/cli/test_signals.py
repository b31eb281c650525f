from __future__ import annotations

import os
import signal
from threading import Event, main_thread
from threading import current_thread as this_thread

import pytest

from smtpids.cli.signals import PATIENCE, Signals


class Calls:
    def __init__(self) -> None:
        self.stops = 0
        self.reloaded = Event()
        self.reload_threads: list[bool] = []

    def stop(self) -> None:
        self.stops += 1

    def reload(self) -> None:
        self.reload_threads.append(this_thread() is main_thread())
        self.reloaded.set()


def send(number: int) -> None:
    os.kill(os.getpid(), number)


def test_an_interrupt_asks_for_the_end() -> None:
    calls = Calls()
    with Signals(calls.stop) as signals:
        before = signals.stopping
        send(signal.SIGINT)
        after = (signals.stopping, signals.interrupted, signals.terminated)
    assert (before, after, calls.stops) == (False, (True, True, False), 1)


def test_a_termination_asks_for_the_end() -> None:
    calls = Calls()
    with Signals(calls.stop) as signals:
        send(signal.SIGTERM)
    assert (
        signals.stopping,
        signals.interrupted,
        signals.terminated,
        calls.stops,
    ) == (True, False, True, 1)


def test_a_second_interrupt_ends_at_once() -> None:
    calls = Calls()
    with Signals(calls.stop):
        send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
    assert calls.stops == 1


def test_a_hang_up_reloads_beside_the_main_thread() -> None:
    calls = Calls()
    with Signals(calls.stop, calls.reload) as signals:
        send(signal.SIGHUP)
        assert calls.reloaded.wait(PATIENCE)
    assert (calls.reload_threads, signals.stopping) == ([False], False)


def test_the_signals_are_given_back() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with Signals(Calls().stop):
        within = [signal.getsignal(number) for number in numbers]
    assert [signal.getsignal(number) for number in numbers] == before
    assert not set(map(id, within)) & set(map(id, before))

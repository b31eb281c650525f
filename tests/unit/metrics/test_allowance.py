"""A bucket of tokens, by a clock that the test turns."""

from __future__ import annotations

from smtpids.metrics.allowance import Allowance


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_so_many_a_second() -> None:
    clock = Clock()
    allowance = Allowance(3, 2, clock)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [allowance.take() for _ in range(2)] == [True, False]


def test_a_long_silence_fills_no_more_than_the_burst() -> None:
    clock = Clock()
    allowance = Allowance(2, 5, clock)
    clock.now += 3600
    assert [allowance.take() for _ in range(3)] == [True, True, False]


def test_what_is_given_back_can_be_taken_again() -> None:
    allowance = Allowance(1, 0, Clock())
    assert allowance.take()
    allowance.give_back()
    allowance.give_back()
    assert [allowance.take(), allowance.take()] == [True, False]

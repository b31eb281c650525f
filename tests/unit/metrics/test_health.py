"""Healthy is who makes progress, ready is who does the work."""

from __future__ import annotations

from smtpids.metrics.health import STALLED_SECONDS, Health


class Run:
    """A loop and a clock that the test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.beats = 0
        self.reason = ""

    def health(self) -> Health:
        return Health(lambda: self.beats, lambda: self.reason, lambda: self.now)


def test_a_loop_that_goes_round_is_healthy_for_ever() -> None:
    run = Run()
    health = run.health()
    for _ in range(5):
        run.now += STALLED_SECONDS * 2
        run.beats += 1
        assert health.why_not_healthy() == ""


def test_a_loop_that_stops_is_told_after_a_while_and_recovers() -> None:
    run = Run()
    health = run.health()
    assert health.why_not_healthy() == ""
    run.now += STALLED_SECONDS
    assert health.why_not_healthy() == ""
    run.now += 5
    assert health.why_not_healthy() == "no packet and no tick was handled for 35 seconds"
    assert health.why_not_ready() == health.why_not_healthy()
    run.beats += 1
    assert health.why_not_healthy() == ""


def test_what_may_be_silent_is_healthy_as_long_as_it_answers() -> None:
    assert Health().why_not_healthy() == ""
    assert Health().why_not_ready() == ""


def test_the_reason_of_the_run_comes_first() -> None:
    run = Run()
    run.reason = "no rule is loaded"
    assert run.health().why_not_ready() == "no rule is loaded"
    assert run.health().why_not_healthy() == ""

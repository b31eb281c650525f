from __future__ import annotations

from smtpids.trial.trials import When


def test_what_is_repeated_happens_at_even_times() -> None:
    assert When(5, 3, 10).times() == [5, 15, 25]


def test_what_is_not_repeated_happens_once() -> None:
    assert When(at_ns=7).times() == [7]

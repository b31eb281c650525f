from __future__ import annotations

from smtpids.outputs.extract_shares import Shares


def test_each_sees_what_the_others_have_written() -> None:
    shares = Shares(3)
    first, second, third = (shares.of(index) for index in range(3))
    assert first.of_others(100, 2) == (0, 0)
    assert second.of_others(50, 1) == (100, 2)
    assert third.of_others(0, 0) == (150, 3)
    assert first.of_others(10, 1) == (50, 1)
    assert third.of_others(0, 0) == (60, 2)


def test_what_was_taken_back_is_no_debt() -> None:
    shares = Shares(2)
    first, second = (shares.of(index) for index in range(2))
    first.of_others(-5, 0)
    assert second.of_others(0, 0) == (0, 0)

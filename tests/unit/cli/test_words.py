from __future__ import annotations

import pytest

from smtpids.cli.words import counted, listed


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 rules"), (1, "1 rule"), (2, "2 rules"), (12_345, "12,345 rules")],
)
def test_things_are_counted_in_words(number: int, expected: str) -> None:
    assert counted(number, "rule") == expected


def test_ports_are_listed_in_order_and_runs_as_ranges() -> None:
    assert listed(frozenset({587, 25, 2500, 2501, 2502, 30, 31})) == "25, 30, 31, 587, 2500-2502"

from __future__ import annotations

import pytest

from smtpids.cli.words import counted


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0 rules"), (1, "1 rule"), (2, "2 rules"), (12_345, "12,345 rules")],
)
def test_things_are_counted_in_words(number: int, expected: str) -> None:
    assert counted(number, "rule") == expected

from __future__ import annotations

import pytest

from smtpids.rules import attack


@pytest.mark.parametrize(
    "word", ["t1040", "t1110.004", "t1566.001", "t1562.010", "impact", "g0001", "s0002", "t9999"]
)
def test_what_attack_has_or_may_have_is_known(word: str) -> None:
    assert attack.is_known(word)


@pytest.mark.parametrize(
    "word", ["t1040.001", "t1110.005", "t1566.000", "t1002", "t10", "mischief", "T1040", "t1566.1"]
)
def test_what_attack_has_not_is_unknown(word: str) -> None:
    assert not attack.is_known(word)


def test_every_name_is_one_of_a_technique_that_exists() -> None:
    assert [word for word in attack.NAMES if not attack.is_known(word)] == []

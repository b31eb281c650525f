from __future__ import annotations

import pytest

from smtpids.rules.metadata import MOST_SID
from smtpids.rules.rule import Level, Rule


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (Level.INFORMATIONAL, 0),
        (Level.LOW, 21),
        (Level.MEDIUM, 47),
        (Level.HIGH, 73),
        (Level.CRITICAL, 99),
    ],
)
def test_a_level_has_a_severity(level: Level, severity: int) -> None:
    assert severity == level.severity


def test_a_rules_number_is_the_one_it_gives_itself() -> None:
    assert Rule("a", "A", Level.LOW, uuid="x", sid=9_000_001).number == 9_000_001


def test_a_rule_without_a_number_gets_one_that_its_id_alone_decides() -> None:
    named = Rule("a", "A", Level.LOW, uuid="6C2F0F1E-6c0f-4b4c-9b34-0e5d6d1c7a11")
    renamed = Rule("b", "B", Level.HIGH, uuid="6c2f0f1e-6c0f-4b4c-9b34-0e5d6d1c7a11")
    assert named.number == renamed.number == 1_545_112_554
    assert Rule("a", "A", Level.LOW).number != Rule("b", "A", Level.LOW).number


def test_numbers_that_are_made_lie_behind_those_that_a_rule_may_give_itself() -> None:
    made = [Rule(f"r{i}", "R", Level.LOW).number for i in range(500)]
    assert MOST_SID < min(made) <= max(made) < 2**31

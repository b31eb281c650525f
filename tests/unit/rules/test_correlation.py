"""What a correlation is made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtpids.rules.correlation import (
    NAMES,
    OPERATORS,
    AllOf,
    AnyOf,
    Correlated,
    Correlation,
    Kind,
    NoneOf,
    Seen,
    Threshold,
    denies,
    holds,
)
from smtpids.rules.rule import Level, Rule
from tests.support.correlations import made


def test_all_of_and_any_of_the_same_parts_are_different_conditions() -> None:
    parts = Seen("a"), Seen("b")
    assert len({AllOf(parts), AnyOf(parts), AllOf(parts)}) == 2


def test_a_correlation_without_settings_groups_nothing_and_silences_its_rules() -> None:
    rule = Rule("many", "Many", Level.LOW)
    made = Correlation(rule, Kind.EVENT_COUNT, ("one",), 60)
    assert (
        made.group_by,
        made.aliases,
        made.threshold,
        made.value_field,
        made.min_values,
        made.wanted,
        made.generate,
    ) == ((), {}, None, "", 1, None, False)


@pytest.mark.parametrize(
    ("op", "met"),
    [
        ("gt", [False, False, True]),
        ("gte", [False, True, True]),
        ("lt", [True, False, False]),
        ("lte", [True, True, False]),
        ("eq", [False, True, False]),
        ("neq", [True, False, True]),
    ],
)
def test_a_measure_is_compared(op: str, met: list[bool]) -> None:
    assert [Threshold(op, 2).is_met(measure) for measure in (1, 2, 3)] == met


def test_a_condition_over_rules_is_true_of_those_that_matched() -> None:
    wanted = AllOf((AnyOf((Seen("a"), Seen("b"))), NoneOf(Seen("c"))))
    assert [holds(wanted, seen) for seen in ("", "a", "b", "ac", "c")] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert denies(wanted)
    assert not denies(wanted.parts[0])


def test_what_asks_for_less_is_judged_at_the_end() -> None:
    asks = {op: made(ask=(op, 2)).at_end for op in OPERATORS}
    assert asks == {
        "gt": False, "gte": False, "lt": True, "lte": True, "eq": True, "neq": True,
    }  # fmt: skip


def test_the_fingerprint_is_of_what_is_counted() -> None:
    one = made(ask=("gte", 2))
    louder = one._replace(rule=replace(one.rule, level=Level.LOW), generate=True)
    assert one.fingerprint == louder.fingerprint
    assert one.fingerprint != made(ask=("gte", 3)).fingerprint
    assert one.fingerprint != made(ask=("gte", 2), min_values=2).fingerprint


def test_the_names_of_a_message_are_those_that_are_told() -> None:
    told = Correlated(Kind.EVENT_COUNT, 2, (("source.ip", "x"),), 1, 2, ("a",)).fields
    assert {"source.ip", *NAMES} == set(told)

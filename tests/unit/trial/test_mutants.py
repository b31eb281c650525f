from __future__ import annotations

from smtpids.rules.correlation import Correlation, Kind, Threshold
from smtpids.rules.explain import words
from smtpids.rules.rule import Level, Rule
from smtpids.rules.tree import conjoin, disjoin, negate
from smtpids.trial.mutants import correlation_mutants, mutants
from tests.support.correlations import made
from tests.support.rules import selection

AUTH = selection("{event.action: auth}")
CLEAR = selection("{tls.established: false}")
WORDS = selection("{smtp.auth.mechanism: [PLAIN, LOGIN]}")


def dropped(*parts: str) -> list[tuple[str, str]]:
    (node,) = [conjoin(selection(part) for part in parts)]
    return [(words(one), words(left)) for one, left in mutants(node)]


def test_each_condition_is_dropped_in_turn_but_the_kind_of_event() -> None:
    assert dropped("{event.action: auth}", "{tls.established: false}", "{tls.mode: none}") == [
        ("tls.established: false", "event.action: auth and tls.mode: none"),
        ("tls.mode: none", "event.action: auth and tls.established: false"),
    ]


def test_several_values_of_a_field_are_one_condition() -> None:
    node = conjoin([AUTH, WORDS])
    assert [words(one) for one, _ in mutants(node)] == ["smtp.auth.mechanism: plain or login"]


def test_alternatives_and_filters_are_dropped_whole_and_in_parts() -> None:
    node = conjoin([disjoin([conjoin([CLEAR, WORDS]), AUTH]), negate(conjoin([AUTH, CLEAR]))])
    assert len({words(left) for _, left in mutants(node)}) == 6


def test_a_correlation_is_changed_in_its_threshold_its_groups_and_its_rules() -> None:
    correlation = Correlation(
        Rule("many", "Many", Level.HIGH),
        Kind.EVENT_COUNT,
        ("a", "b"),
        1,
        group_by=("source.ip", "smtp.auth.user"),
        threshold=Threshold("gte", 10),
    )
    changed = dict(correlation_mutants(correlation))
    assert list(changed) == [
        "gte: 10 (not 9)",
        "gte: 10 (not 11)",
        "group-by: source.ip",
        "group-by: smtp.auth.user",
        "rules: a",
        "rules: b",
    ]
    assert changed["gte: 10 (not 9)"].threshold == Threshold("gte", 9)
    assert changed["group-by: source.ip"].group_by == ("smtp.auth.user",)
    assert changed["rules: a"].rules == ("b",)


def test_the_least_number_of_values_is_changed_if_there_is_one() -> None:
    average = made(kind=Kind.VALUE_AVG, by=(), ask=("gt", 2.9), field="x", min_values=50)
    changed = dict(correlation_mutants(average))
    assert list(changed)[2:] == ["min_values: 50 (not 49)", "min_values: 50 (not 51)"]
    assert changed["min_values: 50 (not 49)"].min_values == 49

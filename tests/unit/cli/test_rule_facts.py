from __future__ import annotations

from dataclasses import replace

import pytest

from smtpids.cli.rule_facts import facts, fields_of, needs_of, rule_called, table, techniques
from smtpids.errors import UsageError
from smtpids.rules.correlation import Correlation, Kind
from smtpids.rules.rule import Level, Rule
from tests.support.rules import ruleset

PLAIN = ruleset(inward="{event.action: auth, network.direction: inbound}")
MANY = Correlation(
    Rule("many", "Many", Level.HIGH),
    Kind.VALUE_COUNT,
    ("inward",),
    1,
    group_by=("source.ip", "who"),
    aliases={"who": {"inward": "smtp.auth.user"}},
    value_field="destination.ip",
)
RULES = replace(PLAIN, correlations=(MANY,))


def test_a_rule_is_found_by_its_name() -> None:
    assert rule_called("many", RULES) is MANY.rule
    with pytest.raises(UsageError, match="unknown rule 'inwards', did you mean 'inward'"):
        rule_called("inwards", RULES)


def test_a_correlation_asks_for_the_fields_of_its_rules_too() -> None:
    assert fields_of("many", RULES) == {
        "source.ip",
        "smtp.auth.user",
        "destination.ip",
        "event.action",
        "network.direction",
    }


def test_what_a_field_needs_its_rules_need() -> None:
    assert needs_of("inward", RULES) == needs_of("many", RULES) == ["home_nets"]


def test_techniques_are_told_without_tactics() -> None:
    rule = Rule("a", "A", Level.LOW, tags=("attack.t1110.003", "attack.impact", "cve.2011-0411"))
    assert techniques(rule) == ["T1110.003"]


def test_facts_are_plain_values() -> None:
    told = facts(RULES.rules[0], RULES)
    assert (told["name"], told["actions"], told["needs"]) == ("inward", ["auth"], ["home_nets"])


def test_a_table_has_its_columns_under_each_other() -> None:
    assert list(table([["a", "b"], ["long", ""]])) == ["a     b", "long"]

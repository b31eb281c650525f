from __future__ import annotations

from dataclasses import replace

from smtpids.rules.rule import Level
from tests.support.correlations import made, set_of, silent
from tests.support.rules import ruleset


def test_the_rules_of_a_set_keep_its_order() -> None:
    rules = ruleset(b="smtp.helo: b", a="smtp.helo: a").rules
    assert [rule.name for rule in rules] == ["a", "b"]


def test_rules_that_count_for_a_correlation_are_asked_and_do_not_alert() -> None:
    rules = set_of(made(ask=("gte", 2)))
    assert [source.rule.name for source in rules.asked] == ["a"]
    assert [rule.name for rule in rules.alerting] == ["many"]


def test_what_leads_to_no_alert_is_not_run() -> None:
    inner = made("inner", ask=("gte", 2), level=Level.INFORMATIONAL)
    assert set_of(inner).running == ()
    assert set_of(inner).asked == ()
    outer = made("outer", rules=("inner",), ask=("gte", 2))
    assert [one.rule.name for one in set_of(inner, outer).running] == ["inner", "outer"]
    off = outer._replace(rule=replace(outer.rule, enabled=False))
    assert set_of(inner, off).running == ()


def test_a_silenced_rule_does_not_alert() -> None:
    rules = ruleset(a="smtp.helo: a", b="smtp.helo: b")
    assert [rule.name for rule in silent(rules, "a").alerting] == ["b"]

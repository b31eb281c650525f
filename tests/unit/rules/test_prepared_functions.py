"""The prepared functions, beside those that the compiler makes of the same rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smtpids.fields import ALL
from smtpids.rules.matcher import Matcher
from smtpids.rules.prepared import packed, read, unpacked
from smtpids.rules.prepared_functions import for_usual, ready
from smtpids.rules.shipped_rules import folder
from tests.support.rules import event, selection

if TYPE_CHECKING:
    from smtpids.rules.ruleset import RuleSet
    from smtpids.rules.tree import Node

#: A rule that asks greetings alone, and one that is off and would ask anomalies alone.
ON, OFF = "rogue_mail_service", "bare_lf_in_command"
#: What the first of them finds, with a length that no rule can compare.
GREETING = {"smtp.greeting.code": 220, "smtp.greeting.text": "SMTP01.local ESMTP"}
ODD = {**GREETING, "smtp.reply.length": "long"}


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    ruleset = read(folder())
    assert ruleset is not None
    return ruleset


def switched(ruleset: RuleSet, name: str) -> RuleSet:
    """Return the rules with one that was on off, or the other way round."""
    return replace(
        ruleset,
        sources=tuple(
            one._replace(rule=replace(one.rule, enabled=not one.rule.enabled))
            if one.rule.name == name
            else one
            for one in ruleset.sources
        ),
    )


def with_condition(ruleset: RuleSet, name: str, condition: Node) -> RuleSet:
    return replace(
        ruleset,
        sources=tuple(
            one._replace(condition=condition) if one.rule.name == name else one
            for one in ruleset.sources
        ),
    )


def compiled_anew(ruleset: RuleSet) -> frozenset[str]:
    """Return the actions whose functions are not the prepared ones."""
    return ALL - ready(ruleset).keys()


def found(matcher: Matcher, fields: dict[str, object]) -> list[str]:
    return [rule.name for rule in matcher.match(event("greeting", fields))]


def test_the_shipped_rules_need_no_compiler(shipped: RuleSet) -> None:
    assert compiled_anew(shipped) == set()
    assert {action for action, program in ready(shipped).items() if program is None} == {"starttls"}


def test_a_rule_that_is_switched_costs_only_its_own_actions_the_compiler(shipped: RuleSet) -> None:
    assert compiled_anew(switched(shipped, ON)) == {"greeting"}
    assert compiled_anew(switched(shipped, OFF)) == {"anomaly"}
    assert found(Matcher(shipped), GREETING) == [ON]
    assert found(Matcher(switched(shipped, ON)), GREETING) == []


def test_another_condition_is_asked_as_it_is(shipped: RuleSet) -> None:
    other = with_condition(shipped, ON, selection("{event.action: tls, smtp.helo: x}"))
    assert compiled_anew(other) == {"greeting", "tls"}
    other = with_condition(shipped, ON, selection("{event.action: greeting, network.type: ipv6}"))
    assert compiled_anew(other) == {"greeting"}
    assert found(Matcher(other), GREETING) == []
    assert found(Matcher(other), {"network.type": "ipv6"}) == [ON]


@pytest.mark.slow
def test_other_rules_and_other_files_have_no_prepared_functions(shipped: RuleSet) -> None:
    assert shipped.prepared is not None
    other = shipped.prepared._replace(digest="0" * 32)
    for ruleset in (
        replace(shipped, prepared=None),
        replace(shipped, prepared=other),
        replace(shipped, sources=shipped.sources[1:]),
    ):
        assert compiled_anew(ruleset) == ALL
        assert found(Matcher(ruleset), GREETING) == [ON]


@pytest.mark.slow
def test_rules_that_another_process_was_given_have_them_too(shipped: RuleSet) -> None:
    assert compiled_anew(unpacked(packed(switched(shipped, ON)))) == {"greeting"}
    other = with_condition(shipped, ON, selection("smtp.helo: x"))
    assert compiled_anew(unpacked(packed(other))) == ALL


def test_the_rule_that_raised_is_told_and_the_others_go_on(shipped: RuleSet) -> None:
    matcher = Matcher(shipped)
    assert found(matcher, ODD) == [ON]
    assert found(matcher, ODD) == [ON]
    assert (matcher.fallbacks, matcher.errors) == ({"greeting": 1}, {})
    assert "smtp.reply.length" not in matcher.source("greeting")


def test_usual_events_have_functions_of_their_own_until_one_raises(shipped: RuleSet) -> None:
    matcher = Matcher(shipped)
    hello = event("command", {"smtp.command.verb": "EHLO", "smtpids.proxied.ip": "192.0.2.9"})
    hello.usual = "EHLO"
    assert matcher.match(hello) == ()
    hello.fields["network.direction"] = "inbound"
    assert [rule.name for rule in matcher.match(hello)] == ["proxy_preamble"]
    hello.fields["network.direction"] = 25
    assert matcher.match(hello) == ()


def test_rules_that_changed_are_asked_of_usual_events_too(shipped: RuleSet) -> None:
    other = with_condition(
        shipped, ON, selection("{event.action: command, smtp.command.line: EHLO a}")
    )
    hello = event("command", {"smtp.command.verb": "EHLO", "smtp.command.line": "EHLO a"})
    hello.usual = "EHLO"
    assert [rule.name for rule in Matcher(other).match(hello)] == [ON]
    assert for_usual(ready(other)).keys() == {"plain mail"}


def test_a_search_that_cannot_be_asked_is_of_its_rule(shipped: RuleSet) -> None:
    """The line that makes it ready is nobody's; the line that asks it is."""
    matcher = Matcher(shipped)
    long: dict[str, object] = {
        "smtp.reply.length": 2000,
        "smtp.greeting.code": 220,
        "smtp.greeting.text": 25,
    }
    assert found(matcher, long) == ["client_banner_overflow"]
    assert "smtp.greeting.text" not in matcher.source("greeting").partition("220")[2]

"""What a worker asks leaves out no rule, and says when the parent must ask again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smtpids.rules import Matcher
from smtpids.rules.matcher import asks_history
from smtpids.rules.rule import Level, Rule
from smtpids.rules.tree import FALSE, TRUE, And, Check, Node, Not, Op, Or, checks
from smtpids.workers.sieve import Sieve, loosened
from tests.support.engine import captures, compiled, every_rule, shipped_rules, told_of_capture
from tests.support.visits import Visit, told_with_history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.smtp import Event

OLD = Check("history.server.known", Op.EQUALS, True)
WORD = Check(None, Op.CONTAINS, "x")
PORT = Check("destination.port", Op.EQUALS, 25)
HELO = Check("smtp.helo", Op.EQUALS, "x")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (OLD, TRUE),
        (WORD, TRUE),
        (PORT, PORT),
        (Not(OLD), TRUE),
        (Not(PORT), Not(PORT)),
        (And((PORT, OLD)), PORT),
        (And((PORT, Not(OLD))), PORT),
        (Or((PORT, OLD)), TRUE),
        (Not(And((PORT, OLD))), TRUE),
        (Not(Or((PORT, OLD))), Not(PORT)),
        (Not(Or((PORT, Not(OLD)))), Not(PORT)),
        (And((PORT, Or((OLD, HELO)))), PORT),
        (Check("smtp.helo", Op.REF_EQUALS, "history.server.banner"), TRUE),
        (FALSE, FALSE),
    ],
)
def test_the_history_is_taken_as_it_must_be_for_the_rule_to_be_true(
    node: Node, expected: Node
) -> None:
    assert loosened(node) == expected


def events() -> Iterator[Event]:
    """Yield events that know the history."""
    yield from told_with_history(*(Visit(logins=(("ann", True),), mail=True).frames,) * 2)
    for path in captures()[::4]:
        yield from told_of_capture(path).events


def test_a_rule_that_is_true_is_not_left_out() -> None:
    ruleset = every_rule()
    sieve, matcher = Sieve(ruleset), compiled(ruleset)
    unsure = 0
    for event in events():
        true = matcher.match(event)
        found = sieve.match(event)
        assert {rule.name for rule in true} <= {rule.name for rule in found}
        if sieve.is_sure(found):
            assert [rule.name for rule in true] == [rule.name for rule in found]
        else:
            unsure += 1
    assert unsure


def test_nothing_of_the_history_is_asked() -> None:
    sieve = Sieve(every_rule())
    assert sieve.matcher.history == frozenset()
    assert sieve.history == compiled(every_rule()).history
    assert sieve.history
    assert sieve.fields == compiled(every_rule()).fields


def test_rules_that_ask_no_history_are_asked_as_they_are() -> None:
    ruleset = shipped_rules()
    assert not any(asks_history(one) for rule in ruleset.asked for one in checks(rule.condition))
    sieve = Sieve(ruleset)
    assert sieve.is_sure([source.rule for source in ruleset.asked])
    assert isinstance(sieve.matcher, Matcher)


def test_of_a_match_that_counts_what_its_correlations_read_is_told() -> None:
    ruleset = shipped_rules()
    sieve = Sieve(ruleset)
    rules = {one.rule.name: one.rule for one in ruleset.asked}
    for correlation in ruleset.running:
        for name in correlation.rules:
            if name in rules:
                assert correlation.fields <= set(sieve.counted([rules[name]]))
    answered, taken = rules["smtp_rcpt_answered"], rules["inbound_message_taken"]
    # user_enumeration_rcpt counts what smtp_rcpt_mostly_refused has found
    assert "smtpids.pcap.packet" in sieve.counted([answered])
    assert "smtp.helo" not in sieve.counted([answered])
    assert set(sieve.counted([answered, taken])) == {
        *sieve.counted([answered]),
        *sieve.counted([taken]),
    }
    assert not sieve.counted([Rule("another", "Another", Level.LOW)])


def test_alerts_that_count_or_name_the_past_are_not_drafted() -> None:
    ruleset = shipped_rules()
    sieve = Sieve(ruleset)
    rules = {one.rule.name: one.rule for one in ruleset.asked}
    plain, counted = rules["port_25_no_tls"], rules["smtp_rcpt_answered"]
    assert sieve.are_drafted([plain])
    assert not sieve.are_drafted([plain, counted])
    assert set(sieve.keys_of([plain])) == {"source.ip", "destination.ip"}
    assert set(sieve.keys_of([plain, plain])) == {"source.ip", "destination.ip"}
    telling = replace(plain, message="{source.ip} was seen {history.client.sessions} times")
    source = next(one for one in ruleset.sources if one.rule is plain)
    other = Sieve(replace(ruleset, sources=(source._replace(rule=telling),), correlations=()))
    assert not other.are_drafted([telling])


def test_rules_that_only_count_are_told_from_those_that_alert() -> None:
    ruleset = shipped_rules()
    sieve = Sieve(ruleset)
    counted = [one.rule for one in ruleset.asked if not ruleset.alerts(one.rule)]
    alerting = next(one.rule for one in ruleset.asked if ruleset.alerts(one.rule))
    assert counted
    assert sieve.is_silent(counted)
    assert not sieve.is_silent([counted[0], alerting])

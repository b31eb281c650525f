from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smtpids.rules.correlation import Correlation, Kind
from smtpids.rules.rule import Level, Match, Rule
from smtpids.trial.desk import Desk, silent_in
from tests.support.rules import event, ruleset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.smtp.events import Event

BASE = Rule("base", "Base", Level.INFORMATIONAL)
PAIR = Rule("pair", "Pair", Level.HIGH)


class Pairs:
    """Counts to two, and says at the end that it is over."""

    def __init__(self) -> None:
        self.seen = 0
        self.ticks: list[int] = []

    def matched(self, rule: Rule, event: Event) -> Sequence[Match]:
        self.seen += 1
        return [Match(PAIR, event)] if self.seen % 2 == 0 else []

    def tick(self, ts_ns: int) -> Sequence[Match]:
        self.ticks.append(ts_ns)
        return []

    def finish(self) -> Sequence[Match]:
        return [Match(PAIR, event("session_end"))]


def ask(found: Event) -> Sequence[Rule]:
    return [BASE] if found.action == "auth" else []


def names(matches: Sequence[Match]) -> list[str]:
    return [match.rule.name for match in matches]


def test_a_match_becomes_an_alert() -> None:
    assert names(Desk(ask).take([event("auth"), event("tls")])) == ["base"]


def test_a_silent_rule_makes_no_alert_but_is_counted() -> None:
    pairs = Pairs()
    desk = Desk(ask, frozenset({"base"}), pairs)
    assert names(desk.take([event("auth", ts_ns=1), event("auth", ts_ns=5)])) == ["pair", "pair"]
    assert pairs.ticks == [1, 5]


def test_what_was_said_is_held_back() -> None:
    rule = replace(BASE, once_per="session.id")
    desk = Desk(lambda found: [rule])
    alerts = desk.take([event("auth", {"session.id": one}) for one in ("a", "a", "b")])
    assert [match.event.fields["session.id"] for match in alerts] == ["a", "b"]


def test_informational_rules_and_those_that_only_count_are_silent() -> None:
    rules = ruleset(a="{event.action: auth}", b="{event.action: auth}")
    info = rules.sources[0]._replace(rule=replace(rules.sources[0].rule, level=BASE.level))
    rules = replace(
        rules,
        sources=(info, rules.sources[1]),
        correlations=(Correlation(PAIR, Kind.EVENT_COUNT, ("b",), 1),),
        silenced=frozenset({"b"}),
    )
    assert silent_in(rules) == {"a", "b"}

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from smtpids.rules.matcher import MOST_FAILURES, Matcher
from smtpids.rules.profile import Cost, Profiler
from smtpids.rules.rule import Level
from smtpids.rules.ruleset import RuleSet
from tests.support.correlations import made
from tests.support.rules import event, ruleset
from tests.unit.rules.test_matcher import Poison

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = ruleset(
    a="{event.action: auth, smtp.helo: x}",
    b="{tls.established: false}",
    c="{event.action: command, smtp.helo: y}",
)


def profiler(
    rules: RuleSet, costs: dict[str, Cost] | None = None, clock: Iterator[int] | None = None
) -> Profiler:
    """Return a profiler, by whose clock each question takes a nanosecond."""
    return Profiler(rules, (clock or count()).__next__, {} if costs is None else costs)


def names(asking: Profiler, action: str, helo: object) -> list[str]:
    happening = event(action, {"smtp.helo": helo, "tls.established": False})
    return [rule.name for rule in asking.match(happening)]


def test_the_rules_that_are_true_are_found_in_order_of_name() -> None:
    asking = profiler(RULES)
    assert names(asking, "auth", "X") == ["a", "b"]
    assert names(asking, "command", "y") == ["b", "c"]
    assert names(profiler(ruleset(a="event.action: auth")), "command", "y") == []


def test_each_rule_is_asked_of_what_it_can_be_true_of_and_its_time_is_taken() -> None:
    costs: dict[str, Cost] = {}
    # from one reading to the next it takes 1, 2, 3 ... nanoseconds
    asking = profiler(RULES, costs, (number * (number + 1) // 2 for number in count()))
    assert costs == {"a": Cost(), "b": Cost(), "c": Cost()}
    names(asking, "auth", "x")
    assert costs == {"a": Cost(1, 1, 1), "b": Cost(1, 1, 3), "c": Cost()}
    names(asking, "command", "x")
    assert costs == {"a": Cost(1, 1, 1), "b": Cost(2, 2, 8), "c": Cost(1, 0, 7)}


def test_it_asks_for_the_same_fields_and_the_same_history() -> None:
    rules = ruleset(
        a="{event.action: auth, history.user.known: false}", b="email.body.text|contains: x"
    )
    assert profiler(rules).fields == Matcher(rules).fields
    assert profiler(rules).history == Matcher(rules).history == {"auth"}


def test_a_rule_that_only_counts_for_a_correlation_is_asked() -> None:
    (source,) = ruleset(a="event.action: auth").sources
    quiet = source._replace(rule=replace(source.rule, level=Level.INFORMATIONAL))
    assert names(profiler(RuleSet((quiet,))), "auth", "x") == []
    counted = RuleSet((quiet,), correlations=(made(ask=("gte", 2)),))
    assert names(profiler(counted), "auth", "x") == ["a"]


def test_a_rule_that_fails_too_often_is_switched_off_and_the_others_are_asked() -> None:
    costs: dict[str, Cost] = {}
    asking = profiler(RULES, costs)
    for _ in range(MOST_FAILURES + 20):
        assert names(asking, "auth", Poison("x")) == ["b"]
    assert (asking.errors, asking.disabled) == ({"a": MOST_FAILURES}, ("a",))
    assert costs["b"].matches == MOST_FAILURES + 20
    assert names(asking, "auth", "x") == ["b"]


def test_a_value_of_another_type_is_left_to_the_interpreter() -> None:
    asking = profiler(ruleset(a="smtp.helo: '25'", b="smtp.helo|contains: x"))
    assert names(asking, "auth", 25) == ["a"]
    assert names(asking, "auth", 25) == ["a"]
    assert (asking.errors, asking.fallbacks) == ({}, {"auth": 2})


def test_a_reload_counts_on_and_forgets_no_rule() -> None:
    costs: dict[str, Cost] = {}
    before = profiler(RULES, costs)
    names(before, "auth", Poison("x"))
    after = profiler(ruleset(a="smtp.helo: x"), costs)
    after.count_on(before)
    names(after, "auth", "x")
    assert costs == {"a": Cost(2, 1, 2), "b": Cost(1, 1, 1), "c": Cost()}
    names(after, "auth", Poison("x"))
    assert after.errors == {"a": 2}


def test_a_reload_may_begin_and_end_it() -> None:
    plain = Matcher(RULES)
    asking = profiler(RULES)
    asking.count_on(plain)
    names(asking, "auth", Poison("x"))
    again = Matcher(RULES)
    again.count_on(asking)
    assert again.errors == plain.errors == {"a": 1}

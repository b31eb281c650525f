from __future__ import annotations

from dataclasses import replace

import pytest

from smtpids.fields import ALL
from smtpids.rules.matcher import MOST_FAILURES, Matcher
from smtpids.rules.rule import Level, Suppress
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.tree import Check, Op
from smtpids.smtp.events import Action
from tests.support.rules import event, ruleset


class Poison(str):
    """A text that no rule can stand."""

    __slots__ = ()

    def lower(self) -> str:
        raise RuntimeError("no")


def names(matcher: Matcher, action: str, **fields: object) -> list[str]:
    happening = event(action, {name.replace("__", "."): value for name, value in fields.items()})
    return [rule.name for rule in matcher.match(happening)]


def test_all_rules_that_are_true_are_found_in_order_of_name() -> None:
    matcher = Matcher(
        ruleset(
            c="{tls.established: false}",
            a="{smtp.helo: x, tls.established: false}",
            b="{smtp.helo: y}",
        )
    )
    assert names(matcher, "auth", smtp__helo="X", tls__established=False) == ["a", "c"]


def test_nothing_found_is_nothing_made() -> None:
    matcher = Matcher(ruleset(a="{event.action: auth, smtp.helo: x}"))
    assert matcher.match(event("auth")) == ()
    assert matcher.match(event("command")) == ()
    assert matcher.match(event("unheard_of")) == ()


def test_an_action_may_be_the_enumeration_or_its_word() -> None:
    matcher = Matcher(ruleset(a="event.action: auth"))
    assert ["a"] == names(matcher, Action.AUTH) == names(matcher, "auth")


@pytest.mark.parametrize(
    "change", [{"enabled": False}, {"level": Level.INFORMATIONAL}], ids=["off", "informational"]
)
def test_a_rule_that_cannot_alert_is_not_asked(change: dict[str, object]) -> None:
    (source,) = ruleset(a="event.action: auth").sources
    silent = RuleSource(replace(source.rule, **change), source.condition)  # type: ignore[arg-type]
    assert Matcher(RuleSet((silent,))).match(event("auth")) == ()


def test_a_value_of_another_type_is_left_to_the_interpreter() -> None:
    matcher = Matcher(ruleset(a="smtp.helo: '25'", b="smtp.helo|contains: x"))
    assert names(matcher, "auth", smtp__helo=25) == ["a"]
    assert (matcher.fallbacks, matcher.errors) == ({"auth": 1}, {})


def test_a_rule_that_raises_does_not_stop_the_others() -> None:
    matcher = Matcher(ruleset(a="smtp.helo: x", b="{tls.established: false}", c="smtp.helo: y"))
    assert names(matcher, "auth", smtp__helo=Poison("x"), tls__established=False) == ["b"]
    assert matcher.errors == {"a": 1, "c": 1}


def test_a_text_that_re2_refuses_does_not_hide_other_rules() -> None:
    matcher = Matcher(ruleset(a="smtp.helo|re: '^x'", b="{tls.established: false}"))
    assert names(matcher, "auth", smtp__helo="\ud800", tls__established=False) == ["b"]
    assert matcher.errors == {}


def test_only_the_rule_that_raised_is_asked_plainly_from_then_on() -> None:
    matcher = Matcher(ruleset(a="smtp.helo|contains: x", b="{tls.established: false}"))
    for _ in range(3):
        assert names(matcher, "auth", smtp__helo=25, tls__established=False) == ["b"]
    assert (matcher.fallbacks, matcher.errors) == ({"auth": 1}, {})
    assert "smtp.helo" not in matcher.source("auth")
    assert "smtp.helo" in matcher.source("command")
    assert names(matcher, "auth", smtp__helo="axb", tls__established=False) == ["a", "b"]


def test_a_rule_behind_a_guard_that_raises_is_told_from_the_others() -> None:
    condition = "{{smtp.auth.attempts|gt: {0}, smtp.helo|contains: [{1}]}}"
    conditions = {
        f"r{number:02}": condition.format(
            number, ", ".join(f"word{number}x{each}" for each in range(20))
        )
        for number in range(10)
    }
    matcher = Matcher(ruleset(**conditions))
    assert "for n in " in matcher.source("auth")
    happening = {"smtp__helo": "the word3x1", "smtp__auth__attempts": 4}
    assert names(matcher, "auth", **happening) == ["r03"]
    assert names(matcher, "auth", **{**happening, "smtp__auth__attempts": "many"}) == []
    assert matcher.fallbacks == {"auth": 1}
    assert "word3x1" not in matcher.source("auth")
    assert names(matcher, "auth", **happening) == ["r03"]
    assert matcher.fallbacks == {"auth": 1}


def test_a_rule_that_fails_too_often_is_switched_off_and_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    matcher = Matcher(ruleset(a="smtp.helo: x", b="{tls.established: false}"))
    for _ in range(MOST_FAILURES + 20):
        assert names(matcher, "auth", smtp__helo=Poison("x"), tls__established=False) == ["b"]
    assert (matcher.errors, matcher.disabled) == ({"a": MOST_FAILURES}, ("a",))
    assert matcher.fallbacks == {"auth": 1}
    said = f"rule a is off: it failed {MOST_FAILURES} times, last by RuntimeError"
    assert [record.getMessage() for record in caplog.records] == [said]
    assert "smtp.helo" not in matcher.source("command")
    assert names(matcher, "command", smtp__helo="x") == []


def test_failures_are_counted_on_after_a_reload_and_the_rule_is_asked_again() -> None:
    before = Matcher(ruleset(a="smtp.helo: x"))
    for _ in range(MOST_FAILURES):
        names(before, "auth", smtp__helo=Poison("x"))
    after = Matcher(ruleset(a="smtp.helo: x", b="smtp.helo: x"))
    after.count_on(before)
    assert names(after, "auth", smtp__helo="x") == ["a", "b"]
    assert names(after, "auth", smtp__helo=Poison("x")) == []
    assert (after.errors, after.fallbacks) == ({"a": MOST_FAILURES + 1, "b": 1}, {"auth": 2})
    assert after.disabled == ()


def test_the_last_rule_may_be_switched_off() -> None:
    matcher = Matcher(ruleset(a="{event.action: auth, smtp.helo: x}"))
    for _ in range(MOST_FAILURES + 1):
        assert names(matcher, "auth", smtp__helo=Poison("x")) == []
    assert matcher.disabled == ("a",)
    assert names(matcher, "auth", smtp__helo="x") == []


def test_the_source_can_be_looked_at() -> None:
    matcher = Matcher(ruleset(a="event.action: auth"))
    assert "def match(f" in matcher.source("auth")
    assert matcher.source("command") == ""


@pytest.mark.parametrize(
    ("condition", "actions"),
    [
        ("{event.action: auth, smtp.helo: x}", set()),
        ("{event.action: auth, history.user.known: false}", {"auth"}),
        (
            "[{smtp.anomaly.kind: gap}, {smtp.auth.outcome: success, history.user.logins: 1}]",
            {"auth"},
        ),
        (
            "{event.action: [tls, auth], smtp.helo|fieldref: history.server.banner_before}",
            {"tls", "auth"},
        ),
        ("history.server.known: true", ALL),
        (Check(None, Op.CONTAINS, "word"), ALL),
    ],
)
def test_it_is_known_of_which_events_a_rule_asks_the_history(
    condition: str | Check, actions: set[str]
) -> None:
    assert actions == Matcher(ruleset(a=condition)).history


def test_a_rule_that_suppresses_by_the_history_asks_for_it() -> None:
    (source,) = ruleset(a="event.action: auth").sources
    rule = replace(source.rule, suppress=Suppress(("history.user.known",), 1))
    assert Matcher(RuleSet((RuleSource(rule, source.condition),))).history == {"auth"}
    rule = replace(source.rule, once_per="history.user.known")
    assert Matcher(RuleSet((RuleSource(rule, source.condition),))).history == {"auth"}


def test_a_rule_that_is_off_asks_nothing_of_the_history() -> None:
    (source,) = ruleset(a="history.user.known: false").sources
    rule = replace(source.rule, enabled=False)
    assert Matcher(RuleSet((RuleSource(rule, source.condition),))).history == set()


def test_the_fields_that_rules_ask_are_known_and_not_those_of_rules_that_are_off() -> None:
    sources = ruleset(
        a="smtp.helo|fieldref: smtp.mail_from", b="email.body.text|contains: x"
    ).sources
    off = sources[1]._replace(rule=replace(sources[1].rule, enabled=False))
    assert Matcher(RuleSet(sources)).fields == {"smtp.helo", "smtp.mail_from", "email.body.text"}
    assert Matcher(RuleSet((sources[0], off))).fields == {"smtp.helo", "smtp.mail_from"}


def test_keywords_do_not_search_what_is_never_written() -> None:
    matcher = Matcher(ruleset(a=Check(None, Op.CONTAINS, "word")))
    assert names(matcher, "message", email__body__text="a word") == []
    assert names(matcher, "message", email__subject="a word") == ["a"]

from __future__ import annotations

from dataclasses import replace

import pytest

from smtpids.rules.correlation import Correlation, Kind
from smtpids.rules.rule import Level, Rule
from smtpids.trial.bench import Bench
from smtpids.trial.judging import differences
from tests.support.rules import ruleset
from tests.support.trials import CLEAR, bench_of, trial_of

RULES = {"clear": CLEAR, "other": "{event.action: auth, smtp.auth.outcome: failure}"}


def told(events: str, expect: str, more: str = "", bench: Bench | None = None) -> list[str]:
    bench = bench or bench_of(**RULES)
    text = f"tests: [{{name: a, events: [{events}], expect: {expect}{more}}}]"
    trial = trial_of(text, *bench.rules)
    return differences(trial, bench.run(trial), bench)


AUTH = "{event.action: auth, smtp.auth.outcome: success}"
FAILS = "{event.action: auth, smtp.auth.outcome: failure}"


def test_what_is_as_expected_makes_no_difference() -> None:
    assert told(AUTH, "[clear]") == []
    assert told(FAILS, "[clear, other]") == []


def test_an_alert_too_many_is_told_with_its_message() -> None:
    assert told(FAILS, "[clear]") == [
        "other: expected no alert, got 1 alert; the last one at auth in packet 1: Other"
    ]


def test_an_alert_that_is_missing_is_told_with_what_the_nearest_event_lacked() -> None:
    tls = "{event.action: tls}, {event.action: auth, tls.established: true}"
    (said,) = told(tls, "[clear]")
    assert said == (
        "clear: expected 1 alert, got no alert; the nearest event of clear was auth in packet 2,"
        " which lacks: tls.established: false (true)"
    )


def test_an_alert_that_is_held_back_is_told_as_such() -> None:
    rules = ruleset(**RULES)
    once = tuple(
        one._replace(rule=replace(one.rule, once_per="session.id")) for one in rules.sources
    )
    bench = Bench(replace(rules, sources=once))
    assert told(f"{AUTH}, {AUTH}", "[clear, clear]", bench=bench) == [
        (
            "clear: expected 2 alerts, got 1 alert; it was true of 2 events, but 'suppress' or"
            " 'once_per' holds alerts back"
        )
    ]


@pytest.mark.parametrize(
    ("events", "expect"), [(FAILS, "[clear]"), (f"{FAILS}, {FAILS}", "{clear: 2}")]
)
def test_other_rules_may_alert_if_the_test_lets_them(events: str, expect: str) -> None:
    assert told(events, expect, ", also: any") == []


def test_a_part_of_the_message_is_looked_for() -> None:
    assert told(AUTH, "[clear]", ", messages: {clear: lea}") == []
    assert told(AUTH, "[clear]", ", messages: {clear: dark}") == [
        "clear: no message holds 'dark', such as 'Clear'"
    ]


def test_without_an_event_there_is_nothing_near() -> None:
    assert told("", "[clear]") == ["clear: expected 1 alert, got no alert; there was no event"]


def test_of_a_correlation_the_matches_of_its_rules_are_told() -> None:
    many = Correlation(Rule("many", "Many", Level.HIGH), Kind.EVENT_COUNT, ("clear", "other"), 1)
    bench = Bench(replace(ruleset(**RULES), correlations=(many,)))
    (said,) = told(AUTH, "[clear, many]", bench=bench)
    assert "matches of its rules: clear 1, other 0; the nearest event of other was auth" in said
    assert said.endswith('which lacks: smtp.auth.outcome: failure ("success")')

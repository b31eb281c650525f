"""What is counted beside events, and what is there from the start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtpids.config import SECOND, Limits
from smtpids.metrics import Counts, count_alert, count_match
from smtpids.rules.rule import Level, Match, Rule, Suppress
from smtpids.smtp.events import Event
from smtpids.tcp.events import CLIENT, SERVER

RULE = Rule(name="auth_before_tls", title="AUTH before TLS", level=Level.HIGH, category="auth")


def raised(counter: dict[str, int]) -> dict[str, int]:
    """Leave out what is 0."""
    return {key: number for key, number in counter.items() if number}


def test_every_loaded_rule_exists_at_zero() -> None:
    counts = Counts()
    counts.rules_loaded([RULE])
    assert counts.alerts == {("auth_before_tls", "high", "auth"): 0}
    assert counts.matches == {"auth_before_tls": 0}
    assert counts.rules == {"default": 1}


def test_a_reload_keeps_what_was_counted() -> None:
    counts = Counts()
    counts.rules_loaded([RULE])
    count_alert(counts, RULE)
    counts.rules_loaded([])
    counts.rules_loaded([RULE])
    assert counts.alerts == {("auth_before_tls", "high", "auth"): 1}
    assert counts.rules == {"default": 1}


def test_matches_alerts_and_what_was_held_back_are_counted_apart() -> None:
    counts = Counts()
    match = Match(RULE, Event("auth", 0, 1, {}), suppressed=7)
    for _ in range(3):
        count_match(counts, RULE)
    counts.suppressed(RULE)
    counts.suppressed(RULE, reason="threshold")
    count_alert(counts, match.rule)
    counts.rule_error(RULE)
    assert counts.matches == {"auth_before_tls": 3}
    assert counts.alerts == {("auth_before_tls", "high", "auth"): 1}
    assert counts.alerts_suppressed == {
        ("auth_before_tls", "suppression"): 1,
        ("auth_before_tls", "threshold"): 1,
    }
    assert counts.rule_errors == {("auth_before_tls", "exception"): 1}


def test_a_rule_outside_any_folder_has_a_category_all_the_same() -> None:
    counts = Counts()
    counts.rules_loaded([Rule(name="mine", title="Mine", level=Level.LOW)])
    assert counts.alerts == {("mine", "low", "other"): 0}


def test_ends_gaps_limits_and_faults_are_counted() -> None:
    counts = Counts()
    counts.closed("fin")
    counts.gap(CLIENT, 10)
    counts.gap(SERVER, 0)
    counts.gap(SERVER, 7)
    counts.limit("held_octets")
    counts.limit("surprise")
    counts.internal_error("smtp")
    counts.alert_delay(SECOND // 100)
    counts.alert_delay(-5)
    assert raised(counts.connections_closed) == {"fin": 1}
    assert counts.gap_octets == {"to_server": 10, "to_client": 7}
    assert counts.limit_hits == {"held_octets": 1, "other": 1}
    assert raised(counts.internal_errors) == {"smtp": 1}
    assert counts.detection_latency.total == pytest.approx(0.01)


def test_every_limit_of_the_configuration_may_be_counted() -> None:
    counts = Counts()
    for name in Limits._fields:
        counts.limit(name)
    assert "other" not in counts.limit_hits


def test_the_counters_of_an_output_begin_at_zero() -> None:
    counts = Counts()
    counts.output_opened("siem", ["alert", "session"])
    assert counts.output_events == {("siem", "alert"): 0, ("siem", "session"): 0}
    assert counts.output_delivered == {"siem": 0}


def test_an_output_that_is_opened_again_counts_on() -> None:
    counts = Counts()
    counts.output_opened("siem", ["alert"])
    counts.output_events["siem", "alert"] += 5
    counts.output_opened("siem", ["alert"])
    assert counts.output_events == {("siem", "alert"): 5}


def test_a_clock_that_went_back_makes_no_negative_request() -> None:
    counts = Counts()
    counts.output_request("siem", -3)
    assert counts.output_requests["siem"].total == 0


def test_a_rule_that_only_counts_has_matches_and_no_alerts() -> None:
    counts = Counts()
    counting = replace(RULE, name="counting")
    counts.rules_loaded([RULE], asked=[RULE, counting])
    assert counts.matches == {"auth_before_tls": 0, "counting": 0}
    assert [name for name, _, _ in counts.alerts] == ["auth_before_tls"]
    assert counts.rules == {"default": 1}


def test_a_rule_that_can_be_held_back_or_fail_is_there_from_the_start() -> None:
    counts = Counts()
    quiet = replace(RULE, name="quiet", suppress=Suppress(("source.ip",), 60 * SECOND))
    counts.rules_loaded([RULE, quiet])
    assert counts.alerts_suppressed == {("quiet", "suppression"): 0}
    assert counts.rule_errors == {
        ("auth_before_tls", "exception"): 0,
        ("quiet", "exception"): 0,
    }


def test_attempts_to_deliver_are_timed_by_output() -> None:
    counts = Counts()
    for output, seconds in (("siem", 0.002), ("siem", 100.0), ("loki", 1.0)):
        counts.output_request(output, seconds)
    totals = {output: seen.cumulative()[-1] for output, seen in counts.output_requests.items()}
    assert totals == {"siem": 2, "loki": 1}

"""What each event raises, and that nothing of the traffic becomes a key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.config import SECOND, Limits
from smtpids.metrics import FAMILIES, Counts
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.labels import LOSSES
from smtpids.rules.rule import Level, Match, Rule, Suppress
from smtpids.smtp.events import Action, Event
from smtpids.tcp.events import CLIENT, SERVER, CloseReason

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields, Value

RULE = Rule(name="auth_before_tls", title="AUTH before TLS", level=Level.HIGH, category="auth")
#: Every field that a count may read.
READ = (
    "smtp.command.verb",
    "smtp.reply.code",
    "smtp.reply.enhanced",
    "smtp.reply.verb",
    "smtp.auth.mechanism",
    "smtp.auth.outcome",
    "smtp.starttls.state",
    "smtp.starttls.offered",
    "smtp.ehlo.keywords",
    "smtp.message.accepted",
    "smtp.message.size",
    "smtp.anomaly.kind",
    "email.attachments",
    "tls.version",
    "tls.outcome",
    "tls.mode",
    "destination.port",
    "session.duration",
    "session.close_reason",
)


def counted(action: str, fields: Fields) -> Counts:
    counts = Counts()
    counts.event(Event(action, 0, 1, fields))
    return counts


def raised(counter: dict[str, int]) -> dict[str, int]:
    """Leave out what is 0."""
    return {key: number for key, number in counter.items() if number}


def test_a_command_is_counted_by_its_verb() -> None:
    assert raised(counted("command", {"smtp.command.verb": "MAIL"}).commands) == {"MAIL": 1}


def test_a_command_that_nobody_knows_is_other() -> None:
    assert raised(counted("command", {"smtp.command.verb": "XHACK"}).commands) == {"other": 1}


def test_a_reply_is_counted_by_both_its_codes() -> None:
    fields: Fields = {"smtp.reply.code": 550, "smtp.reply.enhanced": "5.7.1"}
    assert counted("reply", fields).replies == {("5xx", "x.7"): 1}


@pytest.mark.parametrize(("code", "outcome"), [(250, "accepted"), (452, "rejected")])
def test_a_recipient_is_counted_when_its_rcpt_is_answered(code: int, outcome: str) -> None:
    fields: Fields = {"smtp.reply.code": code, "smtp.reply.verb": "RCPT"}
    assert {outcome: 1} == raised(counted("reply", fields).recipients)


def test_a_reply_to_another_command_is_no_recipient() -> None:
    fields: Fields = {"smtp.reply.code": 250, "smtp.reply.verb": "MAIL"}
    assert raised(counted("reply", fields).recipients) == {}


@pytest.mark.parametrize(
    ("mechanism", "expected"),
    [("PLAIN", "PLAIN"), ("SCRAM-SHA-256", "SCRAM-SHA-256"), ("X-MINE", "other"), (None, "other")],
)
def test_an_auth_exchange_is_counted_by_mechanism_and_outcome(
    mechanism: Value, expected: str
) -> None:
    fields: Fields = {"smtp.auth.mechanism": mechanism, "smtp.auth.outcome": "failure"}
    assert {(expected, "failure"): 1} == counted("auth", fields).auth


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("accepted", "accepted"),
        ("established", "accepted"),
        ("refused", "refused"),
        ("requested", "unanswered"),
        ("?", "other"),
    ],
)
def test_starttls_is_counted_by_its_answer(state: str, outcome: str) -> None:
    counts = counted("starttls", {"smtp.starttls.state": state})
    assert {outcome: 1} == raised(counts.starttls)


def test_a_handshake_is_counted_by_version_and_outcome() -> None:
    fields: Fields = {"tls.version": "1.3", "tls.outcome": "established"}
    assert counted("tls", fields).handshakes == {("1.3", "established"): 1}


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"smtp.message.accepted": True}, "accepted"),
        ({"smtp.message.accepted": False}, "rejected"),
        ({"smtp.message.complete": True}, "aborted"),
        ({}, "aborted"),
    ],
)
def test_a_message_is_counted_by_the_reply_to_it(fields: Fields, outcome: str) -> None:
    assert raised(counted("message", fields).messages) == {outcome: 1}


def test_the_size_of_a_message_is_observed() -> None:
    counts = counted("message", {"smtp.message.size": 5000})
    assert counts.message_size.total == 5000
    assert counts.message_size.cumulative()[-1] == 1


def test_an_attachment_is_counted_by_what_its_name_says() -> None:
    names = ["PDF", "exe", "", "pdf"]
    files: list[Value] = [{"file": {"extension": name}} for name in names]
    counts = counted("message", {"email.attachments": [*files, "no object", {"file": None}]})
    assert counts.attachments == {"document": 2, "executable": 1, "other": 3}


def test_an_anomaly_is_counted_by_its_kind() -> None:
    counts = counted("anomaly", {"smtp.anomaly.kind": "bare_lf"})
    assert raised(counts.anomalies) == {"bare_lf": 1}


def test_a_session_is_counted_when_it_ends() -> None:
    fields: Fields = {
        "destination.port": 587,
        "tls.mode": "starttls",
        "session.duration": 3 * SECOND,
        "session.close_reason": CloseReason.RST,
    }
    counts = counted("session_end", fields)
    assert counts.sessions["587", "starttls"] == 1
    assert sum(counts.sessions.values()) == 1
    assert raised(counts.sessions_closed) == {"rst": 1}
    assert counts.session_duration.total == 3


@pytest.mark.parametrize(
    ("keywords", "offered", "mode", "number"),
    [
        (["PIPELINING"], False, "none", 1),
        (["STARTTLS"], True, "none", 0),
        ([], False, "none", 0),
        (["PIPELINING"], False, "implicit", 0),
    ],
)
def test_a_server_that_lists_no_starttls_is_counted_once_a_session(
    keywords: list[Value], offered: bool, mode: str, number: int
) -> None:
    fields: Fields = {
        "smtp.ehlo.keywords": keywords,
        "smtp.starttls.offered": offered,
        "smtp.starttls.state": "none",
        "tls.mode": mode,
    }
    assert number == counted("session_end", fields).starttls["not_offered"]


def test_a_greeting_raises_nothing() -> None:
    assert numbers(Counts()) == numbers(counted("greeting", {"smtp.reply.code": 220}))


def test_every_loaded_rule_exists_at_zero() -> None:
    counts = Counts()
    counts.rules_loaded([RULE])
    assert counts.alerts == {("auth_before_tls", "high", "auth"): 0}
    assert counts.matches == {"auth_before_tls": 0}
    assert counts.rules == {"default": 1}


def test_a_reload_keeps_what_was_counted() -> None:
    counts = Counts()
    counts.rules_loaded([RULE])
    counts.alert(Match(RULE, Event("auth", 0, 1, {})))
    counts.rules_loaded([])
    counts.rules_loaded([RULE])
    assert counts.alerts == {("auth_before_tls", "high", "auth"): 1}
    assert counts.rules == {"default": 1}


def test_matches_alerts_and_what_was_held_back_are_counted_apart() -> None:
    counts = Counts()
    match = Match(RULE, Event("auth", 0, 1, {}), suppressed=7)
    for _ in range(3):
        counts.matched(RULE)
    counts.suppressed(RULE)
    counts.suppressed(RULE, reason="threshold")
    counts.alert(match)
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


def test_connections_gaps_limits_and_faults_are_counted() -> None:
    counts = Counts()
    counts.opened(25)
    counts.opened(4000)
    counts.closed("fin")
    counts.gap(CLIENT, 10)
    counts.gap(SERVER, 0)
    counts.gap(SERVER, 7)
    counts.limit("held_octets")
    counts.limit("surprise")
    counts.internal_error("smtp")
    counts.alert_delay(SECOND // 100)
    counts.alert_delay(-5)
    assert raised(counts.connections_opened) == {"25": 1, "other": 1}
    assert raised(counts.connections_closed) == {"fin": 1}
    assert counts.gap_octets == {"to_server": 10, "to_client": 7}
    assert counts.limit_hits == {"held_octets": 1, "other": 1}
    assert raised(counts.internal_errors) == {"smtp": 1}
    assert counts.detection_latency.total == pytest.approx(0.01)


def test_every_limit_of_the_configuration_may_be_counted() -> None:
    counts = Counts()
    for name in Limits.__dataclass_fields__:
        counts.limit(name)
    assert "other" not in counts.limit_hits


def test_the_counters_of_an_output_begin_at_zero() -> None:
    counts = Counts()
    counts.output_opened("siem", ["alert", "session"])
    assert counts.output_events == {("siem", "alert"): 0, ("siem", "session"): 0}
    assert counts.output_dropped == dict.fromkeys((("siem", reason) for reason in LOSSES), 0)
    assert counts.output_errors == counts.output_dropped
    assert counts.output_delivered == counts.output_retries == counts.output_resent == {"siem": 0}
    assert counts.output_up == {}


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


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@given(
    st.sampled_from([*Action, "unheard_of"]),
    st.dictionaries(st.sampled_from(READ), HOSTILE, max_size=8),
)
@settings(max_examples=100)
def test_no_event_raises_or_makes_a_key_that_is_not_known(action: str, fields: Fields) -> None:
    counts = counted(action, fields)
    for family in FAMILIES.values():
        reading = family.read(counts)
        if reading is None or isinstance(reading, int | float | Histogram):
            continue
        for key in dict(reading):
            values = (key,) if isinstance(key, str) else key
            for label, value in zip(family.labels, values, strict=True):
                assert label.values is None or value in label.values | {"other"}


def numbers(counts: Counts) -> dict[str, object]:
    """Return all readings, histograms as their buckets."""
    return {
        name: reading.cumulative() if isinstance(reading, Histogram) else reading
        for name, family in FAMILIES.items()
        for reading in (family.read(counts),)
    }

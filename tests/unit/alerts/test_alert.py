from __future__ import annotations

from dataclasses import replace

import pytest

from smtpids.alerts.alert import DESCRIPTION_CHARS, alert
from smtpids.alerts.record import Observer, identity
from smtpids.rules.rule import Level, Match, Rule
from tests.unit.alerts.samples import NOON, RULE, event, match, together

SENSOR = Observer(name="sensor1")


def test_the_message_is_the_title_and_the_reason_is_what_happened() -> None:
    seen = alert(match(), SENSOR)
    assert seen["message"] == "Credentials sent before TLS"
    assert (
        seen["event"]["reason"]
        == "192.0.2.10 authenticated as alice@example.net by PLAIN without TLS"
    )


def test_an_alert_is_classified_for_its_receivers() -> None:
    said = alert(match(), SENSOR)["event"]
    assert said["kind"] == "alert"
    assert said["category"] == ["intrusion_detection", "network", "email"]
    assert said["type"] == ["info"]
    assert (said["module"], said["dataset"]) == ("smtpids", "smtpids.alert")
    assert said["code"] == "9001001"


def test_the_action_stays_that_of_the_event() -> None:
    assert alert(match(), SENSOR)["event"]["action"] == "auth"


@pytest.mark.parametrize(
    ("level", "severity"),
    [(Level.LOW, 21), (Level.MEDIUM, 47), (Level.HIGH, 73), (Level.CRITICAL, 99)],
)
def test_the_level_is_told_as_number_and_as_word(level: Level, severity: int) -> None:
    seen = alert(Match(replace(RULE, level=level), event()), SENSOR)
    assert severity == seen["event"]["severity"] == seen["event"]["risk_score"]
    assert level.value == seen["smtpids"]["severity"]


def test_the_rule_is_named_with_all_it_says_of_itself() -> None:
    assert alert(match(), Observer(ruleset="site"))["rule"] == {
        "id": "auth_before_tls",
        "uuid": "6c2f0f1e-6c0f-4b4c-9b34-0e5d6d1c7a11",
        "name": "Credentials sent before TLS",
        "version": "2026-11-20",
        "category": "auth",
        "ruleset": "site",
        "description": "A client authenticated without TLS.",
        "reference": "https://www.rfc-editor.org/rfc/rfc4954#section-4",
        "author": ["A. Nother", "B. Other"],
    }


def test_a_rule_that_says_little_makes_a_small_alert() -> None:
    seen = alert(Match(Rule("r", "Title", Level.LOW), event()), SENSOR)
    assert seen["rule"] == {"id": "r", "name": "Title", "ruleset": "smtpids"}
    assert seen["event"]["code"] == "r"
    assert not {"threat", "tags"} & set(seen)


def test_a_long_description_is_cut() -> None:
    long = replace(RULE, description="x" * 5000)
    said = alert(Match(long, event()), SENSOR)["rule"]["description"]
    assert len(said) == DESCRIPTION_CHARS


def test_the_tags_are_kept_and_told_as_threat() -> None:
    seen = alert(match(), SENSOR)
    assert seen["tags"] == ["attack.credential-access", "attack.t1040"]
    assert seen["threat"]["technique"]["id"] == ["T1040"]


def test_the_evidence_is_the_dialogue_with_packets() -> None:
    lines = alert(match(), SENSOR)["smtpids"]["evidence"]
    assert lines[-1] == {
        "@timestamp": "2026-11-23T12:00:00.030000Z",
        "packet": 7,
        "side": "client",
        "line": "AUTH PLAIN <redacted>",
    }
    assert [line["packet"] for line in lines] == [4, 5, 6, 6, 7]


def test_the_suppressed_are_counted() -> None:
    assert alert(match(suppressed=12), SENSOR)["smtpids"]["suppressed"] == 12
    assert alert(match(), SENSOR)["smtpids"]["suppressed"] == 0


def test_the_context_of_the_session_travels_with_the_alert() -> None:
    seen = alert(match(), SENSOR)
    assert seen["@timestamp"] == "2026-11-23T12:00:00.000000Z"
    assert seen["smtp"]["auth"]["user"] == "alice@example.net"
    assert seen["tls"]["established"] is False
    assert {"schema": 1, "pcap": {"file": "mail.pcap", "packet": 7}}.items() <= seen[
        "smtpids"
    ].items()


def test_the_identity_is_that_of_rule_and_event() -> None:
    first = alert(match(), SENSOR)["event"]["id"]
    assert identity(event(), "auth_before_tls") == first
    assert first != alert(match(at=NOON + 1), SENSOR)["event"]["id"]


def test_what_a_person_reads_first_comes_first() -> None:
    assert list(alert(match(), SENSOR))[:5] == ["@timestamp", "ecs", "message", "event", "rule"]


def test_a_correlation_says_what_was_counted() -> None:
    seen = alert(together(), SENSOR)
    assert seen["smtpids"]["correlation"] == {
        "type": "value_count",
        "count": 3,
        "group": [{"field": "source.ip", "value": "192.0.2.10"}],
        "rules": ["login_failed"],
        "values": ["ann", "bob\x1b"],
        "start": "2026-11-23T11:59:58.500000Z",
        "end": "2026-11-23T12:00:00.000000Z",
    }
    assert (seen["rule"]["id"], seen["event"]["severity"]) == ("spraying", 73)


def test_what_a_correlation_has_not_is_left_out() -> None:
    seen = alert(together(group=(), values=()), SENSOR)["smtpids"]["correlation"]
    assert not {"group", "values"} & set(seen)


def test_the_identity_of_a_correlation_is_that_of_its_group() -> None:
    ids = [
        alert(together(group=(("smtp.rcpt_to", name),)), SENSOR)["event"]["id"]
        for name in ("a", "b", "a")
    ]
    assert ids[0] == ids[2] != ids[1]

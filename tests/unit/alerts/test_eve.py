from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smtpids.alerts.alert import alert
from smtpids.alerts.eve import FLOW_BITS, SEVERITIES, eve_alert, eve_record, eve_stats
from smtpids.alerts.record import Observer
from smtpids.rules.rule import Level, Match
from tests.unit.alerts.samples import RULE, event, match, together
from tests.unit.alerts.test_stats import FIGURES

SENSOR = Observer(name="tap1", interface="eth0")


def test_an_alert_has_what_suricatas_readers_look_for() -> None:
    made = eve_alert(match(), SENSOR)
    assert {name: made[name] for name in ("event_type", "src_ip", "dest_port", "proto")} == {
        "event_type": "alert",
        "src_ip": "192.0.2.10",
        "dest_port": 587,
        "proto": "TCP",
    }
    said = {name: value for name, value in made["alert"].items() if name != "metadata"}
    assert said == {
        "action": "allowed",
        "gid": 1,
        "signature_id": 9_001_001,
        "rev": 20261120,
        "signature": "Credentials sent before TLS",
        "category": "auth",
        "severity": 1,
        "references": ["https://www.rfc-editor.org/rfc/rfc4954#section-4"],
    }
    assert (made["host"], made["in_iface"], made["pcap_cnt"]) == ("tap1", "eth0", 7)


def test_what_eve_has_no_place_for_stands_in_the_metadata_as_lists_of_texts() -> None:
    metadata = eve_alert(match(suppressed=3), SENSOR)["alert"]["metadata"]
    assert metadata["smtpids_rule"] == ["auth_before_tls"]
    assert metadata["smtpids_suppressed"] == ["3"]
    assert metadata["mitre_technique_id"] == ["T1040"]
    assert metadata["mitre_technique_name"] == ["Network Sniffing"]
    assert metadata["signature_severity"] == ["Major"]
    assert metadata["smtpids_evidence"][1] == "#5 client: EHLO laptop.example"
    assert {type(one) for value in metadata.values() for one in value} == {str}


def test_both_formats_give_an_alert_one_id() -> None:
    for one in (match(), together()):
        said = eve_alert(one, SENSOR)["alert"]["metadata"]["smtpids_event_id"]
        assert said == [alert(one, SENSOR)["event"]["id"]]


def test_a_correlation_says_what_matched_together_and_has_a_number() -> None:
    said = eve_alert(together(), SENSOR)["alert"]
    assert said["signature_id"] > 1_000_000_000
    assert said["rev"] == 1
    assert said["metadata"]["smtpids_correlation"] == ["value_count 3"]
    assert said["metadata"]["smtpids_group"] == ["source.ip=192.0.2.10"]
    assert said["metadata"]["smtpids_values"] == ["ann", "bob\x1b"]


@pytest.mark.parametrize("level", Level)
def test_the_worst_severity_is_1(level: Level) -> None:
    said = eve_alert(Match(replace(RULE, level=level), event()), SENSOR)["alert"]
    assert said["severity"] == SEVERITIES[level]
    assert SEVERITIES[Level.CRITICAL] <= SEVERITIES[Level.MEDIUM] < SEVERITIES[Level.LOW]


@pytest.mark.parametrize(
    ("action", "changes", "direction"),
    [
        ("auth", {}, "to_server"),
        ("reply", {}, "to_client"),
        ("anomaly", {"smtp__anomaly__side": "server"}, "to_client"),
        ("anomaly", {"smtp__anomaly__side": "client"}, "to_server"),
    ],
)
def test_an_alert_says_who_spoke(action: str, changes: dict[str, Any], direction: str) -> None:
    assert eve_alert(match(action, **changes), SENSOR)["direction"] == direction


@pytest.mark.parametrize(
    ("action", "kind", "part"),
    [
        ("session_end", "flow", "flow"),
        ("message", "smtp", "email"),
        ("anomaly", "anomaly", "anomaly"),
    ],
)
def test_a_record_has_the_type_that_is_nearest(action: str, kind: str, part: str) -> None:
    made = eve_record(event(action), SENSOR)
    assert made["event_type"] == kind
    assert made[part]


def test_an_event_that_is_not_recorded_has_no_record() -> None:
    with pytest.raises(KeyError):
        eve_record(event("auth"), SENSOR)


def test_a_session_has_one_number_that_every_reader_can_hold() -> None:
    made = [eve_record(event(action), SENSOR) for action in ("message", "session_end")]
    assert len({one["flow_id"] for one in made}) == 1
    assert 0 <= made[0]["flow_id"] < 2**FLOW_BITS
    other = eve_record(event("message", session__id="another"), SENSOR)
    assert other["flow_id"] != made[0]["flow_id"]


def test_transactions_are_counted_from_0_and_a_flow_has_none() -> None:
    assert eve_record(event("message"), SENSOR)["tx_id"] == 0
    assert "tx_id" not in eve_record(event("session_end"), SENSOR)


def test_figures_have_suricatas_names() -> None:
    made = eve_stats(FIGURES, SENSOR)
    assert made["stats"]["capture"] == {"kernel_packets": 1_203, "kernel_drops": 3}
    assert made["stats"]["detect"]["alert"] == 3
    assert (made["event_type"], made["stats"]["uptime"]) == ("stats", 60)

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from smtpids.alerts.encode import EVE, encode
from smtpids.alerts.eve import eve_alert, eve_record, eve_stats
from smtpids.alerts.eve_schema import schema, text
from smtpids.alerts.record import Observer
from tests.unit.alerts.samples import event, match, together
from tests.unit.alerts.test_stats import FIGURES

CHECK = Draft202012Validator(schema(), format_checker=FormatChecker())
SENSOR = Observer(name="tap1", interface="eth0", file="mail.pcap")
MADE = {
    "alert": eve_alert(match(), SENSOR),
    "correlation": eve_alert(together(), SENSOR),
    "flow": eve_record(event("session_end"), SENSOR),
    "smtp": eve_record(event("message"), SENSOR),
    "anomaly": eve_record(event("anomaly"), SENSOR),
    "stats": eve_stats(FIGURES, SENSOR),
}


def faults_of(record: dict[str, Any]) -> list[str]:
    return [f"{fault.json_path}: {fault.message}" for fault in CHECK.iter_errors(record)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(text()) == schema()


@pytest.mark.parametrize("kind", MADE)
def test_what_is_made_is_valid(kind: str) -> None:
    assert faults_of(json.loads(encode(MADE[kind], form=EVE))) == []


@pytest.mark.parametrize("kind", MADE)
def test_a_name_too_many_is_not(kind: str) -> None:
    assert faults_of({**MADE[kind], "smtpids": {}}) != []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("alert", "signature_id"), "9001001"),
        (("alert", "metadata", "smtpids_rule"), "a text"),
        (("smtp", "rcpt_to"), []),
        (("timestamp",), "2026-11-23T12:00:00.000000Z"),
        (("event_type",), "session"),
    ],
)
def test_a_wrong_value_is_not(path: tuple[str, ...], value: object) -> None:
    spoiled = json.loads(json.dumps(MADE["alert"]))
    node = spoiled
    for part in path[:-1]:
        node = node.setdefault(part, {})
    node[path[-1]] = value
    assert faults_of(spoiled) != []

"""What `--format eve` makes of the recorded captures, before two schemas.

Ours is the part of EVE that is written, closed; Suricata's own is not here: see
`tests/support/eve.py`. That ours takes nothing which Suricata's does not makes every test by ours,
those of hostile content too, one by Suricata's.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any, Final

import pytest

from smtpids.alerts.encode import EVE, encode
from smtpids.alerts.eve import eve_alert, eve_record, eve_stats
from smtpids.alerts.eve_schema import schema
from smtpids.alerts.record import Observer
from tests.support.engine import captures, told_of_capture
from tests.support.eve import faults_of, laxer, needs_theirs, theirs
from tests.unit.alerts.samples import match, together
from tests.unit.alerts.test_stats import FIGURES

SENSOR: Final = Observer(name="tap1", interface="eth0")


@cache
def lines() -> list[dict[str, Any]]:
    """Return all that is written of all captures, and what no capture shows."""
    told = [told_of_capture(capture) for capture in captures()]
    made = [eve_alert(one, SENSOR) for each in told for one in each.alerts]
    made += [eve_record(event, SENSOR) for each in told for event in each.records]
    made += [eve_alert(match(), SENSOR), eve_alert(together(), SENSOR), eve_stats(FIGURES, SENSOR)]
    return [json.loads(encode(one, form=EVE)) for one in made]


def test_the_captures_show_every_kind_of_line() -> None:
    kinds = {line["event_type"] for line in lines()}
    assert kinds == {"alert", "flow", "smtp", "anomaly", "stats"}
    assert len(lines()) > 100


def test_every_line_is_valid() -> None:
    assert Counter(fault for line in lines() for fault in faults_of(line)) == {}


@needs_theirs
def test_our_schema_takes_nothing_that_suricatas_does_not() -> None:
    assert list(laxer(schema(), theirs(), theirs())) == []


WHOLE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["a"],
    "properties": {
        "a": {"type": "integer", "description": "a number"},
        "b": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "c": {"$ref": "#/$defs/day", "suricata": {"keywords": False}},
        "d": {"type": "object", "additionalProperties": True},
        "e": {"type": "string", "maxLength": 3},
    },
    "$defs": {"day": {"type": "string", "pattern": "^[0-9]{4}$"}},
}


@pytest.mark.parametrize(
    ("properties", "fault"),
    [
        ({"a": {"type": "integer", "minimum": 0}}, None),
        ({"a": {"type": "string"}}, "$.a: is string, not integer"),
        ({"a": {"enum": [1, "one"]}}, "$.a: 'one'"),
        ({"b": {"type": "array", "items": {"type": "string"}}}, "$.b: may be empty"),
        (
            {"b": {"type": "array", "minItems": 1, "items": {"type": "integer"}}},
            "$.b[]: is integer, not string",
        ),
        ({"c": {"type": "string", "pattern": "^2[0-9]{3}$"}}, None),
        ({"c": {"type": "string"}}, "$.c: has no pattern"),
        ({"c": {"const": "today"}}, "$.c: 'today'"),
        ({"d": {"type": "object", "properties": {"z": {"type": "string"}}}}, None),
        ({"e": {"type": "string"}}, "$.e: maxLength is not compared"),
        ({"f": {"type": "string"}}, "$.f: is unknown"),
    ],
)
def test_a_schema_that_takes_more_is_told(properties: dict[str, Any], fault: str | None) -> None:
    ours = {"type": "object", "additionalProperties": False, "required": ["a"]}
    found = laxer({**ours, "properties": properties}, WHOLE, WHOLE)
    assert list(found) == ([] if fault is None else [fault])


def test_an_open_schema_and_one_that_asks_for_less_are_told() -> None:
    assert list(laxer({"type": "object"}, WHOLE, WHOLE)) == [
        "$.a: may be left out",
        "$: is open",
    ]


def test_an_alert_of_a_shipped_rule_has_its_number() -> None:
    numbers = {line["alert"]["signature_id"] for line in lines() if line["event_type"] == "alert"}
    ours = {number for number in numbers if 1_000_000 < number < 2_000_000}
    assert len(ours) > 10

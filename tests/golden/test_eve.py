"""What `--format eve` makes of the recorded captures, before two schemas.

Ours is the part of EVE that is written, closed. Suricata's own (`etc/schema.json` in its sources,
of version 8 or later) is under the GPL and so not here: `SMTPIDS_EVE_SCHEMA` names a copy of it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from smtpids.alerts.encode import EVE, encode
from smtpids.alerts.eve import eve_alert, eve_record, eve_stats
from smtpids.alerts.eve_schema import schema
from smtpids.alerts.record import Observer
from tests.support.engine import captures, told_of_capture
from tests.unit.alerts.samples import match, together
from tests.unit.alerts.test_stats import FIGURES

SENSOR: Final = Observer(name="tap1", interface="eth0")
#: Where Suricata's schema is.
THEIRS: Final = os.environ.get("SMTPIDS_EVE_SCHEMA", "")


@cache
def lines() -> list[dict[str, Any]]:
    """Return all that is written of all captures, and what no capture shows."""
    told = [told_of_capture(capture) for capture in captures()]
    made = [eve_alert(one, SENSOR) for each in told for one in each.alerts]
    made += [eve_record(event, SENSOR) for each in told for event in each.records]
    made += [eve_alert(match(), SENSOR), eve_alert(together(), SENSOR), eve_stats(FIGURES, SENSOR)]
    return [json.loads(encode(one, form=EVE)) for one in made]


def faults_of(check: Draft202012Validator) -> Counter[str]:
    """Return what is wrong with the lines, each kind of fault once."""
    return Counter(
        f"{line['event_type']} {fault.json_path}: {fault.message[:200]}"
        for line in lines()
        for fault in check.iter_errors(line)
    )


def test_the_captures_show_every_kind_of_line() -> None:
    kinds = {line["event_type"] for line in lines()}
    assert kinds == {"alert", "flow", "smtp", "anomaly", "stats"}
    assert len(lines()) > 100


def test_every_line_is_valid_by_our_schema() -> None:
    assert faults_of(Draft202012Validator(schema(), format_checker=FormatChecker())) == {}


@pytest.mark.skipif(not THEIRS, reason="SMTPIDS_EVE_SCHEMA names no copy of Suricata's schema")
def test_every_line_is_valid_by_suricatas_schema() -> None:
    theirs = json.loads(Path(THEIRS).read_text(encoding="utf-8"))
    assert faults_of(Draft202012Validator(theirs)) == {}


def test_an_alert_of_a_shipped_rule_has_its_number() -> None:
    numbers = {line["alert"]["signature_id"] for line in lines() if line["event_type"] == "alert"}
    ours = {number for number in numbers if 1_000_000 < number < 2_000_000}
    assert len(ours) > 10

"""Compact alerts of the recorded captures: short, within the schema, and of the same ids."""

from __future__ import annotations

import json
from statistics import median

from jsonschema import Draft202012Validator, FormatChecker

from smtpids.alerts.detail import MOST_LINES
from smtpids.alerts.line import Lines
from smtpids.alerts.record import Observer
from smtpids.alerts.schema import schema
from tests.support.engine import captures, told_of_capture

#: What decides of a usual alert: half of them are no longer.
USUAL_OCTETS = 2_048
CHECK = Draft202012Validator(schema(), format_checker=FormatChecker())


def test_a_usual_alert_is_short_and_says_what_the_full_one_says_of_itself() -> None:
    compact, full = Lines(Observer(compact=True)), Lines(Observer())
    sizes = []
    for capture in captures():
        for found in told_of_capture(capture).alerts:
            line = compact.alert(found)
            short, whole = json.loads(line), json.loads(full.alert(found))
            assert [error.message for error in CHECK.iter_errors(short)] == []
            assert short["event"].items() <= whole["event"].items()
            assert len(short["smtpids"]["evidence"]) <= MOST_LINES
            sizes.append(len(line))
    assert sizes
    assert median(sizes) <= USUAL_OCTETS

"""Whatever a peer sends, a record is one valid line of JSON within its limit, in each format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from smtpids.alerts import eve_schema
from smtpids.alerts import schema as ecs_schema
from smtpids.alerts.alert import alert
from smtpids.alerts.encode import ECS, EVE, encode
from smtpids.alerts.eve import eve_alert, eve_record
from smtpids.alerts.record import Observer, record
from smtpids.alerts.text import escape
from tests.support import ecs
from tests.unit.alerts.samples import event, match, together

SENSOR = Observer(name="tap1")
#: Octets of a line: the general limit, and that of receivers by syslog.
LIMITS = (32 * 1024, 8 * 1024)
#: What a receiver takes apart may stand in any text: line ends, terminal controls, what turns the
#: direction of writing, surrogates, halves of JSON; and what mail is known for.
PIECES = (
    *("\n", "\r\n", "\x00", "\x1b[2J", "\u202e", "\u2028", "\ud800", "\udcff", "\x85", '"}', "\\"),
    *("<>", "", "@", "用户@例え.jp", "josé@exämple.org", "\U000e0041", "a" * 300),
)
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=4).map("".join)
HUGE = st.sampled_from([0, -1, 2**53, 2**63, 2**64 + 1, 10**400])
FIELDS = st.fixed_dictionaries(
    {
        "smtp.helo": TEXT,
        "smtp.mail_from": TEXT | st.just(""),
        "smtp.rcpt_to": st.lists(TEXT, max_size=3) | TEXT.map(lambda one: [one] * 3_000),
        "smtp.greeting.text": TEXT,
        "smtp.auth.user": TEXT,
        "email.subject": TEXT | TEXT.map(lambda one: one + "x" * 1_000_000),
        "email.message_id": TEXT,
        "email.received": st.lists(TEXT, max_size=3) | TEXT.map(lambda one: [one * 3] * 200),
        "email.from.address": st.lists(TEXT, max_size=2),
        "smtp.message.size": HUGE.filter(lambda size: size >= 0),
        "smtp.size_limit": HUGE,
    }
)
CHECKS = {
    "ecs": Draft202012Validator(ecs_schema.schema()),
    "eve": Draft202012Validator(eve_schema.schema()),
}


def made(form: str, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the record of a kind in a format."""
    changes = {name.replace(".", "__"): value for name, value in fields.items()}
    if kind in {"alert", "correlation"}:
        found = match("message", **changes) if kind == "alert" else together()
        found.event.fields.update(fields)
        return alert(found, SENSOR) if form == "ecs" else eve_alert(found, SENSOR)
    seen = event(kind, **changes)
    return record(seen, SENSOR) if form == "ecs" else eve_record(seen, SENSOR)


def says_that_it_was_cut(form: str, line: dict[str, Any]) -> bool:
    if form == "ecs":
        return bool(line["smtpids"].get("truncated"))
    metadata: dict[str, Any] = line.get("alert", {}).get("metadata", {})
    return metadata.get("smtpids_truncated") == ["true"]


@pytest.mark.slow
@pytest.mark.parametrize("form", CHECKS)
@pytest.mark.parametrize("kind", ["alert", "correlation", "message", "session_end", "anomaly"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(fields=FIELDS, most=st.sampled_from(LIMITS))
def test_hostile_content_cannot_break_a_line(
    form: str, kind: str, fields: dict[str, Any], most: int
) -> None:
    shape = ECS if form == "ecs" else EVE
    full = made(form, kind, fields)
    line = encode(full, most, shape)
    text = line.decode()
    assert len(line) <= most
    assert text.endswith("\n")
    assert text[:-1] == escape(text[:-1])
    read = json.loads(line)
    assert [fault.message for fault in CHECKS[form].iter_errors(read)] == []
    assert form != "ecs" or ecs.faults_of(read) == []
    cut = line != encode(full, 1 << 40, shape)
    assert says_that_it_was_cut(form, read) == (cut and (form == "ecs" or "alert" in read))

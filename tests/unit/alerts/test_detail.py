"""What a compact alert keeps; its size and schema are in tests/golden/test_detail.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smtpids.alerts.alert import alert
from smtpids.alerts.detail import KEPT, MOST_LINES, compacted, proof
from smtpids.alerts.draft import record_of
from smtpids.alerts.encode import encode
from smtpids.alerts.line import Lines
from smtpids.alerts.record import Observer, record
from smtpids.fields import FIELDS
from smtpids.smtp.events import Event, Evidence, Line
from tests.unit.alerts.samples import NOON, RULE, event, match

COMPACT = Observer(name="sensor1", interface="eth1", compact=True)
DIALOGUE = (
    *("S:220 mx ESMTP", "C:EHLO a", "S:250-mx / STARTTLS / AUTH PLAIN", "C:NOOP", "S:250 ok"),
    *("C:NOOP", "S:250 ok", "C:AUTH PLAIN", "S:235 ok", "C:NOOP", "S:250 ok", "C:QUIT"),
)
SIDES = {"S": "server", "C": "client"}


def said(text: str, *lines: str) -> list[str]:
    """Return the lines that prove an event behind a dialogue to a rule with this sentence."""
    told = [
        Line(number, SIDES[line[0]], line[2:], number, NOON + number)
        for number, line in enumerate(lines, 1)
    ]
    seen = Event("session_end", NOON, len(told), {}, Evidence(told, len(told)))
    return [line.text for line in proof(replace(RULE, message=text), seen)]


def names(record: Any, prefix: str = "") -> set[str]:
    """Return the dotted names of a record's values."""
    if isinstance(record, list):
        return set().union(*(names(one, prefix) for one in record)) or {prefix}
    if not isinstance(record, dict):
        return {prefix}
    inner = [names(value, f"{prefix}.{name}".strip(".")) for name, value in record.items()]
    return set().union(*inner)


def test_an_alert_is_compact_where_it_is_asked_and_a_record_never() -> None:
    found = match("auth", smtp__helo="a", smtp__size_limit=5)
    whole, short = (alert(found, replace(COMPACT, compact=one)) for one in (False, True))
    assert names(short) < names(whole)
    assert {"smtp.helo", "event.reason", "smtpids.evidence.line"} <= names(short)
    assert "smtp.size_limit" in names(whole) - names(short)
    seen = event("session_end")
    assert record(seen, COMPACT) == record(seen, replace(COMPACT, compact=False))


def test_lines_written_at_once_are_those_of_the_general_way() -> None:
    lines = Lines(COMPACT)
    for number in range(4):
        found = match("auth", at=NOON + number, smtp__helo="a", smtp__size_limit=5)
        assert lines.alert(found) == encode(alert(found, COMPACT))
    assert lines.at_once == 3


def test_what_a_worker_drafts_is_compact_too() -> None:
    lines, found = Lines(COMPACT), match("auth", smtp__helo="a", smtp__size_limit=5)
    drafts = [lines.draft(found.rule, found.event) for _ in range(2)]
    draft = drafts[1]
    assert drafts[0] is None
    assert draft is not None
    assert record_of(draft, found.event, 0) == alert(found, COMPACT)


def test_lists_keep_what_is_named_of_each_object() -> None:
    attachment = {"file": {"name": "a.exe", "size": 5}, "complete": True}
    kept = compacted({"email": {"attachments": [attachment]}, "nobody": {"knows": 1}})
    assert kept == {"email": {"attachments": [{"file": {"name": "a.exe"}}]}}


def test_the_fields_that_are_kept_are_in_the_table() -> None:
    ours = ("event.", "rule.", "threat.", "observer", "ecs", "message", "smtpids", "history")
    more = {"@timestamp", "destination.domain", "email.direction", "smtp.anomaly"}
    assert [
        name for name in KEPT if name not in {*FIELDS, *more} and not name.startswith(ours)
    ] == []


def test_a_short_dialogue_is_shown_whole() -> None:
    assert said("x", *DIALOGUE[:MOST_LINES]) == [line[2:] for line in DIALOGUE[:MOST_LINES]]


def test_of_a_long_one_the_first_and_the_last_lines_are_shown() -> None:
    assert said("x", *DIALOGUE) == [
        "220 mx ESMTP",
        "AUTH PLAIN",
        "235 ok",
        "NOOP",
        "250 ok",
        "QUIT",
    ]


def test_lines_that_show_what_the_sentence_names_come_first() -> None:
    shown = said("{smtp.helo} {smtp.starttls.offered}", *DIALOGUE)
    assert shown[:3] == ["220 mx ESMTP", "EHLO a", "250-mx / STARTTLS / AUTH PLAIN"]
    assert (len(shown), shown[-1]) == (MOST_LINES, "QUIT")

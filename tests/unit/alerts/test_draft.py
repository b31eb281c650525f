"""An alert that two write is, octet for octet, the alert that one writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.alert import alert, alert_id
from smtpids.alerts.draft import DRAFT_OCTETS, Drafted
from smtpids.alerts.encode import RECORD_OCTETS, encode
from smtpids.alerts.line import Lines
from smtpids.alerts.record import Observer
from smtpids.alerts.veil import Mode, Veil
from smtpids.rules.rule import Match
from smtpids.smtp.events import Event, part_of
from tests.unit.alerts.samples import NOON, RULE, event

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

SENSOR = Observer(name="sensor1", interface="eth1")
PAST: Fields = {
    "history.age": 7,
    "history.server.known": True,
    "history.server.sessions": 0,
    "history.server.first_seen": NOON,
    "history.client.known": False,
}


def told(number: int, past: Fields, **changes: Any) -> tuple[Event, Event]:
    """Return an event as a worker has it, and as one process has it."""
    alone = event("auth", at=NOON + number, **changes)
    lines = alone.evidence
    whole = Event("auth", alone.ts_ns, alone.packet, {**alone.fields, **past}, lines)
    return alone, whole


def drafted(alone: Event, past: Fields, worker: Lines) -> Drafted | None:
    """Return what the parent has of it; None as long as the worker writes no draft."""
    draft = worker.draft(RULE, alone)
    if draft is None:
        return None
    event = Drafted("auth", alone.ts_ns, alone.packet, {}, {RULE.name: draft})
    event.beside = [part_of(past)]
    return event


def written(past: Fields, observer: Observer, most: int, **changes: Any) -> list[int]:
    """Return the lengths of lines that two wrote, each held against that of one."""
    worker, parent = Lines(observer, DRAFT_OCTETS), Lines(observer, most)
    found: list[int] = []
    for number in range(6):
        alone, whole = told(number, past, **changes)
        event = drafted(alone, past, worker)
        if event is not None:
            match = Match(RULE, event, number)
            line = parent.alert(match)
            assert line == encode(alert(Match(RULE, whole, number), observer), most)
            assert alert_id(match) == alert_id(Match(RULE, whole, number))
            found.append(len(line))
    return found


@pytest.mark.parametrize(
    "past",
    [
        PAST,
        {**PAST, "history.server.banner_before": "mx \u202e"},
        {**PAST, "history.server.banner_before": "mx \udcff"},
        {**PAST, "history.server.banner_before": 'a "b" \\'},
        {**PAST, "history.server.sessions": 2**70},
        {"history.server.sessions": 0},
    ],
    ids=["usual", "beyond ASCII", "no JSON", "quotes", "a large number", "nothing"],
)
@pytest.mark.parametrize(
    "changes",
    [{}, {"smtpids__pcap__file": None, "smtpids__pcap__packet": None}, {"email__subject": "x"}],
    ids=["in a file", "live", "of a mail"],
)
def test_a_line_is_what_one_writes_who_knows_all(past: Fields, changes: Any) -> None:
    assert len(written(past, SENSOR, RECORD_OCTETS, **changes)) == 5


def test_a_line_that_is_too_long_is_cut_as_ever() -> None:
    found = written(PAST, SENSOR, 4096, smtp__rcpt_to=["somebody@example.org"] * 300)
    assert len(found) == 5
    assert max(found) <= 4096


def test_what_must_not_be_told_is_veiled_in_a_draft() -> None:
    observer = Observer(veil=Veil(Mode.MASK, Mode.MASK))
    assert len(written(PAST, observer, RECORD_OCTETS)) == 5


def test_what_was_known_may_stand_in_the_event_already() -> None:
    worker, parent = Lines(SENSOR, DRAFT_OCTETS), Lines(SENSOR)
    for number in range(4):
        alone, whole = told(number, PAST)
        event = drafted(alone, PAST, worker)
        if event is not None:
            assert event.fields  # puts it in
            assert parent.alert(Match(RULE, event)) == encode(alert(Match(RULE, whole), SENSOR))


@pytest.mark.parametrize("text", ["a\nb", "\x7f", "\ud800"])
def test_of_an_unusual_event_there_is_no_draft(text: str) -> None:
    worker = Lines(SENSOR, DRAFT_OCTETS)
    assert not any(worker.draft(RULE, event("auth", smtp__helo=text)) for _ in range(4))

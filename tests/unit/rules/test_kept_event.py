"""An event that outlives its session."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.rules import kept_event
from smtpids.smtp.events import Event, Evidence, Line

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


def long_session() -> Event:
    lines = [Line(n, "client", f"NOOP {n}", n, n) for n in range(100)]
    fields: Fields = {
        "event.action": "auth",
        "smtp.rcpt_to": ["a", "b"],
        "smtp.auth.user": "\udcff",
    }
    return Event("auth", 17, 60, fields, Evidence(lines, 50))


def test_a_kept_event_holds_the_lines_that_an_alert_shows() -> None:
    event = long_session()
    kept = kept_event.freed(event)
    assert [line.text for line in kept.evidence.lines()] == [
        line.text for line in event.evidence.lines()
    ]
    assert len(kept.evidence.lines(1000)) == 12
    assert (kept.action, kept.ts_ns, kept.packet, kept.fields) == ("auth", 17, 60, event.fields)


def test_what_an_event_says_later_is_said_before_it_is_kept() -> None:
    for keep in (kept_event.freed, kept_event.plain):
        event = long_session()
        event.before = lambda: {"history.age": 7}
        keep(event)
        assert event.fields["history.age"] == 7


def test_an_event_comes_back_from_plain_data() -> None:
    event = long_session()
    again = kept_event.restored(json.loads(json.dumps(kept_event.plain(event))))
    assert kept_event.plain(again) == kept_event.plain(event)


def test_an_event_without_dialogue_is_kept_too() -> None:
    kept = kept_event.freed(Event("auth", 1, 1, {}))
    assert kept_event.restored(kept_event.plain(kept)).evidence.lines() == []


def test_a_kept_event_holds_what_is_made_late_and_no_message() -> None:
    for keep in (kept_event.freed, kept_event.plain):
        event = long_session()
        event.late = lambda: {"smtp.message.hash.md5": "0f"}
        keep(event)
        assert event.late is None
        assert event.fields["smtp.message.hash.md5"] == "0f"

"""A memory learns from a lesson what it would have learnt from the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.config import Limits
from smtpids.history import Memory, Past
from smtpids.history.lessons import READ, lesson, meets
from smtpids.smtp.events import Event
from tests.support.engine import captures, told_of_capture, told_of_frames
from tests.support.transcript import FOLDER, frames_of, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def learnt(events: list[Event], *, by_lessons: bool) -> list[object]:
    """Return all that a memory holds after some events, and what it says of each."""
    memory = Memory(Limits())
    pasts: dict[str, Past] = {}
    said: list[object] = []
    met: set[str] = set()
    for event in events:
        fields = event.fields
        name = str(fields["session.id"])
        past = pasts.get(name)
        if past is None:
            ends = (str(fields["source.ip"]), str(fields["destination.ip"]))
            port, start_ns = fields["destination.port"], fields.get("session.start", event.ts_ns)
            assert isinstance(port, int)
            assert isinstance(start_ns, int)
            past = pasts[name] = memory.begin(*ends, port, start_ns)
        if by_lessons:
            taught = lesson(event, met=name in met)
            if taught is not None:
                memory.learn(past, Event(event.action, event.ts_ns, 0, taught))
            if meets(event):
                met.add(name)
        else:
            memory.learn(past, event)
        empty = Event("command", 0, 0, {})
        past.enrich(empty)
        said.append(empty.fields)
    for table in (memory.servers, memory.clients, memory.users):
        for key in table:
            entry = table.get(key)
            assert entry is not None
            said.append((key, [getattr(entry, column) for column in type(entry).COLUMNS]))
    return said


TALKS: dict[str, Callable[[], list[Event]]] = {
    path.name: (lambda path=path: told_of_frames(frames_of(load(path))).events)  # type: ignore[misc]  # a default binds
    for path in sorted(FOLDER.glob("*.smtp"))
}


@pytest.mark.parametrize("name", TALKS)
def test_of_every_transcript_the_same_is_learnt(name: str) -> None:
    events = TALKS[name]()
    assert learnt(events, by_lessons=False) == learnt(events, by_lessons=True)


@pytest.mark.parametrize("capture", captures(), ids=lambda path: path.name)
def test_of_every_capture_the_same_is_learnt(capture: Path) -> None:
    events = told_of_capture(capture).events
    assert learnt(events, by_lessons=False) == learnt(events, by_lessons=True)


def test_a_second_reply_teaches_nothing() -> None:
    event = Event("reply", 1, 1, {"smtp.reply.class": 2, "smtp.reply.verb": "MAIL"})
    assert lesson(event, met=False) == event.fields
    assert lesson(event, met=True) is None


def test_only_what_is_read_is_in_a_lesson() -> None:
    fields = {"smtp.auth.user": "ann", "smtp.auth.outcome": "success", "smtp.helo": "x"}
    taught = lesson(Event("auth", 1, 1, {**fields}), met=True)
    assert taught == {"smtp.auth.user": "ann", "smtp.auth.outcome": "success"}
    assert set(taught) <= set(READ["auth"])


@pytest.mark.parametrize("action", ["command", "starttls", "anomaly", "session_end"])
def test_other_events_teach_nothing(action: str) -> None:
    assert lesson(Event(action, 1, 1, {"tls.established": True}), met=False) is None

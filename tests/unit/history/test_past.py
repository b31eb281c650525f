"""What was known before comes to an event in three ways and is the same."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from smtpids.config import Limits
from smtpids.history import Memory, Past
from smtpids.history.clients import Client
from smtpids.history.servers import Server
from smtpids.smtp.events import Event
from tests.support.wire import START_NS

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

GREETING: Fields = {"smtp.greeting.code": 220, "smtp.greeting.text": "mx.example ESMTP"}
LOGIN: Fields = {
    "smtp.auth.user": "ann",
    "smtp.auth.outcome": "success",
    "smtp.auth.mechanism": "PLAIN",
}


def learnt(*, login: bool = False) -> tuple[Memory, Past]:
    """Return a memory that saw a greeting, and perhaps a login, and the past of that session."""
    memory = Memory(Limits())
    past = memory.begin("192.0.2.1", "198.51.100.2", 25, START_NS)
    memory.learn(past, Event("greeting", START_NS, 1, dict(GREETING)))
    if login:
        memory.learn(past, Event("auth", START_NS, 1, dict(LOGIN)))
    return memory, past


def test_what_is_known_of_both_ends_is_that_of_their_records() -> None:
    server, client = Server(), Client()
    server.sessions, server.banners, client.messages = 3, b"12345678", 4
    past = Past(
        "192.0.2.1",
        "198.51.100.2:25",
        START_NS,
        attrgetter(*Client.COLUMNS)(client),
        attrgetter(*Server.COLUMNS)(server),
        9,
    )
    said = past.said()
    names = ("history.age", "history.server.sessions", "history.server.banners")
    assert [said[name] for name in names] == [9, 3, 1]
    assert (said["history.server.known"], said["history.client.messages"]) == (True, 4)
    assert [one for part in past.told() for one in part.fields().items()] == [*said.items()]


def test_to_enrich_twice_changes_nothing() -> None:
    memory, past = learnt()
    event = Event("session_end", START_NS, 1, {})
    past.enrich(event)
    first = dict(event.fields)
    memory.learn(past, Event("auth", START_NS, 1, dict(LOGIN)))
    past.enrich(event)
    assert first == event.fields


def test_what_is_put_off_is_said_as_it_was() -> None:
    memory, past = learnt(login=True)
    at_once, later = Event("auth", START_NS, 1, {}), Event("auth", START_NS, 1, {})
    past.enrich(at_once)
    past.put_off(later)
    memory.learn(past, Event("auth", START_NS, 1, LOGIN | {"smtp.auth.user": "bob"}))
    past.note({"history.client.helo_known": True})
    past.rest()
    assert later.fields == {}
    later.complete()
    assert later.fields == at_once.fields
    past.put_off(later)
    assert later.before is None


def test_what_is_laid_beside_is_said_as_it_was() -> None:
    memory, past = learnt(login=True)
    at_once, beside = Event("auth", START_NS, 1, {}), Event("auth", START_NS, 1, {})
    past.lay_beside(beside)
    past.enrich(at_once)
    past.lay_beside(at_once)
    past.put_off(beside)
    memory.learn(past, Event("auth", START_NS, 1, LOGIN | {"smtp.auth.user": "bob"}))
    past.note({"history.client.helo_known": True})
    past.rest()
    assert (beside.own_fields(), beside.before, at_once.beside) == ({}, None, None)
    assert [*beside.fields.items()] == [*at_once.fields.items()]


def test_what_is_put_off_and_said_at_once_all_the_same_is_said_once() -> None:
    _, past = learnt()
    event = Event("auth", START_NS, 1, {})
    past.put_off(event)
    past.enrich(event)
    assert event.before is None
    assert "history.age" in event.fields

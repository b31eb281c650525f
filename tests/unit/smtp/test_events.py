"""What an event is."""

from __future__ import annotations

from smtpids.smtp.events import Action, Event, Evidence, Line, part_of
from tests.support.transcript import SUMMARIES


def test_evidence_shows_nothing_that_came_later() -> None:
    lines = [Line(number, "client", f"line {number}", 1, 1) for number in range(1, 6)]
    assert [line.number for line in Evidence(lines, 3).lines()] == [1, 2, 3]


def test_evidence_takes_the_first_and_the_last_lines() -> None:
    lines = [Line(number, "client", "", 1, 1) for number in range(1, 31)]
    assert [line.number for line in Evidence(lines, 30).lines(6)] == [1, 2, 27, 28, 29, 30]


def test_an_event_without_evidence_has_none() -> None:
    evidence = Event("greeting", 0, 0, {}).evidence
    assert (evidence.lines(), evidence.last()) == ([], 0)


def test_the_last_line_is_that_of_the_moment() -> None:
    lines = [Line(number, "client", "", 1, 1) for number in (1, 2, 5, 6)]
    assert [Evidence(lines, until).last() for until in (0, 2, 4, 5, 9)] == [0, 2, 2, 5, 6]


def test_an_event_shows_the_lines_and_knows_the_last_of_its_evidence() -> None:
    lines = [Line(number, "client", "", 1, 1) for number in range(1, 31)]
    for count in (0, 1, 11, 12, 13, 30):
        for until in (0, 1, 12, 13, 30):
            event = Event("auth", 0, 0, {}, None, lines[:count], until)
            assert event.shown_lines() == event.evidence.lines()
            assert event.last_line() == event.evidence.last()
    given = Event("auth", 0, 0, {}, Evidence(lines, 20))
    assert (given.shown_lines(), given.last_line()) == (given.evidence.lines(), 20)


def test_what_lies_beside_an_event_is_put_in_when_its_fields_are_asked_for() -> None:
    event = Event("auth", 0, 0, {"a": 1})
    parts = [part_of({"history.age": 7}), part_of({"history.server.known": True})]
    event.beside = parts
    event.complete()
    assert event.own_fields() == {"a": 1}
    assert event.fields == {"a": 1, "history.age": 7, "history.server.known": True}
    assert event.own_fields() is event.fields
    assert parts[0].fields() == {"history.age": 7}
    assert not event.beside


def test_what_an_event_says_later_is_made_once() -> None:
    event = Event("message", 0, 0, {})
    event.before = lambda: {"history.age": 7}
    event.late = lambda: {"email.x": len(event.fields)}
    event.complete()
    event.complete()
    assert event.fields == {"history.age": 7, "email.x": 1}


def test_every_action_has_a_summary() -> None:
    assert set(SUMMARIES) == {action.value for action in Action}


def test_what_is_dear_is_made_once_and_nothing_is_kept_for_it_any_more() -> None:
    numbers = iter((2, 3))
    event = Event("message", 0, 0, {"a": 1})
    event.late = lambda: {"b": next(numbers)}
    event.late_octets = 7
    event.complete()
    event.complete()
    assert (event.fields, event.late_octets) == ({"a": 1, "b": 2}, 0)

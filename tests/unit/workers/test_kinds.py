from __future__ import annotations

from hashlib import md5, sha256
from typing import TYPE_CHECKING

import pytest

from smtpids.smtp.events import Event, Evidence, Line
from smtpids.workers.kinds import WHOLE, Item, event_of, fields_of, lines_of
from smtpids.workers.parcels import packed, unpacked

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields, Value

NO_LINES = b"[]"
LINES = [Line(number, "client", f"NOOP {number}", number, number * 10) for number in range(1, 30)]


def test_an_event_arrives_with_the_lines_that_are_shown_of_it() -> None:
    event = Event("command", 7, 3, {"smtp.helo": "x"}, Evidence(LINES, 20))
    item: Item = (
        *((1,), WHOLE, 5, event.action, event.ts_ns, event.packet, event.fields),
        *(None, lines_of(event), [], False, None),
    )
    again = event_of(item)
    assert (again.action, again.ts_ns, again.packet) == ("command", 7, 3)
    assert again.fields == event.fields
    assert again.evidence.last() == event.evidence.last()
    for most in (1, 12):
        shown, known = again.evidence.lines(most), event.evidence.lines(most)
        assert [line.text for line in shown] == [line.text for line in known]


def test_lines_that_no_json_can_say_arrive_too() -> None:
    odd = [Line(1, "client", "NOOP \udcff", 1, 10), Line(2, "server", "250", 1 << 70, 20)]
    event = Event("command", 7, 3, {}, Evidence(odd, 2))
    item: Item = ((1,), WHOLE, 5, "command", 7, 3, {}, None, lines_of(event), [], False, None)
    again = event_of(unpacked(packed(item))).evidence.lines()
    assert [(line.text, line.packet) for line in again] == [("NOOP \udcff", 1), ("250", 1 << 70)]


def test_what_is_dear_was_made_and_is_added_as_late_as_ever() -> None:
    item: Item = ((1,), WHOLE, 5, "message", 7, 3, {"a": 1}, {"b": 2}, NO_LINES, [], False, None)
    event = event_of(item)
    assert event.fields == {"a": 1}
    event.complete()
    assert event.fields == {"a": 1, "b": 2}


def test_an_event_without_lines_arrives_without_lines() -> None:
    item: Item = ((1,), WHOLE, 5, "greeting", 7, 3, {}, None, NO_LINES, [], False, None)
    evidence = event_of(item).evidence
    assert (evidence.lines(), evidence.last()) == ([], 0)


def test_of_a_message_that_was_only_counted_the_hashes_are_made_where_they_are_told() -> None:
    content = b"Subject: x\r\n\r\nbody\r\n"
    late = (content, 14, ["smtp.message.body.hash.md5", "smtp.message.hash.sha256"])
    item: Item = ((1,), WHOLE, 5, "message", 7, 3, {}, late, NO_LINES, [], False, None)
    event = event_of(item)
    assert event.late_octets == len(content)
    event.complete()
    assert event.fields == {
        "smtp.message.body.hash.md5": md5(content[14:], usedforsecurity=False).hexdigest(),
        "smtp.message.hash.sha256": sha256(content).hexdigest(),
    }


def test_of_an_event_that_was_only_counted_all_is_read_when_it_is_told() -> None:
    own: Fields = {"session.id": "s", "smtp.helo": "x", "source.ip": "192.0.2.1"}
    sent = fields_of(Event("command", 7, 3, own))
    few: Fields = {"source.ip": "192.0.2.1"}
    item: Item = (
        (1,),
        WHOLE,
        5,
        "command",
        7,
        3,
        sent,
        {"b": 2},
        NO_LINES,
        [],
        False,
        (few, True, 0),
    )
    event = event_of(unpacked(packed(item)))
    assert event.fields == few
    event.fields["history.age"] = 1
    event.complete()
    assert list(event.fields.items()) == [*own.items(), ("history.age", 1), ("b", 2)]


@pytest.mark.parametrize(
    "value", ["a \udcff b", 1 << 70, "\u00fc", 0.1, True, ["a", 1], [{"b": None}], -(1 << 63)]
)
def test_fields_arrive_as_they_were(value: Value) -> None:
    event = Event("command", 7, 3, {"smtp.helo": "x", "odd": value})
    item = unpacked(
        packed(((1,), WHOLE, 5, "command", 7, 3, fields_of(event), None, NO_LINES, [], False, None))
    )
    assert event_of(item).fields == event.fields

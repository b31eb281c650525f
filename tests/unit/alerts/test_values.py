from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.alert import evidence
from smtpids.alerts.shape import EVIDENCE, FIRST_FIELD, Shape
from smtpids.alerts.values import Values
from smtpids.smtp.events import Event, Evidence, Line, part_of
from tests.unit.alerts.samples import NOON, event

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


class Colour(StrEnum):
    RED = "red"


def named(fields: dict[str, Any]) -> Fields:
    return {name.replace("__", "."): one for name, one in fields.items()}


def shape_of(*names: str) -> Shape:
    """Return the shape of an event of these names in which no value stands."""
    return Shape(dict.fromkeys(names), [])


def values_of(seen: Event, shape: Shape | None = None) -> Values:
    """Take the fields of an event; without a shape, into one in which no value stands."""
    found = Values(seen)
    assert found.take(shape or shape_of(*seen.fields))
    return found


def values(**fields: Any) -> Values:
    return values_of(Event("auth", NOON, 7, named(fields)))


def written(found: Values) -> list[str]:
    """Return the texts of the fields that are not left out and do not stand."""
    return [text for text in found.texts[FIRST_FIELD:] if text]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Grüße", '"Grüße"'),
        (Colour.RED, '"red"'),
        (True, "true"),
        (False, "false"),
        (-12, "-12"),
        (0.5, "0.5"),
        ([], "[]"),
        (["a", 1, None], '["a",1,null]'),
        ([{"verb": "EHLO", "code": 250}, {"verb": "QUIT", "code": None}, 3],
         '[{"verb":"EHLO","code":250},{"verb":"QUIT"},3]'),
        ([{"file.name": "a.pdf"}], '[{"file":{"name":"a.pdf"}}]'),
    ],
)  # fmt: skip
def test_a_value_is_written_as_json(value: Any, text: str) -> None:
    found = values(a=value)
    assert written(found) == [text]
    assert found.are_usual()


@pytest.mark.parametrize(
    "value", ['a "quoted" word', "back\\slash", "\x00", "\ud800", 10**15, -(2**64), {"a": 1}]
)
def test_a_value_that_needs_care_is_noticed(value: Any) -> None:
    assert not values(a=value).are_usual()


def test_a_text_of_the_table_stands_without_its_quotes_and_must_be_one() -> None:
    found = values(smtp__helo="mx", email__subject="Hi")
    assert (written(found), found.are_usual()) == (["mx", "Hi"], True)
    assert not values(smtp__helo=1).are_usual()


def test_a_moment_stands_without_its_quotes_and_what_is_none_needs_care() -> None:
    found = values(session__start=NOON)
    assert (written(found), found.are_usual()) == (["2026-11-23T12:00:00.000000Z"], True)
    assert not values(session__start=0.5).are_usual()
    assert not values(session__start=True).are_usual()


def test_fields_that_say_nothing_are_absent() -> None:
    seen = Event(
        "auth",
        NOON,
        7,
        named(
            {
                "a": None,
                "history__server__sessions": 0,
                "history__server__first_seen": NOON,
                "history__server__known": False,
                "email__body__text": "x",
                "b": 1,
            }
        ),
    )
    shape = shape_of(*seen.fields)
    found = values_of(seen, shape)
    assert shape.present(found.absent) == [2, 3, 5]
    assert found.texts[FIRST_FIELD:] == ["", "", "2026-11-23T12:00:00.000000Z", "false", "", "1"]


def test_what_stands_in_the_head_must_be_what_the_event_says() -> None:
    head: Fields = {"@timestamp": NOON, "event.action": "auth"}
    assert [
        values_of(Event("auth", NOON, 7, {**head, **other})).are_usual()
        for other in ({}, {"@timestamp": NOON + 1}, {"event.action": "tls"})
    ] == [True, False, False]


def test_what_lies_beside_an_event_is_taken_with_its_fields() -> None:
    seen = Event("auth", NOON, 7, {"a": "x"})
    seen.beside = [part_of({"history.age": 5}), part_of({"b": "y"})]
    found = Values(seen)
    names: list[Fields] = [{"history.age": None}, {"b": None}]
    assert found.count == 3
    assert found.take(Shape({"a": None}, [part_of(one) for one in names]))
    assert written(found) == ['"x"', "5", '"y"']


def test_other_names_are_not_taken_and_leave_nothing_behind() -> None:
    seen = Event("auth", NOON, 7, {"a": None, "b": {"no": "text"}})
    seen.beside = [part_of({"c": "z"})]
    shapes: list[tuple[Fields, Fields]] = [
        ({"a": None, "b": None, "c": None}, {}),
        ({"a": None}, {"b": None, "c": None}),
        ({"a": None, "b": None}, {"d": None}),
        ({"b": None, "a": None}, {"c": None}),
        ({"a": None, "d": None}, {"c": None}),
    ]
    found = Values(seen)
    for fields, beside in shapes:
        assert not found.take(Shape(fields, [part_of(beside)]))
        assert (written(found), found.are_usual(), found.absent) == ([], True, 0)
    assert found.take(Shape(dict(seen.own_fields()), seen.beside))


def test_the_text_of_a_list_that_sessions_share_is_made_once() -> None:
    shared: list[Any] = ["SIZE 5", "DSN"]
    first, again = (values(smtp__ehlo__keywords=shared) for _ in range(2))
    assert written(first) == ['["SIZE 5","DSN"]']
    assert written(first)[0] is written(again)[0]
    assert written(values(smtp__ehlo__keywords=["SIZE 5"])) == ['["SIZE 5"]']


def test_a_shared_list_that_needs_care_is_noticed_each_time() -> None:
    odd: list[Any] = ["\ud800"]
    assert not any(values(smtp__ehlo__keywords=odd).are_usual() for _ in range(2))


# -- the dialogue ----------------------------------------------------------------------------------


def shown(seen: Event) -> Any:
    found = Values(seen)
    found.put_evidence()
    assert found.are_usual()
    return json.loads(found.texts[EVIDENCE])


def test_evidence_is_that_of_the_alert() -> None:
    seen = event()
    assert shown(seen) == evidence(seen)


def test_evidence_tells_moments_of_several_seconds_and_of_before_1970() -> None:
    lines = [
        Line(n, "client", f"NOOP {n}", n * 900, at)
        for n, at in enumerate([-1, 0, NOON, NOON + 10**9, NOON + 10**9 + 5_000])
    ]
    seen = Event("auth", NOON, 7, {}, Evidence(lines, 9))
    assert shown(seen) == evidence(seen)


@pytest.mark.parametrize("packet", [1, 999, 1000, 1001, 999_999, 1_000_000, 10**9 + 7])
def test_evidence_tells_the_packet_whatever_its_number(packet: int) -> None:
    sides = ("client", "server")
    lines = [Line(n, side, "x", packet, NOON) for n, side in enumerate(sides)]
    seen = Event("auth", NOON, 7, {}, Evidence(lines, 2))
    assert shown(seen) == evidence(seen)


def test_an_event_without_dialogue_shows_none() -> None:
    assert shown(Event("auth", NOON, 7, {})) == []


def test_a_line_of_nobody_is_unusual() -> None:
    found = Values(Event("auth", NOON, 7, {}, Evidence([Line(1, "x", "NOOP", 1, NOON)], 1)))
    found.put_evidence()
    assert not found.are_usual()

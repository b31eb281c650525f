from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.alert import evidence
from smtpids.alerts.values import (
    EVIDENCE,
    FIRST_FIELD,
    STANDING_CHARS,
    VARIES,
    Shape,
    Values,
    is_text,
)
from smtpids.smtp.events import Event, Evidence, Line
from tests.unit.alerts.samples import NOON, event

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


class Colour(StrEnum):
    RED = "red"


def named(fields: dict[str, Any]) -> Fields:
    return {name.replace("__", "."): one for name, one in fields.items()}


def values_of(seen: Event, shape: Shape | None = None) -> Values:
    """Take the fields of an event; without a shape, into one in which no value stands."""
    found = Values(seen)
    assert found.take(shape or Shape([dict.fromkeys(seen.fields)]))
    return found


def values(**fields: Any) -> Values:
    return values_of(Event("auth", NOON, 7, named(fields)))


def written(found: Values) -> list[str]:
    return found.texts[FIRST_FIELD:]


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
    assert [is_text(name) for name in ("smtp.helo", "email.subject", "smtp.rcpt_to", "a")] == [
        *(True, True, False, False)
    ]
    found = values(smtp__helo="mx", email__subject="Hi")
    assert (written(found), found.are_usual()) == (["mx", "Hi"], True)
    assert not values(smtp__helo=1).are_usual()


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
    shape = Shape([dict.fromkeys(seen.fields)])
    found = values_of(seen, shape)
    assert shape.present(found.absent) == [2, 3, 5]
    assert written(found) == ['"2026-11-23T12:00:00.000000Z"', "false", "1"]


def test_what_stands_in_the_head_must_be_what_the_event_says() -> None:
    head: Fields = {"@timestamp": NOON, "event.action": "auth"}
    assert [
        values_of(Event("auth", NOON, 7, {**head, **other})).are_usual()
        for other in ({}, {"@timestamp": NOON + 1}, {"event.action": "tls"})
    ] == [True, False, False]


def test_what_lies_beside_an_event_is_taken_with_its_fields() -> None:
    seen = Event("auth", NOON, 7, {"a": "x"})
    seen.beside = [{"history.age": 5}, {"b": "y"}]
    found = Values(seen)
    assert found.take(Shape([dict.fromkeys(["a", "history.age", "b"])]))
    assert written(found) == ['"x"', "5", '"y"']


def test_other_names_are_not_taken_and_leave_nothing_behind() -> None:
    found = Values(Event("auth", NOON, 7, {"a": {"no": "text"}, "b": "x"}))
    assert not found.take(Shape([{"a": None}]))
    assert not found.take(Shape([{"a": None, "c": None}]))
    assert (written(found), found.are_usual()) == ([], True)


def test_the_text_of_a_list_that_sessions_share_is_made_once() -> None:
    shared: list[Any] = ["SIZE 5", "DSN"]
    first, again = (values(smtp__ehlo__keywords=shared) for _ in range(2))
    assert written(first) == ['["SIZE 5","DSN"]']
    assert written(first)[0] is written(again)[0]
    assert written(values(smtp__ehlo__keywords=["SIZE 5"])) == ['["SIZE 5"]']


def test_a_shared_list_that_needs_care_is_noticed_each_time() -> None:
    odd: list[Any] = ["\ud800"]
    assert not any(values(smtp__ehlo__keywords=odd).are_usual() for _ in range(2))


# -- values that stand -----------------------------------------------------------------------------

ROLE, COUNT = "unknown", 3


def seen_again(shape: Shape, **changes: Any) -> list[str]:
    fields = named({"network__direction": ROLE, "a": COUNT, "b": True, "c": ROLE} | changes)
    return written(values_of(Event("auth", NOON, 7, fields), shape))


def met() -> Shape:
    return Shape([named({"network__direction": ROLE, "a": COUNT, "b": True, "c": ROLE})])


def test_a_value_that_comes_again_is_written_once_for_all() -> None:
    shape = met()
    assert seen_again(shape) == []
    assert [shape.standing_text(place) for place in range(4)] == [
        "unknown",
        "3",
        "true",
        '"unknown"',
    ]


def test_a_value_that_changed_once_is_written_each_time() -> None:
    shape = met()
    assert seen_again(shape, a=4) == ["4"]
    assert seen_again(shape) == ["3"]
    assert (shape.written(0), shape.version) == ([1], 1)


def test_what_is_equal_and_no_copy_does_not_stand_for_another() -> None:
    shape = met()
    assert seen_again(shape, b=1, a=3.0) == ["3.0", "1"]


def test_a_field_that_said_nothing_so_far_is_told_as_soon_as_it_says_something() -> None:
    shape = Shape([{"history.age": 0, "history.server.known": False}])
    places = []
    for age in (0, 5, 0):
        seen = Event("auth", NOON, 7, {"history.age": age, "history.server.known": False})
        places.append(shape.present(values_of(seen, shape).absent))
    assert places == [[1], [0, 1], [1]]


@pytest.mark.parametrize(
    "value",
    ["x" * (STANDING_CHARS + 1), "é", 'a"b', "a\\b", "\x7f", 257, -1, 0.5, None, [], {"a": 1}],
)
def test_a_value_that_is_long_or_needs_care_or_can_change_does_not_stand(value: Any) -> None:
    assert Shape([{"a": value}]).standing == [VARIES]


def test_what_is_never_written_is_not_kept() -> None:
    assert Shape([{"email.body.text": "secret", "event.action": "auth"}]).standing == [VARIES] * 2


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


def test_an_event_without_dialogue_shows_none() -> None:
    assert shown(Event("auth", NOON, 7, {})) == []


def test_a_line_of_nobody_is_unusual() -> None:
    found = Values(Event("auth", NOON, 7, {}, Evidence([Line(1, "x", "NOOP", 1, NOON)], 1)))
    found.put_evidence()
    assert not found.are_usual()

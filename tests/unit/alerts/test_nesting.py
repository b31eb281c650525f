from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.nesting import arrange, clashes, fill, is_idle, is_time, nest
from smtpids.fields import FIELDS, Type

if TYPE_CHECKING:
    from smtpids.alerts.nesting import Record


def test_names_become_objects_and_nothing_stands_for_none() -> None:
    fields = {"a.b": 1, "a.c": None, "d": {"e.f": 2}, "d.g": [{"h.i": 3}]}
    assert nest(fields) == {"a": {"b": 1}, "d": {"e": {"f": 2}, "g": [{"h": {"i": 3}}]}}


@pytest.mark.parametrize("fields", [{"a": 1, "a.b": 2}, {"a.b": 2, "a": 1}])
def test_where_a_name_is_both_value_and_object_the_object_stands(fields: dict[str, int]) -> None:
    assert nest(fields) == {"a": {"b": 2}}


@pytest.mark.parametrize("turned", [False, True])
def test_a_list_of_objects_stands_above_its_columns(turned: bool) -> None:
    fields: list[tuple[str, Any]] = [("a.b", [{"c.d": 1}]), ("a.b.c.d", [1])]
    assert nest(dict(reversed(fields) if turned else fields)) == {"a": {"b": [{"c": {"d": 1}}]}}


def test_no_field_that_events_carry_is_both_value_and_object() -> None:
    assert clashes(name for name, row in FIELDS.items() if row.type is not Type.OBJECT) == []


def test_names_that_are_both_value_and_object_are_found() -> None:
    assert clashes(["a", "a.b", "c.d", "c.d.e.f", "c.dd"]) == ["a", "c.d"]


def test_the_table_of_fields_tells_what_is_a_moment() -> None:
    assert is_time("session.start")
    assert not is_time("session.duration")
    assert not is_time("nobody.knows")


def test_what_leads_stands_first_in_its_object_and_gives_way_to_what_is_there() -> None:
    result = nest({"a.x": 1, "b.y": 2})
    arrange(result, {"b.first": 3, "b.y": 4, "c.z": 5}, {"a.last": 6, "a.x": 7, "d": 8})
    assert result == {"a": {"x": 7, "last": 6}, "b": {"first": 3, "y": 2}, "c": {"z": 5}, "d": 8}
    assert list(result["b"]) == ["first", "y"]


def test_moments_of_events_are_written_as_text_and_what_says_nothing_is_left_out() -> None:
    result: Record = {}
    fill(result, {"session.start": 0, "history.server.sessions": 0, "email.body.text": "x", "a": 0})
    assert result == {"session": {"start": "1970-01-01T00:00:00.000000Z"}, "a": 0}


def test_that_nothing_was_known_before_is_said() -> None:
    assert not is_idle("history.server.known")
    assert is_idle("history.server.sessions")

from __future__ import annotations

from typing import Any

import pytest

from smtpids.alerts.listed import MOST_CHARS
from smtpids.alerts.shape import STANDING_CHARS, VARIES, Shape, is_quoted
from smtpids.smtp.events import Event
from tests.unit.alerts.samples import NOON
from tests.unit.alerts.test_values import named, values_of, written


def test_the_values_of_texts_and_moments_stand_between_quotes() -> None:
    names = ("smtp.helo", "email.subject", "session.start", "smtp.rcpt_to", "a")
    assert [is_quoted(name) for name in names] == [True, True, True, False, False]


ROLE, COUNT = "unknown", 3


def seen_again(shape: Shape, **changes: Any) -> list[str]:
    fields = named({"network__direction": ROLE, "a": COUNT, "b": True, "c": ROLE} | changes)
    return written(values_of(Event("auth", NOON, 7, fields), shape))


def met() -> Shape:
    return Shape(named({"network__direction": ROLE, "a": COUNT, "b": True, "c": ROLE}), [])


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
    assert (shape.standing, shape.version) == ([ROLE, VARIES, True, ROLE], 1)


def test_what_is_equal_and_no_copy_does_not_stand_for_another() -> None:
    shape = met()
    assert seen_again(shape, b=1, a=3.0) == ["3.0", "1"]


def test_a_field_that_said_nothing_so_far_is_told_as_soon_as_it_says_something() -> None:
    shape = Shape({"history.age": 0, "history.server.known": False}, [])
    places = []
    for age in (0, 5, 0):
        seen = Event("auth", NOON, 7, {"history.age": age, "history.server.known": False})
        places.append(shape.present(values_of(seen, shape).absent))
    assert places == [[1], [0, 1], [1]]


def test_a_list_that_sessions_share_stands_if_it_is_short_and_can_be_written() -> None:
    keywords: list[Any] = ["SIZE 5", "DSN"]
    odd: list[Any] = ["\ud800"]
    long: list[Any] = ["x" * MOST_CHARS]
    shape = Shape({"smtp.ehlo.keywords": keywords}, [])
    assert shape.standing_text(0) == '["SIZE 5","DSN"]'
    assert values_of(Event("auth", NOON, 7, {"smtp.ehlo.keywords": keywords}), shape).usual
    assert shape.version == 0
    values_of(Event("auth", NOON, 7, {"smtp.ehlo.keywords": [*keywords]}), shape)
    assert shape.standing == [VARIES]
    for items in (odd, long):
        assert Shape({"smtp.ehlo.keywords": items}, []).standing == [VARIES]


@pytest.mark.parametrize(
    "value",
    ["x" * (STANDING_CHARS + 1), "é", 'a"b', "a\\b", "\x7f", 257, -1, 0.5, None, [], {"a": 1}],
)
def test_a_value_that_is_long_or_needs_care_or_can_change_does_not_stand(value: Any) -> None:
    assert Shape({"a": value}, []).standing == [VARIES]


def test_what_is_never_written_is_not_kept() -> None:
    assert Shape({"email.body.text": "secret", "event.action": "auth"}, []).standing == [VARIES] * 2

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.alert import evidence
from smtpids.alerts.values import Shape, Values, is_text
from smtpids.smtp.events import Event
from tests.unit.alerts.samples import NOON, event

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


class Colour(StrEnum):
    RED = "red"


def values_of(seen: Event) -> Values:
    return Values(seen, Shape(1, tuple(seen.fields)))


def values(**fields: Any) -> Values:
    return values_of(
        Event("auth", NOON, 7, {name.replace("__", "."): one for name, one in fields.items()})
    )


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
    assert found.texts == [text]
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
    assert (found.texts, found.are_usual(), found.mails) == (["mx", "Hi"], True, True)
    assert not values(smtp__helo=1).are_usual()


def test_fields_that_say_nothing_are_absent() -> None:
    found = values(
        a=None,
        history__server__sessions=0,
        history__server__first_seen=NOON,
        history__server__known=False,
        email__body__text="x",
        b=1,
    )
    assert found.absent == [0, 1, 4]
    assert found.texts == ['"2026-11-23T12:00:00.000000Z"', "false", "1"]


def test_what_stands_in_the_head_must_be_what_the_event_says() -> None:
    head: Fields = {"@timestamp": NOON, "event.action": "auth"}
    assert [
        values_of(Event("auth", NOON, 7, {**head, **other})).are_usual()
        for other in ({}, {"@timestamp": NOON + 1}, {"event.action": "tls"})
    ] == [True, False, False]


def test_a_mail_is_noticed_by_its_fields() -> None:
    assert [values(a=1).mails, values(email__subject="x").mails] == [False, True]
    assert values(email__attachments=[{"file.name": "a"}]).mails
    assert not values(email__subject=None).mails


def test_what_is_beside_the_fields_stands_behind_them() -> None:
    found = values(a=1)
    found.add_all({"b": "x"}, {"c": 2})
    found.put("d", "{}")
    assert (found.texts, found.more, found.led) == (["1", '"x"', "2", "{}"], ["b", "c", "d"], 1)


def test_evidence_is_that_of_the_alert() -> None:
    seen = event()
    assert json.loads(values_of(seen).evidence(seen)) == evidence(seen)

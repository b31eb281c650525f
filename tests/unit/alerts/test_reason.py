from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.alerts.reason import SENTENCE_CHARS, plain_reason, reason
from smtpids.smtp.events import Event, part_of
from tests.unit.alerts.samples import NOON, RULE, together


def said(template: str, **fields: Any) -> str:
    named = {name.replace("__", "."): value for name, value in fields.items()}
    return reason(replace(RULE, message=template), named)


def test_fields_stand_in_the_sentence() -> None:
    assert said("{source.ip} sent {a.b}", source__ip="192.0.2.1", a__b=3) == "192.0.2.1 sent 3"


def test_a_missing_field_reads_unknown() -> None:
    assert said("from {a.b}, {c}", c=None) == "from unknown, unknown"


def test_a_rule_without_message_says_its_title() -> None:
    assert said("") == "Credentials sent before TLS"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (False, "no"),
        (1.5, "1.5"),
        ("", '""'),
        ([], "none"),
        (["a", 2], "a, 2"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
        ("a\r\nb\x1b", "a\\x0d\\x0ab\\x1b"),
        ("x" * 200, "x" * 127 + "…"),
        ({"k": "\n"}, "{'k': '\\n'}"),
    ],
)
def test_a_value_is_worded_for_people(value: object, words: str) -> None:
    assert words == said("{v}", v=value)


@given(st.text(max_size=5) | st.text("x", min_size=126, max_size=130) | st.integers() | st.none())
def test_a_sentence_of_values_that_need_no_care_is_that_of_the_alert(value: Any) -> None:
    rule = replace(RULE, message="{a.b} came at {session.start}, {history.age}")
    event = Event("auth", NOON, 1, {"a.b": value, "session.start": NOON})
    event.beside = [part_of({"history.age": 7})]
    plain, careful = plain_reason(rule, event), reason(rule, event.fields)
    assert plain == careful or not plain.isprintable()
    assert plain_reason(replace(RULE, message=""), event) == RULE.title


def test_a_moment_is_written_as_a_date() -> None:
    assert said("{session.start}", session__start=NOON) == "2026-11-23T12:00:00.000000Z"


def test_braces_that_name_no_field_are_text() -> None:
    assert said("{} {0} {a.} {A} {a!r}") == "{} {0} {a.} {A} {a!r}"


def test_a_value_with_braces_is_not_a_template() -> None:
    assert said("{a}", a="{b}", b="secret") == "{b}"


def test_a_sentence_has_an_end() -> None:
    assert len(said("{a} " * 100, a="x" * 100)) == SENTENCE_CHARS


@given(st.text(), st.text())
def test_no_template_and_no_value_raises(template: str, value: str) -> None:
    assert said(template + "{a}", a=value)


def test_a_correlation_names_what_it_counted() -> None:
    match = together()
    assert reason(match.rule, match.event.fields, match.correlated) == (
        "3 users of 192.0.2.10 since 2026-11-23T11:59:58.500000Z: ann, bob\\x1b"
    )


def test_the_group_of_a_correlation_stands_before_the_last_event() -> None:
    match = together(group=(("smtp.auth.user", "carol"),), measure=2.5)
    rule = replace(match.rule, message="{smtp.auth.user} {smtpids.correlation.count}")
    assert reason(rule, match.event.fields, match.correlated) == "carol 2.5"

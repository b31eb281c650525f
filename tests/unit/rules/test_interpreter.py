"""The meaning of the language, row by row: what a check says of a value."""

from __future__ import annotations

from typing import Any

import pytest

from smtpids.rules.interpreter import evaluate, texts
from tests.support.rules import judged

ABSENT = object()


def asked(text: str, value: Any, name: str = "smtp.helo") -> bool:
    fields = {} if value is ABSENT else {name: value}
    return evaluate(judged(text)[0], fields)


@pytest.mark.parametrize(
    ("text", "true_of", "false_of"),
    [
        ("smtp.helo: Mail", ["mail", "MAIL"], ["mail.example", "", None, ABSENT]),
        ("smtp.helo|neq: mail", ["x", None, ABSENT], ["Mail"]),
        ("smtp.helo: ''", [""], ["x", None, ABSENT]),
        ("smtp.helo:", [None, ABSENT], ["", "x"]),
        ("smtp.helo: '*'", ["", "x", "a\nb"], [None, ABSENT]),
        ("smtp.helo: 'm?il*'", ["mail", "Mail.example", "m\nil"], ["mil", "xmail", ABSENT]),
        ("smtp.helo: '??'", ["ab"], ["a", "abc", "", ABSENT]),
        ("smtp.helo: 'a*b*c'", ["abc", "a b b c"], ["acb", "ab", ABSENT]),
        ("smtp.helo|cased: Mail", ["Mail"], ["mail", ABSENT]),
        ("smtp.helo|contains: AI", ["mail"], ["mal", ABSENT]),
        ("smtp.helo|contains: ''", ["", "x"], [None, ABSENT]),
        ("smtp.helo|contains|cased: AI", ["mAIl"], ["mail"]),
        ("smtp.helo|contains|all: [m, l]", ["mail", "lm"], ["mai", ABSENT]),
        ("smtp.helo|startswith: [ma, x]", ["Mail", "x"], ["amail", ABSENT]),
        ("smtp.helo|endswith: IL", ["mail"], ["mail.", ABSENT]),
        ("smtp.helo|re: 'a.l'", ["mail", "a l"], ["MAIL", "a\nl", ABSENT]),
        ("smtp.helo|re|i: 'A.L'", ["mail"], ["a\nl"]),
        ("smtp.helo|re|s: 'a.l'", ["a\nl"], ["al"]),
        ("smtp.helo|re|m: '^b$'", ["a\nb"], ["a\nbc"]),
        ("smtp.helo|re: '^$'", [""], ["x", None, ABSENT]),
        ("smtp.helo|exists: true", ["", None], [ABSENT]),
        ("smtp.helo|exists: false", [ABSENT], ["", None]),
        ("smtp.helo|windash: '-a'", ["-a", "/a", "\u2013a"], ["a"]),
        ("smtp.helo|base64offset|contains: foobar", ["xxZm9vYmFy"], ["foobar"]),
    ],
)
def test_texts(text: str, true_of: list[Any], false_of: list[Any]) -> None:
    assert true_of == [value for value in true_of + false_of if asked(text, value)]


@pytest.mark.parametrize(
    ("text", "true_of", "false_of"),
    [
        ("smtp.rcpt_to: a", [["A"], ["b", "a"]], [["ab"], [], None, ABSENT]),
        ("smtp.rcpt_to|neq: a", [["b"], [], ABSENT], [["b", "a"]]),
        ("smtp.rcpt_to|all: [a, b]", [["b", "a"]], [["a"], ["ab"]]),
        ("smtp.rcpt_to|contains: a", [["xax"]], [["x"], []]),
        ("smtp.rcpt_to: null", [None, ABSENT], [[], ["a"]]),
        ("smtp.rcpt_to|exists: true", [[], None], [ABSENT]),
    ],
)
def test_lists_are_true_of_any_element(text: str, true_of: list[Any], false_of: list[Any]) -> None:
    found = [value for value in true_of + false_of if asked(text, value, "smtp.rcpt_to")]
    assert true_of == found


@pytest.mark.parametrize(
    ("text", "true_of", "false_of"),
    [
        ("destination.port: 25", [25, "25", 25.0], [250, True, None, ABSENT]),
        ("destination.port: [25, 465]", [25, 465], [587, ABSENT]),
        ("destination.port|gte: 25", [25, 26, "26"], [24, "x", True, None, ABSENT]),
        ("destination.port|gt: 25", [26], [25]),
        ("destination.port|lte: 25", [25, 24.5], [26]),
        ("destination.port|lt: 25.5", [25], [26, ABSENT]),
    ],
)
def test_numbers(text: str, true_of: list[Any], false_of: list[Any]) -> None:
    found = [value for value in true_of + false_of if asked(text, value, "destination.port")]
    assert true_of == found


@pytest.mark.parametrize(
    ("text", "true_of", "false_of"),
    [
        ("tls.established: true", [True], [False, 1, "true", None, ABSENT]),
        ("tls.established: false", [False], [True, 0, None, ABSENT]),
        ("tls.established|neq: true", [False, ABSENT], [True]),
    ],
)
def test_booleans_are_not_numbers(text: str, true_of: list[Any], false_of: list[Any]) -> None:
    found = [value for value in true_of + false_of if asked(text, value, "tls.established")]
    assert [repr(value) for value in true_of] == [repr(value) for value in found]


@pytest.mark.parametrize(
    ("text", "true_of", "false_of"),
    [
        ("source.ip: 192.0.2.1", ["192.0.2.1"], ["192.0.2.10", None, ABSENT]),
        ("source.ip|cidr: 192.0.2.0/24", ["192.0.2.9", "::ffff:192.0.2.9"], ["192.0.3.1", "x"]),
        ("source.ip|cidr: ::/0", ["2001:db8::1"], ["192.0.2.1", "::ffff:192.0.2.9"]),
        ("source.ip|cidr: ::ffff:192.0.2.0/120", ["192.0.2.9", "::ffff:192.0.2.9"], ["::1"]),
    ],
)
def test_addresses(text: str, true_of: list[Any], false_of: list[Any]) -> None:
    found = [value for value in true_of + false_of if asked(text, value, "source.ip")]
    assert true_of == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("'@timestamp|hour': 23", True),
        ("'@timestamp|hour': 22", False),
        ("'@timestamp|week': 1", True),
        ("'@timestamp|year': 2024", True),
        ("'@timestamp|month': [1, 12]", True),
    ],
)
def test_parts_of_a_time(text: str, *, found: bool) -> None:
    assert found is asked(text, 1_735_603_147_000_000_000, "@timestamp")


@pytest.mark.parametrize(
    ("text", "fields", "found"),
    [
        ("smtp.helo|fieldref: smtp.auth.user", {"smtp.helo": "A", "smtp.auth.user": "a"}, True),
        ("smtp.helo|fieldref: smtp.auth.user", {"smtp.helo": "a", "smtp.auth.user": "b"}, False),
        ("smtp.helo|fieldref: smtp.auth.user", {}, False),
        ("smtp.helo|fieldref: smtp.auth.user", {"smtp.helo": None, "smtp.auth.user": None}, False),
        (
            "smtp.rcpt_to|fieldref: smtp.mail_from",
            {"smtp.rcpt_to": ["x", "Me"], "smtp.mail_from": "me"},
            True,
        ),
        (
            "smtp.auth.user|fieldref|contains: smtp.helo",
            {"smtp.auth.user": "me@Host", "smtp.helo": "host"},
            True,
        ),
        (
            "smtp.auth.user|fieldref|startswith: smtp.helo",
            {"smtp.auth.user": "me@host", "smtp.helo": "host"},
            False,
        ),
        (
            "smtp.auth.user|fieldref|endswith: smtp.helo",
            {"smtp.auth.user": "me@host", "smtp.helo": "host"},
            True,
        ),
        (
            "source.port|fieldref: destination.port",
            {"source.port": 25, "destination.port": 25},
            True,
        ),
    ],
)
def test_references_compare_two_fields(text: str, fields: dict[str, Any], *, found: bool) -> None:
    assert found is evaluate(judged(text)[0], fields)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[mail]", True),
        ("[x, LIST]", True),
        ("[25]", True),
        ("[nothing]", False),
        ("[true]", False),
    ],
)
def test_keywords_search_every_text_and_number(text: str, *, found: bool) -> None:
    fields = {"a": "mail.example", "b": 1250, "c": ["a list"], "d": True, "e": [{"x": "nothing"}]}
    assert found is evaluate(judged(text)[0], fields)


def test_texts_leave_out_what_is_true_or_false() -> None:
    assert list(texts({"a": "a", "n": 5, "l": ["b", None], "t": True})) == ["a", "5", "b"]


def test_a_lone_surrogate_does_not_raise() -> None:
    assert asked("smtp.helo|re: 'd800'", "\ud800")


def test_a_value_of_an_unexpected_type_is_no_error() -> None:
    for text in ("smtp.helo: a", "smtp.helo|re: a", "smtp.helo|contains: a"):
        assert not asked(text, {"a": 1})


def test_a_pattern_of_many_stars_is_no_trap() -> None:
    assert not asked(f"smtp.helo: '{'*a' * 40}'", "a" * 39 + "b" * 1000)

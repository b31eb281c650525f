"""Every modifier of Sigma 2.1 by what it means: a value that it is true of, and one that it is not.

Interpreter and compiled rules are both asked. None stands for a field that the event lacks.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from smtpids.rules.interpreter import evaluate
from smtpids.rules.matcher import Matcher
from smtpids.rules.modifiers import MODIFIERS
from tests.support.rules import event, ruleset, selection

HELO = "smtp.helo"
LINE = "smtp.command.line"
IP = "source.ip"
PORT = "destination.port"
RCPT = "smtp.rcpt_to"
TIME = "@timestamp"


def at(*when: int) -> int:
    """Return a moment in nanoseconds."""
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[arg-type,misc]


def code(text: str, encoding: str = "ascii") -> str:
    """Return base64 of a text."""
    return b64encode(text.encode(encoding)).decode()


CLEVER = at(2026, 3, 1, 9, 15)

#: Field and modifiers; the value in the rule; values that it is true of; values that it is not.
TABLE: tuple[tuple[str, str, list[Any], list[Any]], ...] = (
    (HELO, "mail", ["mail", "MAIL"], ["mail.example", "", None]),
    (HELO, "'*.example'", ["mail.example", ".EXAMPLE", "a\nb.example"], ["example", None]),
    (HELO, "'m?il'", ["mail", "MuIL"], ["mil", "maiil", None]),
    (HELO, r"'m\*il'", ["m*il"], ["mail", "maail", None]),
    (HELO, "''", [""], ["x", None]),
    (HELO, "null", [None], ["", "x"]),
    (f"{HELO}|contains", "ail", ["mail", "mAILer", "ail"], ["mal", "", None]),
    (f"{HELO}|contains", "'a?l'", ["mail", "a.l"], ["al", "abbl", None]),
    (f"{HELO}|startswith", "mail", ["mail", "MAILER"], ["email", None]),
    (f"{HELO}|endswith", "mail", ["mail", "eMail"], ["mailer", None]),
    (f"{HELO}|contains|all", "[a, b]", ["cab", "BA"], ["a", "b", None]),
    (f"{HELO}|startswith|all", "[m, ma]", ["mail"], ["mx", None]),
    (f"{HELO}|cased", "Mail", ["Mail"], ["mail", "MAIL", None]),
    (f"{HELO}|contains|cased", "AI", ["mAIl"], ["mail", None]),
    (f"{HELO}|cased|startswith", "Ma", ["Mail"], ["mail", None]),
    (f"{HELO}|endswith|cased", "iL", ["maiL"], ["mail", None]),
    (f"{HELO}|exists", "true", ["", "x"], [None]),
    (f"{HELO}|exists", "false", [None], ["", "x"]),
    (f"{HELO}|neq", "mail", ["mx", "", None], ["mail", "MAIL"]),
    (f"{HELO}|neq", "[mail, mx]", ["x", None], ["mail", "mx"]),
    (f"{HELO}|contains|neq", "ai", ["mx", None], ["mail"]),
    (f"{HELO}|neq", "null", ["", "x"], [None]),
    (f"{HELO}|re", "'[0-9]{2}$'", ["a12", "99"], ["a1", "12a", None]),
    (f"{HELO}|re", "'^m.l'", ["mal", "m.lx"], ["Mal", "amal", "m\nl", None]),
    (f"{HELO}|re|i", "'^m.l'", ["MAL"], ["xmal", None]),
    (f"{HELO}|re|s", "'^m.l'", ["m\nl"], ["M\nl", None]),
    (f"{HELO}|re|m", "'^l$'", ["m\nl\nx"], ["ml", None]),
    (f"{HELO}|re|i|m|s", "'^l.x$'", ["m\nL\nX"], ["mlx", None]),
    (f"{HELO}|re|all", "['^m', 'l$']", ["mail"], ["mai", "ail", None]),
    (f"{HELO}|re|neq", "'^m'", ["x", None], ["mail"]),
    (f"{IP}|cidr", "192.0.2.0/24", ["192.0.2.255", "::ffff:192.0.2.1"], ["192.0.3.0", "x", None]),
    (f"{IP}|cidr", "'2001:db8::/32'", ["2001:db8::1"], ["2001:db9::1", "192.0.2.1", None]),
    (f"{IP}|cidr", "[192.0.2.0/25, 10.0.0.0/8]", ["10.1.1.1"], ["192.0.2.128", None]),
    (f"{IP}|cidr|neq", "10.0.0.0/8", ["192.0.2.1", None], ["10.0.0.1"]),
    (IP, "'2001:DB8:0::1'", ["2001:db8::1"], ["2001:db8::2", None]),
    (f"{PORT}|lt", "25", [24, 0], [25, 26, None]),
    (f"{PORT}|lte", "25", [24, 25], [26, None]),
    (f"{PORT}|gt", "25", [26], [25, 24, None]),
    (f"{PORT}|gte", "25", [25, 26], [24, None]),
    (f"{PORT}|gte", "[25, 100]", [25, 100], [24, None]),
    (f"{PORT}|gte|neq", "25", [24, None], [25]),
    (PORT, "25", [25], [26, None]),
    (PORT, "[25, 587]", [25, 587], [26, None]),
    (RCPT, "a@example", [["a@example"], ["b@example", "A@EXAMPLE"]], [["b@example"], [], None]),
    (f"{RCPT}|neq", "a@example", [["b@example"], [], None], [["b@example", "a@example"]]),
    (f"{RCPT}|contains|all", "[a@, b@]", [["a@x", "b@x"]], [["a@x"], None]),
    (f"{RCPT}|re", "'^a@'", [["b@x", "a@x"]], [["ba@x"], None]),
    (f"{HELO}|windash", "'a -b'", ["a -b", "a /b", "a \N{EN DASH}b"], ["a b", None]),
    (f"{HELO}|windash|contains", "' -b'", ["a -b c", "a /b c"], ["a b", None]),
    (f"{HELO}|base64", "alice", [code("alice")], ["alice", code("alice!"), None]),
    (f"{LINE}|base64|contains", "foo", [f"AUTH {code('foobar')}"], ["foo", None]),
    (
        f"{LINE}|base64offset|contains",
        "secret",
        [code("secret word"), code("a secret"), code("ab secret"), code("abc secret")],
        ["secret", code("sacred"), None],
    ),
    (f"{LINE}|wide|contains", "ab", ["xa\0b\0"], ["ab", "\0a\0b", None]),
    (f"{LINE}|utf16le|contains", "ab", ["xa\0b\0"], ["ab", None]),
    (f"{LINE}|utf16be|contains", "ab", ["x\0a\0b"], ["ab", None]),
    (
        f"{LINE}|wide|base64offset|contains",
        "secret",
        [code("secret", "utf-16-le"), code("my secret", "utf-16-le")],
        [code("secret"), None],
    ),
    (f"{TIME}|minute", "15", [CLEVER], [at(2026, 3, 1, 9, 16), None]),
    (f"{TIME}|hour", "[8, 9]", [CLEVER], [at(2026, 3, 1, 10, 15), None]),
    (f"{TIME}|day", "1", [CLEVER], [at(2026, 3, 2, 9, 15), None]),
    (f"{TIME}|week", "9", [CLEVER], [at(2026, 3, 2, 9, 15), None]),
    (f"{TIME}|month", "3", [CLEVER], [at(2026, 4, 1, 9, 15), None]),
    (f"{TIME}|year", "2026", [CLEVER], [at(2025, 3, 1, 9, 15), None]),
    (f"{TIME}|hour|neq", "9", [at(2026, 3, 1, 10, 15), None], [CLEVER]),
)
ROWS = [
    pytest.param(key, value, found, answer, id=f"{key}: {value} on {found!r}")
    for key, value, true, false in TABLE
    for answer, values in ((True, true), (False, false))
    for found in values
]


@pytest.mark.parametrize(("key", "value", "found", "answer"), ROWS)
def test_a_modifier_means_what_the_specification_says(
    key: str, value: str, found: Any, *, answer: bool
) -> None:
    name = key.partition("|")[0]
    asked = selection(f"'{key}': {value}")
    happened = event("command", {} if found is None else {name: found})
    assert answer is evaluate(asked, happened.fields)
    assert answer is bool(Matcher(ruleset(probe=asked)).match(happened))


REFERENCES = (
    ("fieldref", "alice@example.com", "Alice@Example.com", True),
    ("fieldref", "alice@example.com", "alice", False),
    ("fieldref|contains", "alice@example.com", "example", True),
    ("fieldref|contains", "alice@example.com", "bob", False),
    ("fieldref|startswith", "alice@example.com", "ALICE", True),
    ("fieldref|startswith", "alice@example.com", "example", False),
    ("fieldref|endswith", "alice@example.com", ".com", True),
    ("fieldref|endswith", "alice@example.com", "alice", False),
    ("fieldref", None, "alice", False),
    ("fieldref", "alice", None, False),
    ("fieldref|neq", "alice", "bob", True),
    ("fieldref|neq", "alice", "alice", False),
)


@pytest.mark.parametrize(("modifiers", "user", "sender", "answer"), REFERENCES)
def test_a_field_is_compared_with_another(
    modifiers: str, user: str | None, sender: str | None, *, answer: bool
) -> None:
    asked = selection(f"smtp.auth.user|{modifiers}: smtp.mail_from")
    fields = {"smtp.auth.user": user, "smtp.mail_from": sender}
    happened = event("command", {name: one for name, one in fields.items() if one is not None})
    assert answer is evaluate(asked, happened.fields)
    assert answer is bool(Matcher(ruleset(probe=asked)).match(happened))


def test_every_modifier_is_in_a_table() -> None:
    """But for placeholders, which have tests of their own, and other names of the same."""
    keys = [key for key, *_ in TABLE] + [f"|{modifiers}" for modifiers, *_ in REFERENCES]
    asked = {word for key in keys for word in key.split("|")[1:]}
    same = {"ignorecase": "i", "multiline": "m", "dotall": "s", "utf16": "utf16le"}
    assert set() == {word for word in MODIFIERS if same.get(word, word) not in asked} - {"expand"}

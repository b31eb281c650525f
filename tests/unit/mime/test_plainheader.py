"""The short way of reading a header says what the long way says."""

from __future__ import annotations

import pytest
from hypothesis import given

from smtpids.config import Limits
from smtpids.mime.declared import Declared
from smtpids.mime.encoded import CHARSETS
from smtpids.mime.header import Facts, add_counts, facts_of_fields, lines, raw_fields, shape_facts
from smtpids.mime.header import header_fields as unfolded_fields
from smtpids.mime.plainheader import PlainHeader, plain_header
from tests.support.plain_mails import headers

LIMITS = Limits()
OWN = ("example.org",)
ATTRIBUTES = ("boundary", "charset", "disposition", "encoding", "faults", "names", "type")


def read(header: str, limits: Limits = LIMITS) -> PlainHeader | None:
    whole = header + "\r\n\r\n"
    return plain_header(whole, whole.encode(), limits)


@given(headers())
def test_what_it_says_is_what_the_long_way_says(header: str) -> None:
    plain = read(header) if header else None
    if plain is None:
        return
    whole = header.encode() + b"\r\n\r\n"
    raw, fields = raw_fields(whole), [*unfolded_fields(whole)]
    counted: Facts = {}
    add_counts(counted, fields)
    said: Facts = {}
    counts: Facts = {}
    plain.add_facts(said, LIMITS, OWN)
    plain.add_counts(counts)
    assert [*said.items()] == [*facts_of_fields(fields, LIMITS, OWN).items()]
    assert counts == counted
    assert {"email.header.longest": plain.longest} == shape_facts(whole, raw)
    assert plain.lines == lines(fields, LIMITS)
    declared, short = Declared(fields), Declared(plain.declares())
    assert [getattr(short, name) for name in ATTRIBUTES] == [
        getattr(declared, name) for name in ATTRIBUTES
    ]
    if plain.codec() is not None:
        assert (declared.type, declared.is_attached) == (b"text/plain", False)
        assert declared.encoding in {b"7bit", b"8bit", b"binary"}
        assert plain.codec() == CHARSETS.get(declared.charset.decode(), "")


ORDINARY = (
    "Received: from a by b\r\n\twith ESMTP\r\nFrom: A B <a@b.example>\r\nTo: c@d.example\r\n"
    "Date: 05 Nov 2023 04:04:17 +0000\r\nMIME-Version: 1.0\r\nSubject: x\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit"
)


def test_an_ordinary_header_is_read() -> None:
    plain = read(ORDINARY)
    assert plain is not None
    assert plain.codec() == "utf-8"
    assert plain.lines[:2] == ["Received: from a by b with ESMTP", "From: A B <a@b.example>"]


@pytest.mark.parametrize(
    "field",
    [
        "Subject: again",
        "X: \x07",
        "X: gr\u00fc\u00dfe",
        "X: =?utf-8?q?a?=",
        "Sender: a@b.example",
        "From the beginning",
        "X : blank",
        ": no name",
        "X: " + "x" * LIMITS.text_chars,
    ],
)
def test_a_header_with_anything_else_takes_a_closer_look(field: str) -> None:
    assert read(ORDINARY + "\r\n" + field) is None


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("text/plain; charset=utf-8", "text/html"),
        ("charset=utf-8", "charset=utf-16"),
        ("charset=utf-8", "charset=utf-8; format=flowed"),
        ("7bit", "base64"),
        ("7bit", "none"),
        ("7bit", "7bit\r\nContent-Disposition: inline"),
    ],
)
def test_so_does_any_other_body(usual: str, other: str) -> None:
    plain = read(ORDINARY.replace(usual, other))
    assert plain is not None
    assert plain.codec() is None


def test_so_does_what_is_beyond_a_limit() -> None:
    assert read(ORDINARY, Limits(header_fields=8)) is not None
    assert read(ORDINARY, Limits(header_fields=7)) is None
    more = "Received: a\r\n" * 2 + ORDINARY
    assert read(more, Limits(recipients=3)) is not None
    assert read(more, Limits(recipients=2)) is None


@pytest.mark.parametrize("end", ["\r", "\n", "\r\r\n", "\n\r\n", "\r\t\n"])
def test_so_does_any_other_line_end(end: str) -> None:
    assert read(ORDINARY.replace("x\r\nContent", f"x{end}Content")) is None


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("X:\ta  b", "X: a b"),
        ("X: a\tb", "X: a b"),
        ("X: a \r\n\tb", "X: a b"),
        ("X: a\r\n  b ", "X: a b"),
        ("X:a", "X: a"),
        ("X: ", "X: "),
    ],
)
def test_blanks_are_shown_as_one(field: str, shown: str) -> None:
    plain = read(ORDINARY + "\r\n" + field)
    assert plain is not None
    assert plain.lines[-1] == shown
    assert plain.lines[:2] == ["Received: from a by b with ESMTP", "From: A B <a@b.example>"]

"""Paths, keywords, codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.parameters import (
    domain_of,
    enhanced_of,
    is_masked,
    is_masked_greeting,
    keywords_of,
    mechanisms_of,
    path_of,
)


@pytest.mark.parametrize(
    ("argument", "path", "parameters"),
    [
        (b"FROM:<a@b.example> SIZE=10 BODY=8BITMIME", b"a@b.example", ["SIZE=10", "BODY=8BITMIME"]),
        (b"FROM:<>", b"", []),
        (b"from: <a@b>", b"a@b", []),
        (b"FROM:a@b SIZE=1", b"a@b", ["SIZE=1"]),
        (b'FROM:<"a> b"@c>', b'"a> b"@c', []),
        (b"FROM:", b"", []),
        (b"FROM:<unclosed", b"<unclosed", []),
    ],
)
def test_a_path_is_read_as_tolerant_servers_do(
    argument: bytes, path: bytes, parameters: list[str]
) -> None:
    assert path_of(argument, b"FROM") == (path, parameters)


def test_a_path_needs_its_keyword() -> None:
    assert path_of(b"TO:<a@b>", b"FROM") is None
    assert path_of(b"<a@b>", b"TO") is None


@given(st.binary(max_size=300))
def test_no_argument_raises_or_takes_long(argument: bytes) -> None:
    read = path_of(b"FROM:" + argument, b"FROM")
    assert read is not None
    assert len(read[0]) <= len(argument)


def test_a_quoted_flood_is_linear() -> None:
    assert path_of(b'FROM:<"' + b"\\" * 60_000, b"FROM") is not None
    assert path_of(b"FROM:<" + b'""' * 30_000, b"FROM") is not None


def test_domains_are_lower_case_and_null_paths_have_none() -> None:
    assert domain_of(b"A@B.Example") == "b.example"
    assert domain_of(b"") == ""
    assert domain_of(b"root") == ""


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b"2.1.0 Ok", "2.1.0"),
        (b"5.7.1", "5.7.1"),
        (b"4.7.26", "4.7.26"),
        (b"2.0.0\nx", "2.0.0"),
        (b"Ok", ""),
        (b"2.1.0x", ""),
        (b"9.1.1 x", ""),
    ],
)
def test_an_enhanced_code_begins_the_text(reply: bytes, code: str) -> None:
    assert enhanced_of(reply) == code


def test_keywords_are_all_lines_but_the_first() -> None:
    assert keywords_of([b"mx hello", b"SIZE 10", b"AUTH PLAIN LOGIN "]) == [
        "SIZE 10",
        "AUTH PLAIN LOGIN",
    ]


def test_a_closing_ok_is_no_keyword() -> None:
    assert keywords_of([b"mx hello", b"SIZE 10", b"OK"]) == ["SIZE 10"]
    assert keywords_of([b"mx hello", b"ok "]) == []
    assert keywords_of([b"OK"]) == []
    assert keywords_of([b"mx", b"OK", b"SIZE"]) == ["OK", "SIZE"]


def test_mechanisms_come_from_both_forms_once() -> None:
    assert mechanisms_of(["AUTH PLAIN login", "AUTH=PLAIN CRAM-MD5", "SIZE"]) == [
        "PLAIN",
        "LOGIN",
        "CRAM-MD5",
    ]


@pytest.mark.parametrize("keyword", ["XXXXXXXX", "XXXXXXXA", "XXXX", "XXXXAXXX", "XXXXXXXX 10"])
def test_a_keyword_written_over_is_masked(keyword: str) -> None:
    assert is_masked(keyword)


@pytest.mark.parametrize(
    "keyword", ["STARTTLS", "XFORWARD NAME", "XCLIENT", "XXX", "X-EXPS", "SIZE"]
)
def test_an_ordinary_keyword_is_not(keyword: str) -> None:
    assert not is_masked(keyword)


def test_a_greeting_of_asterisks_is_masked() -> None:
    assert is_masked_greeting(b"***************************")
    assert is_masked_greeting(b"*******2******0******")
    assert not is_masked_greeting(b"mx ESMTP *** no spam ***")
    assert not is_masked_greeting(b"****")

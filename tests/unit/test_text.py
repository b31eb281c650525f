"""Octets as text, for whoever reads it next."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.text import as_text, bounded, has_only_crlf, printable, readable


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"plain", "plain"),
        ("grün €".encode(), "grün €"),
        (b"gr\xfcn", "gr\\xfcn"),
        (b"a\x00b\r\nc\x1b[31m\x7f", "a\\x00b\\x0d\\x0ac\\x1b[31m\\x7f"),
        ("a\u2028b\x85".encode(), "a\\u2028b\\x85"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
    ],
)
def test_octets_become_text_that_a_log_can_hold(octets: bytes, text: str) -> None:
    assert readable(octets, 80) == text


@pytest.mark.parametrize(("most", "text"), [(5, "abcde"), (4, "abc…"), (1, "…"), (0, "")])
def test_more_than_fits_ends_in_an_ellipsis(most: int, text: str) -> None:
    assert readable(b"abcde", most) == text


def test_characters_are_counted_and_not_octets() -> None:
    assert readable("😀".encode() * 9, 8) == "😀" * 7 + "…"


def test_surrogates_are_escaped() -> None:
    assert bounded("a\ud800", 20) == "a\\ud800"


@given(st.binary(max_size=60), st.integers(0, 20))
def test_any_octets_are_bounded_and_encodable(octets: bytes, most: int) -> None:
    text = readable(octets, most)
    assert len(text) <= most
    assert not {char for char in text if ord(char) < 0x20}
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (b"mx.example.net", "mx.example.net"),
        ("mx.example.net", "mx.example.net"),
        ("Übung", "Übung"),
        ("Übung".encode(), "Übung"),
        (b"a\xffb", "a\\xffb"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202egnp", "\\u202egnp"),
        ("", ""),
    ],
)
def test_what_cannot_be_printed_is_escaped(said: str | bytes, text: str) -> None:
    assert text == printable(said, 100)


@pytest.mark.parametrize("said", ["0123456789", b"0123456789"])
def test_what_is_too_long_is_cut_and_marked(said: str | bytes) -> None:
    assert printable(said, 10) == "0123456789"
    assert printable(said, 9) == "01234567…"


def test_names_are_cut_by_characters() -> None:
    assert printable("éééé".encode(), 4) == "éééé"
    assert printable("ééééé".encode(), 4) == "ééé…"


@given(st.one_of(st.text(), st.binary()), st.integers(1, 20))
def test_any_text_becomes_short_and_printable(said: str | bytes, most: int) -> None:
    text = printable(said, most)
    assert len(text) <= most
    assert text.isprintable()


def test_text_shows_what_is_not_utf8_and_is_bounded() -> None:
    assert as_text(b"caf\xc3\xa9 \xff") == "café \\xff"
    assert as_text(b"x" * 2000, 10) == "xxxxxxxxx…"


def test_text_for_rules_keeps_its_control_characters() -> None:
    assert as_text(b"a\x00b\r\n") == "a\x00b\r\n"


def test_text_is_cut_by_characters_and_marked() -> None:
    assert as_text("é".encode() * 9, 8) == "é" * 7 + "…"
    assert as_text("é".encode() * 8, 8) == "é" * 8


@given(st.text("\r\n\0a\x85\u00e9", max_size=12).map(str.encode))
def test_line_ends_are_crlf_if_none_is_odd(octets: bytes) -> None:
    odd = re.search(rb"\r(?!\n|\Z)|(?<!\r)\n|\0", octets)
    assert has_only_crlf(octets.decode("latin-1")) == (odd is None)

"""What a peer wrote, as people may see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.tls.text import shown


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
def test_what_cannot_be_shown_is_escaped(said: str | bytes, text: str) -> None:
    assert text == shown(said, 100)


@pytest.mark.parametrize("said", ["0123456789", b"0123456789"])
def test_what_is_too_long_is_cut_and_marked(said: str | bytes) -> None:
    assert shown(said, 10) == "0123456789"
    assert shown(said, 9) == "01234567…"


def test_octets_are_cut_by_characters() -> None:
    assert shown("éééé".encode(), 4) == "éééé"
    assert shown("ééééé".encode(), 4) == "ééé…"


@given(st.one_of(st.text(), st.binary()), st.integers(1, 20))
def test_any_text_becomes_short_and_printable(said: str | bytes, most: int) -> None:
    text = shown(said, most)
    assert len(text) <= most
    assert text.isprintable()

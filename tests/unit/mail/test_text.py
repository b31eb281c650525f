from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mail.text import bounded, readable


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

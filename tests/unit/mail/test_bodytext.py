from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mail.bodytext import KEPT, BodyText, pan_count
from smtpids.mail.encoded import CHARSETS


def gathered(*texts: tuple[str, bytes], most: int = 10_000) -> BodyText:
    body = BodyText(most)
    for codec, octets in texts:
        body.begin(codec)
        body.feed(octets)
    return body


def test_texts_are_decoded_each_in_its_own_character_set() -> None:
    body = gathered(("latin1", b"\xe9"), ("", b"\xc3\xa9\xff"), ("utf-16le", b"a\0b\0"))
    assert body.text() == "\u00e9\n\u00e9\ufffd\nab"


def test_no_more_is_kept_than_may_be() -> None:
    body = gathered(("ascii", b"x" * 30), ("ascii", b"y" * 30), ("ascii", b"z" * 30), most=50)
    assert body.text() == "x" * 30 + "\n" + "y" * 20 + "\n..."
    assert (body.held_octets, body.left) == (50, -10)


def test_shedding_keeps_the_beginning_and_takes_no_more() -> None:
    body = gathered(("ascii", b"x" * 5_000), ("ascii", b"y" * 4_000))
    body.shed()
    body.feed(b"z")
    assert body.text() == "x" * KEPT + "..."


def test_a_text_that_fits_is_not_marked() -> None:
    assert gathered(("ascii", b"x" * 50), most=50).text() == "x" * 50


@given(st.sampled_from(sorted({*CHARSETS.values(), ""})), st.binary(max_size=50))
def test_any_octets_become_text_that_can_be_searched(codec: str, octets: bytes) -> None:
    assert gathered((codec, octets)).text().encode("utf-8") is not None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("4111111111111111", 1),
        ("4111 1111 1111 1111, 5555-5555-5555-4444", 2),
        ("4111111111111111 4111-1111-1111-1111", 1),
        ("4111111111111112", 0),
        ("41111111111111110000000", 0),
        ("0.4111111111111111", 0),
        ("1234567890123456", 0),
        ("\u0664111111111111111", 0),
    ],
)
def test_card_numbers_count_if_their_check_digit_is_right(text: str, count: int) -> None:
    assert pan_count(text) == count

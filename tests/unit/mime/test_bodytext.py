from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtpids.mime.bodytext import KEPT, BodyText, pan_count
from smtpids.mime.encoded import CHARSETS


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


@given(st.lists(st.binary(max_size=400), max_size=8), st.integers(1, 1_500))
def test_the_pieces_of_a_text_are_no_matter(pieces: list[bytes], most: int) -> None:
    body, octets = BodyText(most), b"".join(pieces)
    body.begin("")
    for piece in pieces:
        body.feed(piece)
    kept = octets[:most].decode("utf-8", "replace")
    assert body.text() == (kept + "..." if len(octets) > most else kept)
    assert body.held_octets == min(len(octets), most)


@given(st.sampled_from(["", "utf-8", "ascii", "latin1", "gbk", "utf-7"]), st.binary(max_size=9))
@example("", b"\xe2\x82")
@example("utf-7", b"+")
def test_that_more_came_is_said_behind_the_last_character(codec: str, octets: bytes) -> None:
    try:
        kept = octets.decode(codec or "utf-8", "replace")
    except UnicodeError:
        kept = octets.decode("utf-8", "replace")
    text = gathered((codec, octets + b"x"), most=len(octets)).text()
    assert text == kept.encode("utf-8", "replace").decode("utf-8") + "..."


def test_very_small_pieces_of_a_text_take_no_more_room_than_its_octets() -> None:
    body = BodyText(10_000)
    body.begin("")
    tracemalloc.start()
    try:
        for _ in range(10_000):
            body.feed(b"xy"[1:])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000


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

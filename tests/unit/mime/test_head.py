from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.head import HeaderReader
from tests.support.mails import pieces


@pytest.mark.parametrize(
    ("content", "kept", "rest"),
    [
        (b"A: b\r\n\r\nbody", b"A: b\r\n\r\n", b"body"),
        (b"A: b\n\nbody", b"A: b\n\n", b"body"),
        (b"A: b\r\n\nbody", b"A: b\r\n\n", b"body"),
        (b"\r\nbody", b"\r\n", b"body"),
        (b"A: b\r\n\r\n", b"A: b\r\n\r\n", b""),
    ],
)
def test_a_header_ends_at_the_first_empty_line(content: bytes, kept: bytes, rest: bytes) -> None:
    reader = HeaderReader(100)
    assert reader.feed(content) == rest
    assert (bytes(reader.octets), reader.complete, reader.too_large) == (kept, True, False)


def test_a_header_without_an_empty_line_does_not_end() -> None:
    reader = HeaderReader(100)
    assert reader.feed(b"A: b\r\n\r") is None
    assert not reader.complete


def test_of_a_header_that_is_too_large_the_beginning_is_kept_and_the_end_found() -> None:
    reader = HeaderReader(4)
    assert reader.feed(b"A: bcd") is None
    assert reader.feed(b"\r\n") is None
    assert reader.feed(b"\r\nbody") == b"body"
    assert (bytes(reader.octets), reader.complete, reader.too_large) == (b"A: b", True, True)


@given(
    st.lists(st.sampled_from([b"A: b", b"\r\n", b"\n", b"\r", b"x"]), max_size=12).map(b"".join),
    st.lists(st.integers(0, 40), max_size=4),
    st.sampled_from([1, 5, 100]),
)
def test_where_a_header_ends_does_not_depend_on_segments(
    content: bytes, places: list[int], most: int
) -> None:
    whole, cut = HeaderReader(most), HeaderReader(most)
    expected = whole.feed(content)
    rest = None
    for piece in pieces(content, places):
        found = cut.feed(piece) if rest is None else None
        rest = found if rest is None else rest + piece
    assert rest == expected
    assert (cut.octets, cut.complete, cut.too_large) == (
        whole.octets,
        whole.complete,
        whole.too_large,
    )


def test_of_a_header_for_which_there_is_no_room_the_beginning_stays_and_its_end_is_found() -> None:
    reader = HeaderReader(100_000)
    assert reader.feed(b"Subject: x\r\n" + b"X: y\r\n" * 1_000) is None
    reader.shed()
    assert (len(reader.octets), reader.too_large) == (1_024, True)
    assert reader.feed(b"Z: z\r\n\r\nbody") == b"body"
    assert reader.complete


def test_a_short_header_sheds_nothing() -> None:
    reader = HeaderReader(100)
    reader.feed(b"A: b\r\n")
    reader.shed()
    assert (bytes(reader.octets), reader.too_large) == (b"A: b\r\n", False)

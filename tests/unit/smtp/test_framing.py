"""The strict reader of DATA against a reading of the whole."""

from __future__ import annotations

from itertools import cycle, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.framing import TEXT_LINE_OCTETS, DataReader, is_even

PIECES = st.lists(
    st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"..", b"\r\n."]), max_size=14
)


def plain(raw: bytes) -> tuple[bytes, bytes | None]:
    """Read it at once: (content, what is behind the end or None)."""
    text = b"\r\n" + raw
    end = text.find(b"\r\n.\r\n")
    content = text if end < 0 else text[: end + 2]
    content = content.replace(b"\r\n.", b"\r\n")[2:]
    return content, None if end < 0 else text[end + 5 :]


def read(blocks: list[bytes]) -> tuple[bytes, bytes | None]:
    reader = DataReader()
    content = b""
    for index, block in enumerate(blocks):
        content += reader.feed(block)
        if reader.ended:
            return content, reader.rest + b"".join(blocks[index + 1 :])
    return content + reader.release(), None


@given(PIECES, st.lists(st.integers(0, 40), max_size=6))
def test_content_and_end_do_not_depend_on_the_cut(pieces: list[bytes], cuts: list[int]) -> None:
    raw = b"".join(pieces)
    places = sorted({0, len(raw), *(cut for cut in cuts if cut <= len(raw))})
    blocks = [raw[a:b] for a, b in pairwise(places)]
    content, rest = plain(raw)
    got, behind = read(blocks)
    assert behind == rest
    if rest is not None:
        assert got == content


def test_a_dot_as_first_line_is_an_empty_message() -> None:
    assert read([b".\r\nQUIT\r\n"]) == (b"", b"QUIT\r\n")


def test_bare_lf_does_not_end_a_message() -> None:
    assert read([b"a\n.\nb\r\n", b".\r\n"]) == (b"a\n.\nb\r\n", b"")


def test_a_dot_that_was_not_doubled_is_counted() -> None:
    reader = DataReader()
    reader.feed(b".one\r\n..two\r\n.three\r\n.\r\n")
    assert reader.bare_dots == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 10, 400, 996, 997, 998, 999, 1400, 2500]),
            st.sampled_from([b"", b".."]),
        ),
        max_size=12,
    ),
    st.lists(st.sampled_from([1, 50, 700, 1000, 1448]), min_size=1, max_size=5),
)
def test_the_longest_line_is_known_wherever_packets_are_cut(
    lengths: list[tuple[int, bytes]], blocks: list[int]
) -> None:
    # a doubled dot counts once (RFC 5321 4.5.3.1.6)
    raw = b"".join(dot + b"x" * length + b"\r\n" for length, dot in lengths)
    reader = DataReader()
    start = 0
    for block in cycle(blocks):
        if start >= len(raw):
            break
        reader.feed(raw[start : start + block])
        start += block
    longest = max((length + len(dot[1:]) for length, dot in lengths), default=0) + 2
    assert reader.longest == (longest if longest > 1000 else 0)


def test_a_line_without_end_costs_no_more_than_its_octets() -> None:
    reader = DataReader()
    for _ in range(2000):
        reader.feed(b"x" * 1000)
    reader.feed(b"\r\n.\r\n")
    assert reader.ended
    assert reader.longest >= 2_000_000


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a"]), max_size=6), PIECES)
def test_what_has_no_dot_may_be_said_to_have_none(first: list[bytes], then: list[bytes]) -> None:
    told, other = DataReader(), DataReader()
    raw, behind = b"".join(first), b"".join(then)
    assert told.feed(raw, undotted=True) == other.feed(raw)
    assert told.feed(behind) == other.feed(behind)
    assert (told.rest, told.ended, told.release()) == (other.rest, other.ended, other.release())


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("", True),
        ("a\r\n\r\nb\r\n", True),
        ("a\nb\r\n", False),
        ("a\rb\r\n", False),
        ("a\0b\r\n", False),
        ("x" * (TEXT_LINE_OCTETS - 2) + "\r\n", True),
        ("a\r\n" + "x" * (TEXT_LINE_OCTETS - 1) + "\r\n", False),
    ],
)
def test_lines_are_even_if_they_end_alike_and_none_is_too_long(text: str, *, is_it: bool) -> None:
    assert is_even(text) is is_it

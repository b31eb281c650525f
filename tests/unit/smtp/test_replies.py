"""Server octets into replies."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.replies import Reply, ReplyReader


def read(*blocks: bytes, limit: int = 65536) -> tuple[list[tuple[int, list[bytes]]], list[str]]:
    reader = ReplyReader(limit)
    replies: list[tuple[int, list[bytes]]] = []
    for number, block in enumerate(blocks):
        reader.inbox.put(block, number, number, 0)
        while (reply := reader.next()) is not None:
            replies.append((reply.code, reply.lines))
    return replies, [kind for kind, _ in reader.faults]


def test_lines_with_a_hyphen_belong_to_one_reply() -> None:
    replies, faults = read(b"250-mx\r\n250-SIZE 10\r\n250 HELP\r\n221 bye\r\n")
    assert replies == [(250, [b"mx", b"SIZE 10", b"HELP"]), (221, [b"bye"])]
    assert faults == []


@given(st.lists(st.integers(0, 60), max_size=5))
def test_replies_may_be_split_anywhere(cuts: list[int]) -> None:
    raw = b"220 mx\r\n250-mx\r\n250-A\r\n250 B\r\n354\r\n221 bye\r\n"
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    assert read(*(raw[a:b] for a, b in pairwise(places))) == read(raw)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"hello there\r\n220 mx\r\n", "bad_reply_syntax"),
        (b"299 odd\r\n", "bad_reply_syntax"),
        (b"150 odd\r\n", "bad_reply_syntax"),
        (b"250-a\r\n550 b\r\n", "bad_reply_syntax"),
        (b"220 mx\n", "bare_lf"),
        (b"220 m\0x\r\n", "nul_in_line"),
        (b"220 " + b"x" * 600 + b"\r\n", "line_too_long"),
    ],
)
def test_an_odd_reply_is_read_and_said(raw: bytes, fault: str) -> None:
    replies, faults = read(raw)
    assert len(replies) == 1
    assert faults == [fault]


def test_a_reply_knows_where_it_ends_in_its_stream() -> None:
    reader = ReplyReader(65536)
    reader.inbox.put(b"220 mx\r\n250 x\r\n", 0, 0, 0)
    ends: list[int] = []
    while isinstance(reply := reader.next(), Reply):
        ends.append(reply.end)
    assert ends == [8, 15]


def test_an_endless_line_is_dropped_and_said() -> None:
    replies, faults = read(b"220 " + b"x" * 300, b"y" * 300 + b"\r\n250 Ok\r\n", limit=200)
    assert replies == [(250, [b"Ok"])]
    assert "limit_reached" in faults


def test_a_reply_of_endless_lines_is_bounded() -> None:
    reader = ReplyReader(1000)
    for number in range(5000):
        reader.inbox.put(b"250-line\r\n", number, number, 0)
        assert reader.next() is None
    reader.inbox.put(b"250 end\r\n", 1, 1, 0)
    reply = reader.next()
    assert reply is not None
    assert len(reply.lines) <= 100
    assert [kind for kind, _ in reader.faults] == ["limit_reached"]


def test_behind_a_gap_the_rest_of_a_line_is_no_line() -> None:
    reader = ReplyReader(65536)
    reader.inbox.put(b"250 begun", 0, 0, 0)
    reader.gap(10)
    reader.inbox.put(b"rest\r\n250 whole\r\n", 1, 1, 0)
    reply = reader.next()
    assert reply is not None
    assert reply.lines == [b"whole"]
    assert reader.faults == []


def test_a_greeting_without_line_end_can_be_taken() -> None:
    reader = ReplyReader(65536)
    reader.inbox.put(b"220 mx", 0, 0, 0)
    assert reader.next() is None
    reply = reader.flush()
    assert reply is not None
    assert (reply.code, reply.end) == (220, 6)
    assert reader.faults == [("bad_reply_syntax", "no line end")]


def test_what_is_no_reply_is_not_taken_without_line_end() -> None:
    reader = ReplyReader(65536)
    reader.inbox.put(b"hello", 0, 0, 0)
    assert reader.flush() is None


def test_a_reply_knows_its_longest_line_however_it_is_split() -> None:
    reader = ReplyReader(65536)
    for number, block in enumerate(
        (b"250-mx\r\n250-", b"a longer line\r\n", b"250 B\r\n250 x\r\n")
    ):
        reader.inbox.put(block, number, number, 0)
        if number < 2:
            assert reader.next() is None
    first, second = reader.next(), reader.next()
    assert first is not None
    assert second is not None
    longest = (first.wording.longest, second.wording.longest)
    assert longest == (len(b"250-a longer line\r\n"), len(b"250 x\r\n"))

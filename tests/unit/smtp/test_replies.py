"""Server octets into replies."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.replies import KEPT_OCTETS, MOST_KEPT, Reply, ReplyReader, Wording, kept


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


def words_of(octets: bytes, *, keep: bool = False) -> Wording:
    """Return the words of the first reply in one segment."""
    reader = ReplyReader(65536)
    reply = reader.whole(octets, 7, 8, 9)
    if reply is None:
        reader.feed(octets, 7, 8, 9)
        reply = reader.next(keep=keep)
    assert reply is not None
    return reply.wording


@pytest.mark.parametrize(
    ("octets", "line", "text", "enhanced"),
    [
        (b"250 2.1.0 Ok\r\n", "250 2.1.0 Ok", "2.1.0 Ok", "2.1.0"),
        (b"250-mx\r\n250 SIZE 10\r\n", "250-mx / SIZE 10", "mx\nSIZE 10", ""),
        (b"354\r\n", "354 ", "", ""),
    ],
)
def test_a_reply_is_told(octets: bytes, line: str, text: str, enhanced: str) -> None:
    wording = words_of(octets)
    said = wording.said(wording.text)
    assert (said.line, said.text, said.enhanced) == (line, text, enhanced)
    assert wording.said(wording.text) is said


def test_words_without_their_secret_are_told_as_they_are_then() -> None:
    wording = words_of(b"535 no such password hunter2\r\n")
    assert wording.said(b"no such password [redacted]").line == "535 no such password [redacted]"


def test_a_greeting_tells_the_program() -> None:
    wording = words_of(b"220 mx.example ESMTP Exim 4.97\r\n")
    assert wording.greeting() == {
        "smtp.greeting.code": 220,
        "smtp.greeting.text": "mx.example ESMTP Exim 4.97",
        "smtp.greeting.software": "exim",
        "smtp.greeting.version": "4.97",
        "smtp.greeting.masked": False,
    }


def test_a_reply_tells_what_it_offers() -> None:
    wording = words_of(b"250-mx\r\n250-SIZE 10\r\n250 STARTTLS\r\n")
    assert wording.offer().names == {"SIZE", "STARTTLS"}


def test_replies_are_kept_bounded_and_none_that_may_repeat_a_secret() -> None:
    for again in (b"250 again\r\n", b"250-again\r\n250 x\r\n"):
        assert words_of(again, keep=True) is words_of(again, keep=True)
    assert words_of(b"550 hunter2\r\n") is not words_of(b"550 hunter2\r\n")
    long = b"250-x\r\n" * KEPT_OCTETS + b"250 x\r\n"
    assert words_of(long, keep=True) is not words_of(long, keep=True)
    for number in range(MOST_KEPT + 1):
        words_of(b"250 %d\r\n" % number, keep=True)
    assert kept(b"250 again\r\n") is None


@pytest.mark.parametrize("odd", [b"250 a\n", b"250 a\0b\r\n", b"199 a\r\n", b"250 \xff" * 200])
def test_a_reply_with_a_fault_is_not_kept(odd: bytes) -> None:
    for _ in range(2):
        reader = ReplyReader(65536)
        reader.feed(odd + b"\r\n", 1, 1, 0)
        assert reader.next(keep=True) is not None
        assert reader.faults
    assert kept(odd) is None


def test_replies_in_one_segment_are_kept_one_by_one() -> None:
    wordings: list[Wording] = []
    for _ in range(2):
        reader = ReplyReader(65536)
        reader.feed(b"250 first\r\n250-more\r\n250 first\r\n354 third\r\n", 1, 1, 0)
        while (reply := reader.next(keep=True)) is not None:
            wordings.append(reply.wording)
    assert [len(wording.lines) for wording in wordings] == [1, 2, 1, 1, 2, 1]
    assert (wordings[0] is wordings[3], wordings[2] is wordings[5]) == (True, True)


def test_a_reply_that_is_kept_is_taken_as_one_that_is_read() -> None:
    octets = b"250-taken\r\n250 whole\r\n"
    words_of(octets, keep=True)
    taker, reader = ReplyReader(65536), ReplyReader(65536)
    whole = taker.whole(octets, 7, 8, 9)
    reader.feed(octets, 7, 8, 9)
    reply = reader.next()
    assert whole is not None
    assert reply is not None
    assert (whole.code, whole.lines, whole.end) == (reply.code, reply.lines, reply.end)
    assert (whole.ts_ns, whole.packet, taker.taken) == (reply.ts_ns, reply.packet, reader.taken)
    for each in (taker, reader):
        assert (each.inbox.ts_ns, each.inbox.packet, each.inbox.seen) == (7, 8, 9)


def test_amid_a_reply_nothing_is_taken_whole() -> None:
    words_of(b"250 Ok\r\n", keep=True)
    reader = ReplyReader(65536)
    reader.feed(b"250-mx\r\n", 1, 1, 0)
    assert reader.next() is None
    assert reader.whole(b"250 Ok\r\n", 2, 2, 0) is None
    reader.gap(10)
    assert reader.whole(b"250 Ok\r\n", 2, 2, 0) is None
    assert ReplyReader(5).whole(b"250 Ok\r\n", 2, 2, 0) is None

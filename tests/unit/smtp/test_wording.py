"""The short way of reading a reply says what the long way says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtpids.smtp.replies import ReplyReader
from smtpids.smtp.wording import KEPT_OCTETS, MOST_KEPT, Wording, plainly, wording_of

#: What replies are made of: codes, what stands behind them, texts, ends.
CODES = (b"250", b"250", b"250", b"354", b"199", b"260", b"650", b"2x0", b"")
TEXTS = (b"", b"ok", b"a\nb", b"a\rb", b"a\0b", b"\xff", b"x" * 506, b"250 ")
LINES = st.tuples(
    st.sampled_from(CODES),
    st.sampled_from([b" ", b"-", b"-", b""]),
    st.sampled_from(TEXTS),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b""]),
).map(b"".join)
REPLIES = st.lists(LINES, max_size=4).map(b"".join)


@given(REPLIES)
@example(b"250 a\nb\r\n")
@example(b"250 a\0b\r\n")
@example(b"250 a\r\n250 b\r\n")
def test_both_ways_say_the_same(octets: bytes) -> None:
    reader = ReplyReader(65536)
    reader.inbox.put(octets, 7, 8, 9)
    reply = reader.next()
    wording = plainly(octets)
    if wording is not None:
        assert reply is not None
        assert (reader.inbox.waiting, reader.faults) == (0, [])
        long = reply.wording
        assert (wording.code, wording.digit, wording.lines, wording.text) == (
            long.code,
            long.digit,
            long.lines,
            long.text,
        )
        assert (wording.octets, wording.longest) == (long.octets, long.longest)


@given(REPLIES)
def test_a_reader_that_takes_a_whole_segment_is_as_one_that_reads_it(octets: bytes) -> None:
    taker, reader = ReplyReader(65536), ReplyReader(65536)
    whole = taker.whole(octets, 7, 8, 9, keep=False)
    reader.inbox.put(octets, 7, 8, 9)
    if whole is None:
        assert (taker.taken, taker.inbox.waiting) == (0, 0)
        return
    reply = reader.next()
    assert reply is not None
    assert (whole.code, whole.lines, whole.end) == (reply.code, reply.lines, reply.end)
    assert (whole.ts_ns, whole.packet, taker.taken) == (reply.ts_ns, reply.packet, reader.taken)
    for each in (taker, reader):
        assert (each.inbox.ts_ns, each.inbox.packet, each.inbox.seen) == (7, 8, 9)


def test_replies_in_one_segment_are_kept_one_by_one() -> None:
    wordings: list[Wording] = []
    for _ in range(2):
        reader = ReplyReader(65536)
        reader.inbox.put(b"250 first\r\n250-more\r\n250 first\r\n354 third\r\n", 1, 1, 0)
        while (reply := reader.next(keep=True)) is not None:
            wordings.append(reply.wording)
    assert [len(wording.lines) for wording in wordings] == [1, 2, 1, 1, 2, 1]
    assert (wordings[0] is wordings[3], wordings[2] is wordings[5]) == (True, True)


def test_amid_a_reply_nothing_is_taken_whole() -> None:
    reader = ReplyReader(65536)
    reader.inbox.put(b"250-mx\r\n", 1, 1, 0)
    assert reader.next() is None
    assert reader.whole(b"250 Ok\r\n", 2, 2, 0, keep=True) is None
    reader.gap(10)
    assert reader.whole(b"250 Ok\r\n", 2, 2, 0, keep=True) is None
    assert ReplyReader(5).whole(b"250 Ok\r\n", 2, 2, 0, keep=True) is None


@pytest.mark.parametrize(
    ("octets", "line", "text", "enhanced"),
    [
        (b"250 2.1.0 Ok\r\n", "250 2.1.0 Ok", "2.1.0 Ok", "2.1.0"),
        (b"250-mx\r\n250 SIZE 10\r\n", "250-mx / SIZE 10", "mx\nSIZE 10", ""),
        (b"354\r\n", "354 ", "", ""),
    ],
)
def test_a_reply_is_told(octets: bytes, line: str, text: str, enhanced: str) -> None:
    wording = plainly(octets)
    assert wording is not None
    said = wording.said(wording.text)
    assert (said.line, said.text, said.enhanced) == (line, text, enhanced)
    assert wording.said(wording.text) is said


def test_words_without_their_secret_are_told_as_they_are_then() -> None:
    wording = plainly(b"535 no such password hunter2\r\n")
    assert wording is not None
    assert wording.said(b"no such password [redacted]").line == "535 no such password [redacted]"


def test_a_greeting_tells_the_program() -> None:
    wording = plainly(b"220 mx.example ESMTP Exim 4.97\r\n")
    assert wording is not None
    assert wording.greeting() == {
        "smtp.greeting.code": 220,
        "smtp.greeting.text": "mx.example ESMTP Exim 4.97",
        "smtp.greeting.software": "exim",
        "smtp.greeting.version": "4.97",
        "smtp.greeting.masked": False,
    }


def test_a_reply_tells_what_it_offers() -> None:
    wording = plainly(b"250-mx\r\n250-SIZE 10\r\n250 STARTTLS\r\n")
    assert wording is not None
    assert wording.offer().names == {"SIZE", "STARTTLS"}


def test_replies_are_kept_bounded_and_none_that_may_repeat_a_secret() -> None:
    again = wording_of(b"250 again\r\n", keep=True)
    assert wording_of(b"250 again\r\n", keep=True) is again
    assert wording_of(b"550 hunter2\r\n", keep=False) is not wording_of(
        b"550 hunter2\r\n", keep=False
    )
    assert wording_of((b"250-x\r\n" * KEPT_OCTETS) + b"250 x\r\n", keep=True) is None
    for number in range(MOST_KEPT + 1):
        wording_of(b"250 %d\r\n" % number, keep=True)
    assert wording_of(b"250 again\r\n", keep=True) is not again

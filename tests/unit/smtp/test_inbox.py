"""Octets that wait, with the packet that brought them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.inbox import CUT_FROM, MOST_MARKS, PACKED, Inbox


def test_a_line_knows_the_packet_that_ended_it() -> None:
    inbox = Inbox()
    inbox.put(b"EHLO ", 1, 10, 100)
    assert inbox.line() is None
    inbox.put(b"x\r\nMAIL", 2, 11, 101)
    assert inbox.line() == b"EHLO x\r\n"
    assert (inbox.ts_ns, inbox.packet, inbox.seen) == (2, 11, 101)
    assert inbox.peek(9) == b"MAIL"
    assert inbox.next_mark() == (4, 2, 11, 101)


def test_blocks_end_where_their_packets_end() -> None:
    inbox = Inbox()
    inbox.put(b"abc", 1, 1, 0)
    inbox.put(b"de", 2, 2, 0)
    assert inbox.take(1) == b"a"
    assert [inbox.take_block(), inbox.take_block(), inbox.take_block()] == [b"bc", b"de", b""]


def test_what_was_taken_can_be_put_back() -> None:
    inbox = Inbox()
    inbox.put(b"one\r\ntwo\r\n", 1, 1, 0)
    block = inbox.take_block()
    inbox.untake(block[5:])
    assert inbox.line() == b"two\r\n"
    assert len(inbox) == 0


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=30), st.integers(1, 9))
def test_octets_come_out_as_they_went_in(blocks: list[bytes], step: int) -> None:
    inbox = Inbox()
    out = b""
    for number, block in enumerate(blocks):
        inbox.put(block, number, number, number)
        out += inbox.take(step)
        assert inbox.packet <= number
    while len(inbox):
        out += inbox.take(step)
    assert out == b"".join(blocks)


def test_many_small_packets_make_no_long_list() -> None:
    inbox = Inbox()
    for number in range(MOST_MARKS + 50):
        inbox.put(b"x", number, number, number)
    inbox.put(b"\n", 9999, 9999, 9999)
    line = inbox.line()
    assert line is not None
    assert len(line) == MOST_MARKS + 51
    assert inbox.packet == MOST_MARKS - 1


def test_read_octets_are_cut_off_and_marks_stay_right() -> None:
    inbox = Inbox()
    inbox.put(b"a" * (CUT_FROM + 10) + b"\n", 1, 1, 0)
    inbox.put(b"tail", 2, 2, 0)
    inbox.line()
    inbox.put(b" end\n", 3, 3, 0)
    assert inbox.line() == b"tail end\n"
    assert inbox.packet == 3


def test_a_line_that_came_in_pieces_while_nobody_read_is_found() -> None:
    inbox = Inbox()
    for number, piece in enumerate([b"a", b"b\nc", b"", b"d"]):
        inbox.put(piece, number, number, number)
    assert (inbox.line(), inbox.packet, inbox.line()) == (b"ab\n", 1, None)
    inbox.put(b"\n", 4, 4, 4)
    assert (inbox.line(), inbox.packet, inbox.waiting) == (b"cd\n", 4, 0)


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=30), st.integers(1, 4))
def test_lines_are_those_of_all_octets(blocks: list[bytes], every: int) -> None:
    inbox = Inbox()
    lines: list[bytes] = []
    for number, block in enumerate(blocks):
        inbox.put(block, number, number, number)
        while number % every == 0 and (line := inbox.line()) is not None:
            lines.append(line)
    while (line := inbox.line()) is not None:
        lines.append(line)
    rest = inbox.take(len(inbox))
    assert [*lines, rest] == [*_split(b"".join(blocks))]


def _split(octets: bytes) -> list[bytes]:
    *lines, rest = octets.split(b"\n")
    return [*(line + b"\n" for line in lines), rest]


def test_an_inbox_at_rest_holds_nothing_that_was_read() -> None:
    inbox = Inbox()
    inbox.put(b"EHLO x\r\nRS", 1, 1, 0)
    assert inbox.line() == b"EHLO x\r\n"
    inbox.rest()
    inbox.put(b"ET\r\n", 2, 2, 0)
    assert (inbox.line(), inbox.packet) == (b"RSET\r\n", 2)
    inbox.rest()
    inbox.put(b"QUIT\r\n", 3, 3, 0)
    assert (inbox.line(), inbox.packet, inbox.waiting) == (b"QUIT\r\n", 3, 0)


def test_an_inbox_that_was_packed_goes_on_where_it_was() -> None:
    inbox, other = Inbox(), Inbox()
    inbox.put(b"EHLO x\r\nRSET\r\n", 2**40, 7, 5)
    assert inbox.take(14) == b"EHLO x\r\nRSET\r\n"
    octets = inbox.packed()
    other.unpacked(octets)
    assert (len(octets), other.ts_ns, other.packet, other.seen) == (PACKED, 2**40, 7, 5)
    for one in (inbox, other):
        one.put(b"QUIT\r\n", 3, 8, 6)
        assert one.next_mark() == (6, 3, 8, 6)

"""One side of a session."""

from __future__ import annotations

from smtpids.config import Limits
from smtpids.tls.half import Half
from smtpids.tls.handshake import CLIENT_HELLO

#: A hello of 9 octets of which 5 are here.
BEGUN = b"\x01\x00\x00\x09" + b"hello"
REST = b"over" + b"\x01\x00\x00\x02hi"


def test_a_side_that_lost_octets_is_read_no_further() -> None:
    half = Half(Limits(), frozenset({CLIENT_HELLO}))
    assert (half.in_clear, half.lost) == (True, False)
    half.lose(0)
    assert (half.in_clear, half.lost) == (False, True)
    assert half.reader.opaque


def test_a_message_at_hand_is_forgotten_when_reading_stops() -> None:
    half = Half(Limits(), frozenset({CLIENT_HELLO}))
    assert list(half.messages.feed(BEGUN)) == []
    half.stop_reading()
    assert not half.reader.keeps
    assert list(half.messages.feed(REST)) == [(CLIENT_HELLO, None), (CLIENT_HELLO, b"hi")]


def test_sides_whose_handshake_is_over_share_what_reads_one() -> None:
    one, other = (Half(Limits(), frozenset({CLIENT_HELLO})) for _ in range(2))
    assert one.messages is not other.messages
    one.rest()
    other.rest()
    assert one.messages is other.messages
    assert one.noted is other.noted

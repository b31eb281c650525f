"""Which connections hold something, and when time releases them."""

from __future__ import annotations

from smtpids.config import Limits
from smtpids.tcp.chunk import DATA, Chunk, Stamp
from smtpids.tcp.connection import Connection
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.tcp.holders import Holders
from smtpids.tcp.ledger import Ledger
from smtpids.tcp.stream import Stream


def make_holder(uid: int, *, one_sided: bool = True) -> Connection:
    """Return a connection that holds octets of its client; time may release a one-sided one."""
    client, server = Stream(bytes(12), CLIENT), Stream(bytes(12), SERVER)
    connection = Connection(uid, client, server, Ledger(Limits()), start_ns=0, first_packet=1)
    for stream in (client, server):
        stream.firm = stream.sure = True
        stream.packets = 1
    server.packets = 0 if one_sided else 1
    client.held = [Chunk(DATA, 5, 6, b"x", Stamp(0, 1, -1, 1))]
    return connection


def test_the_one_that_holds_for_longest_is_the_oldest() -> None:
    holders, one, other = Holders(), make_holder(1), make_holder(2)
    assert holders.oldest() is None
    holders.note(one, 10)
    holders.note(other, 20)
    holders.note(one, 30)
    assert holders.oldest() is one
    holders.let_go(one)
    assert holders.oldest() is other
    holders.let_go(one)
    holders.let_go(other)
    assert (holders.oldest(), holders.waiting) == (None, 0)


def test_who_waited_long_enough_is_taken_once() -> None:
    holders, one, other = Holders(), make_holder(1), make_holder(2)
    holders.note(one, 10)
    holders.note(other, 20)
    assert holders.take_due(109, 100) is None
    assert holders.take_due(110, 100) is one
    assert holders.take_due(110, 100) is None
    assert holders.take_due(120, 100) is other
    assert (holders.waiting, holders.oldest()) == (0, one)


def test_when_the_clock_was_set_back_nobody_waits_longer() -> None:
    holders, one = Holders(), make_holder(1)
    holders.note(one, 1_000)
    assert holders.take_due(999, 100) is one


def test_whom_time_cannot_release_does_not_wait() -> None:
    holders, one = Holders(), make_holder(1, one_sided=False)
    holders.note(one, 10)
    assert (holders.oldest(), holders.waiting) == (one, 0)

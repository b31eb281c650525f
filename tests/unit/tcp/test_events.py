"""The events carry what the upper layers read."""

from __future__ import annotations

from smtpids.tcp.events import CLIENT, SERVER, Octets, by_birth
from tests.support.segments import START, Talk, make_table


def test_octets_know_their_connection_side_time_packet_and_what_was_seen() -> None:
    talk = Talk().handshake().server(b"220 mx\r\n").client(b"QUIT\r\n")
    table = make_table()
    events = [event for number, s in enumerate(talk.segments, 7) for event in table.feed(s, number)]
    told = [
        (e.side, e.data, e.packet, e.ts_ns - START, e.seen) for e in events if isinstance(e, Octets)
    ]
    assert told == [
        (SERVER, b"220 mx\r\n", 10, 3_000_000, 0),
        (CLIENT, b"QUIT\r\n", 11, 4_000_000, 8),
    ]
    assert len({event.connection for event in events}) == 1


def test_events_are_ordered_by_when_their_connections_began() -> None:
    first = Talk().handshake().server(b"220 mx\r\n")
    table = make_table()
    events = [event for n, s in enumerate(first.segments, 7) for event in table.feed(s, n)]
    assert {by_birth(event) for event in events} == {(START, 7)}

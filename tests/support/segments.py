"""Writes the segments of a connection as its two ends would send them, and reads stream events.

Segments are made below IP, where `tcp/` begins: a test can repeat, drop, reorder or falsify them
one by one.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from smtpids.capture.frames import ACK, FIN, PSH, RST, SYN
from smtpids.config import MAIL_PORTS, Limits
from smtpids.tcp.events import (
    CLIENT,
    SERVER,
    Closed,
    Conflict,
    Gap,
    HalfClosed,
    Limit,
    Octets,
    Overlap,
    StreamEvent,
    Urgent,
)
from smtpids.tcp.table import ConnectionTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.capture.frames import Segment

MASK = 0xFFFF_FFFF
SECOND = 1_000_000_000
MILLISECOND = 1_000_000
START = 1_700_000_000 * SECOND


def make_key(source: str, source_port: int, destination: str, destination_port: int) -> bytes:
    """Return the key of a segment from one end to the other."""
    addresses = [ipaddress.ip_address(text).packed for text in (source, destination)]
    ports = [port.to_bytes(2, "big") for port in (source_port, destination_port)]
    return b"".join(addresses + ports)


class Talk:
    """Two ends of one connection; each act returns its segment and adds it to `segments`.

    Every segment acknowledges all that the other side sent, and comes a millisecond after the
    one before.
    """

    def __init__(
        self,
        *,
        client: str = "192.0.2.1",
        client_port: int = 40_000,
        server: str = "198.51.100.2",
        server_port: int = 25,
        isn: tuple[int, int] = (1_000, 500_000),
        start_ns: int = START,
        step_ns: int = MILLISECOND,
    ) -> None:
        self.keys = (
            make_key(client, client_port, server, server_port),
            make_key(server, server_port, client, client_port),
        )
        self.next_seq = list(isn)
        self.now_ns = start_ns
        self.step_ns = step_ns
        self.segments: list[Segment] = []

    def send(
        self,
        side: int,
        payload: bytes = b"",
        *,
        flags: int = ACK,
        back: int = 0,
        ack: int | None = None,
        missing: int = 0,
    ) -> Segment:
        """Send from the side's next number, or `back` octets before it (behind it, if negative).

        What is sent behind it does not count as sent.
        """
        seq = (self.next_seq[side] - back) & MASK
        number = self.next_seq[1 - side] if ack is None else ack
        segment = (
            self.now_ns,
            self.keys[side],
            seq,
            number & MASK if flags & ACK else 0,
            flags,
            payload,
            missing,
        )
        self.now_ns += self.step_ns
        used = len(payload) + missing + bool(flags & SYN) + bool(flags & FIN) - back
        if back >= 0:
            self.next_seq[side] = (self.next_seq[side] + max(used, 0)) & MASK
        self.segments.append(segment)
        return segment

    def handshake(self) -> Talk:
        """Open the connection."""
        self.send(CLIENT, flags=SYN)
        self.send(SERVER, flags=SYN | ACK)
        self.send(CLIENT)
        return self

    def client(self, *payloads: bytes) -> Talk:
        """Let the client send each payload as a segment."""
        for payload in payloads:
            self.send(CLIENT, payload, flags=ACK | PSH)
        return self

    def server(self, *payloads: bytes) -> Talk:
        """Let the server send each payload as a segment."""
        for payload in payloads:
            self.send(SERVER, payload, flags=ACK | PSH)
        return self

    def fin(self, side: int) -> Talk:
        """Let a side say that it sends no more."""
        self.send(side, flags=ACK | FIN)
        return self

    def rst(self, side: int) -> Talk:
        """Let a side break the connection."""
        self.send(side, flags=RST)
        return self

    def skip(self, side: int, octets: int) -> Talk:
        """Let octets of a side be sent, and acknowledged from now on, without a segment."""
        self.next_seq[side] = (self.next_seq[side] + octets) & MASK
        return self

    def wait(self, nanoseconds: int) -> Talk:
        """Let time pass before the next segment."""
        self.now_ns += nanoseconds
        return self

    def goodbye(self) -> Talk:
        """Close from the server's side, as after QUIT."""
        return self.fin(SERVER).fin(CLIENT).ack(SERVER)

    def ack(self, side: int) -> Talk:
        """Let a side acknowledge everything."""
        self.send(side)
        return self


def dialogue() -> Talk:
    """Return a short mail session from SYN to the last ACK, with acknowledgements."""
    talk = Talk().handshake()
    talk.server(b"220 mx ESMTP\r\n").ack(CLIENT)
    talk.client(b"EHLO client.example\r\n").ack(SERVER)
    talk.server(b"250-mx\r\n250 PIPELINING\r\n")
    talk.client(b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n")
    talk.server(b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n").ack(CLIENT)
    talk.client(b"Subject: x\r\n\r\n", b"line one\r\n", b"line two\r\n.\r\n").ack(SERVER)
    talk.server(b"250 queued\r\n").client(b"QUIT\r\n").server(b"221 bye\r\n")
    return talk.goodbye()


def make_table(limits: Limits | None = None) -> ConnectionTable:
    """Return a table with the default mail ports."""
    return ConnectionTable(limits or Limits(), MAIL_PORTS)


def feed_all(
    table: ConnectionTable, segments: Iterable[Segment], *, first_packet: int = 1
) -> list[StreamEvent]:
    """Feed segments in order and return all events."""
    events: list[StreamEvent] = []
    for packet, segment in enumerate(segments, first_packet):
        events += table.feed(segment, packet)
    return events


def run_all(segments: Iterable[Segment], limits: Limits | None = None) -> list[StreamEvent]:
    """Feed segments to a new table up to the end of input and return all events."""
    table = make_table(limits)
    return [*feed_all(table, segments), *table.finish()]


def tell(events: Iterable[StreamEvent]) -> list[str]:
    """Write events as short lines: `C b'EHLO'`, `S gap 10`, `closed fin S`."""
    return [_tell_one(event) for event in events]


def _tell_one(event: StreamEvent) -> str:
    match event:
        case Octets(side=side, data=data):
            return f"{_name(side)} {data!r}"
        case Gap(side=side, length=length):
            return f"{_name(side)} gap {length}"
        case Conflict(side=side, length=length):
            return f"{_name(side)} conflict {length}"
        case Overlap(side=side):
            return f"{_name(side)} fragments overlap"
        case Urgent(side=side):
            return f"{_name(side)} urgent"
        case HalfClosed(side=side):
            return f"{_name(side)} ends"
        case Limit(name=name):
            return f"limit {name}"
        case Closed(reason=reason, side=side):
            return f"closed {reason} {_name(side)}"


def _name(side: int) -> str:
    return {CLIENT: "C", SERVER: "S"}.get(side, "-")


def turns(events: Iterable[StreamEvent]) -> list[tuple[int, bytes]]:
    """Return who said what in which order; octets of one side that follow each other are joined."""
    said: list[tuple[int, bytes]] = []
    for event in events:
        if not isinstance(event, Octets):
            continue
        if said and said[-1][0] == event.side:
            said[-1] = (event.side, said[-1][1] + event.data)
        else:
            said.append((event.side, event.data))
    return said


def said_by(events: Iterable[StreamEvent], side: int) -> bytes:
    """Return all octets of one side."""
    return b"".join(e.data for e in events if isinstance(e, Octets) and e.side == side)


def gap_octets(events: Iterable[StreamEvent], side: int) -> int:
    """Return how many octets of one side were said to lack."""
    return sum(e.length for e in events if isinstance(e, Gap) and e.side == side)

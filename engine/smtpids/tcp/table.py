"""Finds the connection of a segment, retires idle ones, and keeps within the budget of memory.

Both directions of a connection stand in one dict, by the key as it is in the packet, so a packet
costs one look-up. Behind it stand three ways: a segment that is the plain next one of a connection
in which nothing waits is dealt with here, in a dozen lines; one of a connection that nobody wants
is dropped; everything else goes to `Connection.take`.

A connection begins with a SYN, a SYN+ACK, or with octets: a bare ACK tells nothing that the next
segment does not tell better. Time is the packets' own. It may jump, in either direction, where
files of different days are read one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.capture.frames import ACK, FIN, RST, SYN, URG
from smtpids.tcp.ageing import Ageing
from smtpids.tcp.chunk import PIECE_OCTETS
from smtpids.tcp.connection import FAST, NEVER, Connection
from smtpids.tcp.ends import turned
from smtpids.tcp.events import CLIENT, SERVER, CloseReason, Octets, Overlap, by_birth
from smtpids.tcp.holders import Holders
from smtpids.tcp.ledger import Ledger
from smtpids.tcp.near import Near
from smtpids.tcp.sequence import HALF, MASK, advance, distance
from smtpids.tcp.stream import WINDOW, Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.capture.frames import Segment
    from smtpids.config import Limits
    from smtpids.tcp.events import StreamEvent

_ENDS: Final = SYN | FIN | RST
_PLAIN: Final = SYN | FIN | RST | ACK | URG


class ConnectionTable:
    """Turns segments into stream events; `streams` has each by the key of its segments."""

    __slots__ = (
        "_ageing",
        "_holders",
        "_most",
        "_ports",
        "earliest_ns",
        "latest_ns",
        "ledger",
        "near",
        "streams",
    )

    def __init__(self, limits: Limits, ports: frozenset[int]) -> None:
        self.ledger = Ledger(limits)
        self._ports = ports
        self.streams: dict[bytes, Stream] = {}
        self.near = Near()
        self._ageing = Ageing(limits)
        self._most = max(limits.connections, 1)
        self._holders = Holders()
        self.earliest_ns = 0
        self.latest_ns = 0
        """Between these two times nothing needs to be looked after."""

    # The counts that metrics read.

    @property
    def opened(self) -> int:
        """Connections that began."""
        return self.ledger.opened

    @property
    def active(self) -> int:
        """Connections that are followed at this moment."""
        return self._ageing.count_active()

    @property
    def evicted(self) -> int:
        """Connections that had to go for others."""
        return self.ledger.evicted

    @property
    def closed_by_reason(self) -> dict[str, int]:
        """Connections that ended, by the value of `CloseReason`."""
        return self.ledger.closed_by_reason

    @property
    def gap_octets(self) -> list[int]:
        """Octets that are not in the capture, of clients and of servers."""
        return self.ledger.gap_octets

    @property
    def conflicts(self) -> int:
        """Segments that disagreed with what came before."""
        return self.ledger.conflicts

    @property
    def retransmissions(self) -> int:
        """Segments that brought octets a second time."""
        return self.ledger.retransmissions

    @property
    def held_octets(self) -> int:
        """What is held at this moment, with its overhead."""
        return self.ledger.held_octets

    @property
    def limit_hits(self) -> dict[str, int]:
        """How often each limit was met."""
        return self.ledger.limit_hits

    # In.

    def feed(self, segment: Segment, packet: int) -> Sequence[StreamEvent]:
        """Take the next segment; `packet` is the number of its frame in the capture."""
        ts_ns, key, seq, ack, flags, payload, missing = segment
        if not self.earliest_ns <= ts_ns < self.latest_ns:
            early = self.tick(ts_ns)
            if early:
                return [*early, *self.feed(segment, packet)]
        stream = self.streams.get(key)
        if stream is None:
            return self._meet(segment, packet)
        stream.packets += 1
        connection = stream.connection
        connection.last_ns = ts_ns
        pace = connection.pace
        if pace == FAST:
            if flags & _PLAIN == ACK and not missing:
                peer = stream.peer
                seen = peer.delivered
                if ack != peer.next_seq:
                    behind = ((peer.next_seq - ack + HALF) & MASK) - HALF
                    if behind < 0:
                        return self.ask(stream, segment, packet)
                    seen = seen - behind if behind <= seen else -1
                if not payload:
                    return ()
                if seq == stream.next_seq:
                    # As in Stream.remember.
                    size = len(payload)
                    stream.next_seq = (seq + size) & MASK
                    stream.delivered += size
                    stream.gap_seq = -1
                    stream.tail_charge += size + PIECE_OCTETS
                    if stream.tail is None:
                        stream.tail = [payload]
                    else:
                        stream.tail.append(payload)
                        if stream.tail_charge > self.ledger.tail_octets:
                            stream.trim_tail()
                    connection.last_packet = packet
                    return [Octets(connection, stream.side, payload, ts_ns, packet, seen)]
        elif pace == NEVER and not flags & _ENDS:
            self.ledger.bypass.keys.add(key)
            return ()
        return self.ask(stream, segment, packet)

    def overlapped(self, key: bytes, ts_ns: int, packet: int) -> Sequence[StreamEvent]:
        """Note that the fragments of a segment, already fed, were in each other's way."""
        stream = self.streams.get(key)
        if stream is None or stream.connection.is_closed or stream.connection.pace == NEVER:
            return ()
        stream.connection.told = True
        return [Overlap(stream.connection, stream.side, ts_ns, packet)]

    def tick(self, ts_ns: int) -> Sequence[StreamEvent]:
        """Let time pass: end what is idle, wait no longer for what is due, the oldest first."""
        ageing = self._ageing
        if ts_ns < self.earliest_ns:
            ageing.turn_back(ts_ns)
        limits = self.ledger.limits
        self.ledger.share_tails(ageing.count_active())
        self.earliest_ns = ts_ns - ageing.quiet_ns
        self.latest_ns = ageing.next_look(ts_ns, limits.reorder_ns)
        self.ledger.bypass.doubt(ts_ns, self.earliest_ns, self.latest_ns, ageing.quiet_ns // 2)
        events: list[StreamEvent] = []
        self._stop_waiting(ts_ns, events)
        for connection in ageing.expired(ts_ns):
            connection.close(CloseReason.TIMEOUT, ts_ns, connection.last_packet, events)
            self._forget(connection)
        events.sort(key=by_birth)
        return events or ()

    def is_due(self, ts_ns: int) -> bool:
        """Tell whether time must pass before a packet of this time is taken."""
        return not self.earliest_ns <= ts_ns < self.latest_ns

    def pass_time(self, ts_ns: int) -> Sequence[StreamEvent]:
        """Let time pass to that of packets which were passed over."""
        return self.tick(ts_ns) if self.is_due(ts_ns) else ()

    def finish(self) -> Sequence[StreamEvent]:
        """End all connections: nothing more comes."""
        events: list[StreamEvent] = []
        for connection in self._ageing.everyone():
            connection.close(CloseReason.EOF, connection.last_ns, connection.last_packet, events)
            self._forget(connection)
        events.sort(key=by_birth)
        while (closed := self._ageing.take_victim()) is not None:
            self._forget(closed)
        self.earliest_ns = self.latest_ns = 0
        return events

    # Connections begin.

    def _meet(self, segment: Segment, packet: int) -> Sequence[StreamEvent]:
        """Open a connection, if the segment can begin one."""
        _, key, _, _, flags, payload, missing = segment
        if flags & RST or not (flags & SYN or payload or missing):
            return ()
        back = turned(key)
        if back == key:
            return ()  # from itself to itself: an attack of 1997, no connection
        is_client = not flags & ACK if flags & SYN else self._goes_to_server(key)
        events: list[StreamEvent] = []
        ends = (key, back) if is_client else (back, key)
        connection = self._open(ends, segment[0], packet, events)
        connection.midstream = not flags & SYN
        self._begin(connection, segment, packet, events)
        return events or ()

    def _open(
        self, ends: tuple[bytes, bytes], ts_ns: int, packet: int, events: list[StreamEvent]
    ) -> Connection:
        """Make a connection between a client's key and a server's, and room for it."""
        ledger = self.ledger
        while len(self.streams) // 2 >= self._most:
            self._evict(ts_ns, events)
        ledger.opened += 1
        client_key, server_key = ends
        client, server = Stream(client_key, CLIENT), Stream(server_key, SERVER)
        connection = Connection(
            ledger.opened, client, server, ledger, start_ns=ts_ns, first_packet=packet
        )
        self.streams[client_key] = client
        self.streams[server_key] = server
        self._ageing.place(connection, self._ageing.half_open, ts_ns)
        return connection

    def _begin(
        self, connection: Connection, segment: Segment, packet: int, events: list[StreamEvent]
    ) -> None:
        """Let a new connection take the segment that opened it."""
        stream = connection.from_client
        if stream.key != segment[1]:
            stream = connection.from_server
        stream.packets += 1
        connection.last_ns = segment[0]
        connection.take(stream, segment, packet, events)
        self._look_after(connection, segment[0], events)

    def _goes_to_server(self, key: bytes) -> bool:
        """Guess, by the ports alone, whether a segment goes from client to server."""
        source = int.from_bytes(key[-4:-2], "big")
        destination = int.from_bytes(key[-2:], "big")
        if (source in self._ports) != (destination in self._ports):
            return destination in self._ports
        return destination <= source

    # Connections go on.

    def ask(self, stream: Stream, segment: Segment, packet: int) -> Sequence[StreamEvent]:
        """Take a segment, counted already, that is not the plain next one."""
        connection = stream.connection
        if connection.is_closed:
            return self._meet_again(stream, segment, packet)
        if connection.pace == NEVER:
            return self._glance(stream, segment, packet)
        events: list[StreamEvent] = []
        if connection.take(stream, segment, packet, events):
            self._look_after(connection, segment[0], events)
            return events or ()
        return self._renew(stream, segment, packet, events)

    def _glance(self, stream: Stream, segment: Segment, packet: int) -> Sequence[StreamEvent]:
        """See whether a connection that nobody wants ends, or is a new one that somebody may."""
        connection = stream.connection
        flags = segment[4]
        if flags & SYN and stream.first_seq() != advance(segment[2], 1):
            connection.close(CloseReason.TIMEOUT, segment[0], packet, [])
            self._forget(connection)
            return self._meet(segment, packet)
        stream.ended = stream.ended or bool(flags & FIN)
        if flags & RST or (stream.ended and stream.peer.ended):
            reason = CloseReason.RST if flags & RST else CloseReason.FIN
            connection.close(reason, segment[0], packet, [])
            self._ageing.place(connection, self._ageing.closing, segment[0])
        return ()

    def _meet_again(self, stream: Stream, segment: Segment, packet: int) -> Sequence[StreamEvent]:
        """Read a segment of a connection that has ended: late, or the first of another."""
        connection = stream.connection
        ts_ns, key, seq, _, flags, payload, _ = segment
        if flags & SYN:
            if stream.first_seq() == advance(seq, 1):
                return ()
            self._forget(connection)
            return self._meet(segment, packet)
        if connection.reset_by is not stream or not payload or flags & RST:
            return ()
        if not 0 <= distance(stream.next_seq, seq) <= WINDOW:
            return ()
        # Who resets a connection does not go on: the RST was not his, or was not taken.
        back = stream.peer.key
        ends = (key, back) if stream.side == CLIENT else (back, key)
        self._forget(connection)
        events: list[StreamEvent] = []
        again = self._open(ends, ts_ns, packet, events)
        again.midstream = True
        self._begin(again, segment, packet, events)
        return events or ()

    def _renew(
        self, stream: Stream, segment: Segment, packet: int, events: list[StreamEvent]
    ) -> Sequence[StreamEvent]:
        """End a connection whose ports are used again, and open the new one."""
        old = stream.connection
        claim = old.claim
        reason = CloseReason.TIMEOUT if old.first_end is None else CloseReason.FIN
        old.close(reason, segment[0], packet, events)
        if claim is None or (segment[4] & SYN and not segment[4] & ACK):
            self._forget(old)
            return [*events, *self._meet(segment, packet)]
        here, there = stream.key, stream.peer.key
        ends = (there, here) if claim.by_ack else (here, there)
        self._forget(old)
        new = self._open(ends, claim.ts_ns, claim.packet, events)
        new.from_client.anchor(claim.number)
        new.from_client.firm = True
        self._begin(new, segment, packet, events)
        return events or ()

    # Connections are looked after.

    def _look_after(self, connection: Connection, ts_ns: int, events: list[StreamEvent]) -> None:
        """Put a connection where it belongs after a segment that was not plain."""
        ageing = self._ageing
        if connection.is_closed:
            self._holders.let_go(connection)
            ageing.place(connection, ageing.closing, ts_ns)
            return
        holding = connection.is_holding()
        if connection.queue is ageing.half_open and (
            connection.has_spoken() or connection.has_both() or connection.is_answered()
        ):
            ageing.place(connection, ageing.warm, ts_ns)
        if not holding:
            self._holders.let_go(connection)
            return
        self._holders.note(connection, ts_ns)
        if self.ledger.held_octets > self.ledger.limits.total_octets:
            self._shed(ts_ns, events)

    def _shed(self, ts_ns: int, events: list[StreamEvent]) -> None:
        """Let those that hold for longest hold nothing, until all hold little enough."""
        most = self.ledger.limits.total_octets
        while self.ledger.held_octets > most and (oldest := self._holders.oldest()) is not None:
            self._holders.let_go(oldest)
            oldest.shed_all(ts_ns, events)
            oldest.settle(ts_ns, oldest.last_packet, events)
            self._look_after(oldest, ts_ns, events)

    def _stop_waiting(self, ts_ns: int, events: list[StreamEvent]) -> None:
        """Release what waits for a segment that should have come by now."""
        for _ in range(self._holders.waiting):
            front = self._holders.take_due(ts_ns, self.ledger.limits.reorder_ns)
            if front is None:
                return
            front.settle(ts_ns, front.last_packet, events)
            self._look_after(front, ts_ns, events)

    def _evict(self, ts_ns: int, events: list[StreamEvent]) -> None:
        """Make room for one connection."""
        victim = self._ageing.take_victim()
        if victim is None:
            return
        if not victim.is_closed:
            self.ledger.evicted += 1
            self.ledger.limit_hits["connections"] += 1
            victim.close(CloseReason.EVICTED, ts_ns, victim.last_packet, events)
        self._forget(victim)

    def _forget(self, connection: Connection) -> None:
        """Know nothing of a connection any more."""
        self._holders.let_go(connection)
        self._ageing.remove(connection)
        client, server = connection.from_client, connection.from_server
        del self.streams[client.key]
        del self.streams[server.key]
        unwanted = self.ledger.bypass.keys
        if unwanted:
            unwanted.discard(client.key)
            unwanted.discard(server.key)
        self.near.drop(client)
        self.near.drop(server)
        connection.dissolve()

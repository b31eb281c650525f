"""Knows one connection: its two ends, its two streams, and how it began and ended.

A segment that is not the plain next one comes here: `take` reads its flags, puts its octets into
their stream and lets `order.py` say what can be given. SYN is left to `handshake.py`; finding
connections, and time, to `table.py`, which also holds the short way for plain segments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.capture.frames import ACK, FIN, RST, SYN, URG
from smtpids.config import Limits
from smtpids.tcp import endings, order
from smtpids.tcp.chunk import Stamp, count_differing
from smtpids.tcp.communityid import community_id
from smtpids.tcp.ends import address, address_text, port_of, shared_text
from smtpids.tcp.events import (
    CLIENT,
    SERVER,
    UNKNOWN,
    Closed,
    CloseReason,
    Conflict,
    Limit,
    Urgent,
)
from smtpids.tcp.handshake import Claim, answers_syn, confirms, greets, is_claimed, make_claim
from smtpids.tcp.ledger import Ledger
from smtpids.tcp.sequence import advance
from smtpids.tcp.stream import WINDOW, Stream

if TYPE_CHECKING:
    from smtpids.capture.frames import Segment
    from smtpids.tcp.ageing import Queue
    from smtpids.tcp.events import StreamEvent

# How a segment without SYN, FIN or RST is treated: `Connection.pace`.
SLOW: Final = 0  # with all questions
FAST: Final = 1  # nothing waits, so the next octets can be given at once
NEVER: Final = 2  # nobody wants to know

_FLAGS: Final = SYN | FIN | RST | ACK | URG


class Connection:
    """A TCP connection; the upper layers read it, the table moves it."""

    __slots__ = (
        "_community_id",
        "after",
        "before",
        "claim",
        "first_end",
        "first_packet",
        "from_client",
        "from_server",
        "is_alone",
        "is_closed",
        "last_ns",
        "last_packet",
        "ledger",
        "limits_said",
        "midstream",
        "pace",
        "placed_ns",
        "queue",
        "reset_by",
        "session",
        "start_ns",
        "told",
        "uid",
        "wait_ns",
    )

    def __init__(
        self,
        uid: int,
        from_client: Stream,
        from_server: Stream,
        ledger: Ledger,
        *,
        start_ns: int,
        first_packet: int,
    ) -> None:
        self.uid = uid
        """A running number."""
        self.from_client = from_client
        self.from_server = from_server
        from_client.connection = from_server.connection = self
        from_client.peer, from_server.peer = from_server, from_client
        self.ledger = ledger
        self.start_ns = start_ns
        self.first_packet = first_packet
        self.last_ns = start_ns
        self.last_packet = first_packet
        self.midstream = False
        """No SYN was captured, so who is the client is a guess."""
        self.is_alone = False
        """Nothing waits for the other side any more: it was not captured so far."""
        self.is_closed = False
        self.pace = SLOW
        self.claim: Claim | None = None
        self.first_end: Stream | None = None
        self.reset_by: Stream | None = None
        self.limits_said = ""
        self.told = False
        """Something beside its octets was said of it."""
        self.session: object = None
        """For the layer above: what it knows of this connection."""
        self.queue: Queue | None = None
        """Where the table has it, by its age; and its neighbours there."""
        self.before: Connection | None = None
        self.after: Connection | None = None
        self.placed_ns = start_ns
        self.wait_ns = 0
        self._community_id = ""

    # What the upper layers read.

    @property
    def client_ip(self) -> bytes:
        """The client's address: 4 or 16 octets."""
        return address(self.from_client.key)

    @property
    def server_ip(self) -> bytes:
        """The server's address: 4 or 16 octets."""
        return address(self.from_server.key)

    @property
    def client_port(self) -> int:
        """The client's port."""
        return port_of(self.from_client.key)

    @property
    def server_port(self) -> int:
        """The server's port."""
        return port_of(self.from_server.key)

    @property
    def client(self) -> str:
        """The client's address as text."""
        return address_text(self.client_ip)

    @property
    def server(self) -> str:
        """The server's address as text."""
        return shared_text(self.server_ip)

    @property
    def community_id(self) -> str:
        """The name that other tools give this connection too."""
        if not self._community_id:
            self._community_id = community_id(self.from_client.key, self.from_server.key)
        return self._community_id

    @property
    def packets(self) -> int:
        """Segments seen of both sides."""
        return self.from_client.packets + self.from_server.packets

    @property
    def seen(self) -> tuple[int, int]:
        """Segments seen of the client and of the server; a zero tells a one-sided capture."""
        return self.from_client.packets, self.from_server.packets

    def has_both(self) -> bool:
        """Tell whether a segment was seen of either side."""
        return self.from_client.packets > 0 and self.from_server.packets > 0

    def has_heard(self, side: int) -> bool:
        """Tell whether a segment was seen of the other side than `side`."""
        return (self.from_server if side == CLIENT else self.from_client).packets > 0

    @property
    def delivered(self) -> tuple[int, int]:
        """Octets given so far of the client and of the server, gaps included."""
        return self.from_client.delivered, self.from_server.delivered

    @property
    def ignored(self) -> bool:
        """Nobody wants to know of this connection."""
        return self.pace == NEVER

    def ignore(self) -> None:
        """Drop what is held and say nothing more, not even the end."""
        if not self.is_closed:
            self.pace = NEVER
            self.forget_octets()
            self.ledger.bypass.keys |= {self.from_client.key, self.from_server.key}

    def swap(self) -> None:
        """Turn client and server around; events made from now on have the other `side`."""
        self.from_client, self.from_server = self.from_server, self.from_client
        self.from_client.side = CLIENT
        self.from_server.side = SERVER

    # What the table asks.

    def has_spoken(self) -> bool:
        """Say whether an event was made of this connection."""
        return self.told or self.from_client.delivered + self.from_server.delivered > 0

    def is_holding(self) -> bool:
        """Say whether anything waits in one of the streams."""
        return self.from_client.held is not None or self.from_server.held is not None

    def is_answered(self) -> bool:
        """Say whether what is held was not just octets in a SYN."""
        client = self.from_client
        return self.is_holding() and (client.sure or not client.firm)

    def is_young(self) -> bool:
        """Say whether a reordered handshake may still come."""
        return self.packets <= self.ledger.limits.reorder_segments

    def forget_octets(self) -> None:
        """Drop all that is held and remembered of both streams."""
        self.from_client.clear()
        self.from_server.clear()

    def dissolve(self) -> None:
        """Break the circle of streams and connection, so that memory returns at once."""
        client, server = self.from_client, self.from_server
        client.connection = server.connection = _NOWHERE
        client.peer = server.peer = _NOBODY

    def take(
        self, stream: Stream, segment: Segment, packet: int, events: list[StreamEvent]
    ) -> bool:
        """Read one segment of `stream` and add what it causes to `events`.

        Return False if it does not belong here but begins a new connection between the two ends.
        """
        ts_ns, _, seq, ack, flags, payload, missing = segment
        self.last_packet = packet
        if flags & _FLAGS == FIN | ACK and order.end_plainly(self, stream, segment, packet, events):
            self.settle(ts_ns, packet, events)
            return True
        if self.claim is not None:
            if confirms(self.claim, stream, seq, ack, flags):
                return False
            if is_claimed(self.claim, stream, seq):
                return True
        if flags & SYN:
            if not greets(self, stream, seq, ack, flags):
                self.claim = make_claim(self, stream, seq, ack, flags)
                self.pace = SLOW
                # Who sent FIN may use the port again; the other side's FIN was not captured.
                return stream.fin < 0 or bool(flags & ACK)
            seq = advance(seq, 1)
        answers_syn(stream, seq, ack, flags, holds=bool(payload))
        if flags & ACK:
            order.acknowledge(self, stream, seq, ack, payload, ts_ns)
        stamp = Stamp(ts_ns, packet, ack if flags & ACK else -1, self.packets)
        if flags & RST:
            endings.reset(stream, seq, stamp)
        elif flags & (SYN | ACK) == SYN and stream.sure:
            pass  # a SYN that comes again when its octets were refused or had none
        elif payload or missing or flags & FIN:
            self._accept(stream, segment, seq, stamp, events)
        self.settle(ts_ns, packet, events)
        if flags & URG and payload and self.has_spoken() and not self.is_closed:
            events.append(Urgent(self, stream.side, ts_ns, packet))
        return True

    def settle(self, ts_ns: int, packet: int, events: list[StreamEvent]) -> None:
        """Give what can be given, keep the limits, and close if that was the end."""
        if self.is_holding():
            order.pump(self, events)
            order.resolve(self, ts_ns, packet, events, force=False)
            most = self.ledger.limits.stream_octets
            if self.from_client.charge > most or self.from_server.charge > most:
                self._say_limit("stream_octets", ts_ns, packet, events)
                self.shed(most, ts_ns, packet, events)
        if self.reset_by is not None:
            self.close(CloseReason.RST, ts_ns, packet, events)
        elif self.from_client.ended and self.from_server.ended:
            self.close(CloseReason.FIN, ts_ns, packet, events)
        elif self.pace != NEVER:
            self.pace = FAST if self._is_plain() else SLOW

    def shed(self, most: int, ts_ns: int, packet: int, events: list[StreamEvent]) -> None:
        """Hold no more than `most` of either stream.

        What the receiver acknowledged is not waited for any longer. Other holes stay, and the
        octets farthest behind them go: were the hole given up, an attacker could make it, by a
        segment the receiver does not take, as large as what he wants to hide.
        """
        order.resolve(self, ts_ns, packet, events, force=True)
        self.from_client.drop_farthest(most)
        self.from_server.drop_farthest(most)

    def shed_all(self, ts_ns: int, events: list[StreamEvent]) -> None:
        """Hold nothing, for the sake of all connections together."""
        self._say_limit("total_octets", ts_ns, self.last_packet, events)
        self.shed(0, ts_ns, self.last_packet, events)

    def close(
        self, reason: CloseReason, ts_ns: int, packet: int, events: list[StreamEvent]
    ) -> None:
        """Give what is held, with gaps where octets lack, and say the end."""
        if self.is_closed:
            return
        self.is_closed = True
        if self.pace != NEVER:
            order.flush(self, ts_ns, packet, events)
            if self.reset_by is not None:
                reason = CloseReason.RST
            elif self.from_client.ended and self.from_server.ended:
                # the ends of both sides waited behind a hole until now
                reason = CloseReason.FIN
            if self.has_spoken():
                began = self.reset_by if reason is CloseReason.RST else self.first_end
                side = UNKNOWN if began is None else began.side
                events.append(Closed(self, reason, side, ts_ns, packet))
            self.pace = SLOW
        else:
            self.session = None  # no event comes that asks for it
        self.ledger.closed_by_reason[reason] += 1
        self.forget_octets()

    # What a segment says.

    def _accept(
        self, stream: Stream, segment: Segment, seq: int, stamp: Stamp, events: list[StreamEvent]
    ) -> None:
        """Put the octets of a segment and its FIN into the stream."""
        payload, missing = segment[5], segment[6]
        if stream.next_seq < 0 or stream.may_begin_at(seq):
            stream.anchor(seq)
            stream.sure = stream.sure or self.midstream
        offset = stream.offset_of(seq)
        ahead = offset - stream.delivered
        if not -WINDOW <= ahead <= WINDOW:
            return
        if ahead == -1 and len(payload) <= 1 and not segment[4] & FIN:
            return  # a keep-alive; its octet is anything (RFC 9293 3.8.4)
        if ahead < 0 and payload and stream.may_move_back(seq):
            stream.anchor(seq)
            offset = stream.delivered
        if ahead == 0 and self.claim is not None and payload:
            self.claim = None  # the old connection lives
        end = offset + len(payload)
        endings.goes_on(stream, end + missing, fin=bool(segment[4] & FIN))
        if payload:
            differing, known = stream.put(offset, payload, stamp)
            if stream.refused and offset == 0:
                both = min(len(stream.refused), len(payload))
                differing += count_differing(stream.refused[:both], payload[:both])
                stream.refused = b""
            self.ledger.retransmissions += known
            if differing:
                self.ledger.conflicts += 1
                conflict = Conflict(self, stream.side, differing, stamp.ts_ns, stamp.packet)
                events.append(conflict)
                self.told = True
        if missing:
            stream.put_cut(end, missing, stamp)
        if segment[4] & FIN and stream.fin < 0:
            stream.put_fin(end + missing, stamp)

    def _say_limit(self, name: str, ts_ns: int, packet: int, events: list[StreamEvent]) -> None:
        """Count a limit each time; tell it once a connection."""
        self.ledger.limit_hits[name] += 1
        if name not in self.limits_said:
            self.limits_said += name
            events.append(Limit(self, name, ts_ns, packet))
            self.told = True

    def _is_plain(self) -> bool:
        """Say whether the next octets of either side can be given without a question."""
        client, server = self.from_client, self.from_server
        return (
            client.held is None
            and server.held is None
            and client.fin < 0
            and server.fin < 0
            and client.next_seq >= 0
            and server.next_seq >= 0
            and self.claim is None
            and not client.refused
        )


# Where the streams of a forgotten connection belong.
_NOBODY: Final = Stream(b"", UNKNOWN)
_NOWHERE: Final = Connection(
    0, _NOBODY, Stream(b"", UNKNOWN), Ledger(Limits()), start_ns=0, first_packet=0
)

"""Brings the two streams of a connection into the order in which things happened.

The two directions of a capture are not in that order: a command may be captured before the reply
that it answers. The acknowledgement number tells, for what a segment acknowledges was there before
it. So a chunk is given when it is next in its own stream *and* what it acknowledges of the other
stream was given. Three things can keep it waiting:

- a hole in its own stream that the receiver has not acknowledged. The octets were lost on the way
  and come again; there is no hurry, only a limit to what is held.
- a hole, in either stream, that the receiver has acknowledged. The octets did arrive, so it is
  the capture that lacks or reordered them. They may come within a few segments; then it is a Gap.
- the other side was never captured. After the same few segments the connection is taken to be
  one-sided: from then on nothing waits for the other side, and a hole is given up a little later
  than otherwise, as no acknowledgement can tell whether it will be filled.

A gap may prove wrong (an acknowledgement was forged, or the capture was reordered more than that).
If the octets come after all and nothing was given behind the gap, they are given behind it.

An acknowledgement of one octet beyond the last may mean a FIN that the capture lost. It is waited
for like any other; but then, as long as nothing follows it, no gap is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.tcp import endings
from smtpids.tcp.chunk import CUT, DATA, FIN_END, RST_END, Chunk
from smtpids.tcp.events import UNKNOWN, Gap, HalfClosed, Octets
from smtpids.tcp.sequence import MASK
from smtpids.tcp.stream import WINDOW, Stream

if TYPE_CHECKING:
    from smtpids.capture.frames import Segment
    from smtpids.tcp.connection import Connection
    from smtpids.tcp.events import StreamEvent

ONE_SIDED_PATIENCE: Final = 4
"""How much longer a hole waits when no acknowledgement is captured: a retransmission that no
duplicate acknowledgement hastens comes after one to three seconds (RFC 6298 2.1, 5.5)."""

_BLOCKED: Final = -2


def acknowledge(
    connection: Connection, stream: Stream, seq: int, ack: int, payload: bytes, ts_ns: int
) -> None:
    """Note what a segment of `stream` acknowledges of the other stream."""
    peer = stream.peer
    if peer.next_seq < 0:
        # The SYN+ACK was not captured, but this is the third segment of the handshake; or the
        # first of a capture, which begins where the two ends were.
        third = stream.firm and not payload and seq == stream.first_seq()
        if third or (connection.midstream and connection.packets == 1):
            peer.anchor(ack)
            peer.sure = True
        return
    offset = peer.offset_of(ack)
    if offset <= 0 and not peer.firm and peer.delivered == 0:
        peer.anchor(ack)
        peer.sure = True
    else:
        peer.note_ack(offset, ts_ns, connection.packets)


def end_plainly(
    connection: Connection,
    stream: Stream,
    segment: Segment,
    packet: int,
    events: list[StreamEvent],
) -> bool:
    """Take a FIN if it is the plain next one, to the same end as `put_fin` and `_drain`.

    So most connections end: nothing waits, no octets come with the FIN, and all that the other
    side said is acknowledged, perhaps with its FIN.
    """
    ts_ns, _, seq, ack, _, payload, missing = segment
    peer = stream.peer
    if (
        payload
        or missing
        or seq != stream.next_seq
        or stream.fin >= 0
        or stream.acked > stream.delivered
        or not (stream.sure and peer.sure)
        or connection.claim is not None
        or connection.is_holding()
    ):
        return False
    if ack != peer.next_seq and not (peer.ended and ack == (peer.next_seq + 1) & MASK):
        return False
    peer.acked = max(peer.acked, peer.delivered)
    stream.acked = min(stream.acked, stream.delivered)
    stream.fin = stream.delivered
    _end(connection, stream, ts_ns, packet, events)
    return True


def pump(connection: Connection, events: list[StreamEvent]) -> None:
    """Give everything that waits for nothing."""
    client, server = connection.from_client, connection.from_server
    while _drain(connection, client, events) or _drain(connection, server, events):
        pass


def resolve(
    connection: Connection, ts_ns: int, packet: int, events: list[StreamEvent], *, force: bool
) -> None:
    """Give up what the capture owes for too long, or at once with `force`, and give the rest."""
    while connection.is_holding():
        if not (
            _settle(connection, connection.from_client, ts_ns, packet, events, force=force)
            or _settle(connection, connection.from_server, ts_ns, packet, events, force=force)
            or _untangle(connection, events)
        ):
            return
        pump(connection, events)


def flush(connection: Connection, ts_ns: int, packet: int, events: list[StreamEvent]) -> None:
    """Give everything that is held, and a gap for each hole before it or acknowledged behind it."""
    client, server = connection.from_client, connection.from_server
    while connection.is_holding():
        pump(connection, events)
        resolve(connection, ts_ns, packet, events, force=True)
        for stream in (client, server):
            endings.forget_unsaid(stream)
            if stream.held is None:
                continue
            end = stream.held[0].offset
            if end > stream.delivered:
                _give_up(connection, stream, end, ts_ns, packet, events)
            else:
                _drain(connection, stream, events, force=True)
            break
    end = _lost_until(client)
    if end >= 0:
        _give_up(connection, client, end, ts_ns, packet, events)
    end = _lost_until(server)
    if end >= 0:
        _give_up(connection, server, end, ts_ns, packet, events)


def awaits_time(connection: Connection) -> bool:
    """Say whether time alone can end the waiting of this connection."""
    if not connection.is_holding():
        return False
    client, server = connection.from_client, connection.from_server
    one_sided = client.packets == 0 or server.packets == 0
    if one_sided or not (client.sure or client.firm) or not (server.sure or server.firm):
        return True
    return _lost_until(client) >= 0 or _lost_until(server) >= 0


def _drain(
    connection: Connection, stream: Stream, events: list[StreamEvent], *, force: bool = False
) -> bool:
    """Give the chunks of one stream that are next and wait for nothing; the first by `force`."""
    held = stream.held
    if held is None or not (stream.sure or (force and not stream.firm)):
        return False
    count = 0
    for chunk in held:
        if chunk.offset != stream.delivered or (stream.ended and chunk.kind <= CUT):
            break
        seen = _seen(connection, stream, chunk)
        if seen == _BLOCKED:
            if count or not force:
                break
            seen = UNKNOWN
        count += 1
        _give(connection, stream, chunk, seen, events)
    if count:
        stream.release(count)
    return count > 0


def _give(
    connection: Connection, stream: Stream, chunk: Chunk, seen: int, events: list[StreamEvent]
) -> None:
    """Say what one chunk is."""
    first_end = connection.first_end
    if chunk.kind <= CUT and first_end is not None and not connection.has_spoken():
        # Only now is there something to tell of this connection, so its end is told late.
        events.append(HalfClosed(connection, first_end.side, chunk.ts_ns, chunk.packet))
    if chunk.kind == DATA:
        stream.remember(chunk.data)
        events.append(Octets(connection, stream.side, chunk.data, chunk.ts_ns, chunk.packet, seen))
    elif chunk.kind == CUT:
        _say_gap(connection, stream, chunk.end, chunk.ts_ns, chunk.packet, events)
    elif chunk.kind == FIN_END:
        _end(connection, stream, chunk.ts_ns, chunk.packet, events)
    else:
        connection.reset_by = stream


def _end(
    connection: Connection, stream: Stream, ts_ns: int, packet: int, events: list[StreamEvent]
) -> None:
    """Say that one side has said all."""
    stream.ended = True
    if connection.first_end is None:
        connection.first_end = stream
    if connection.has_spoken():
        events.append(HalfClosed(connection, stream.side, ts_ns, packet))


def _seen(connection: Connection, stream: Stream, chunk: Chunk) -> int:
    """Return how much of the other stream was acknowledged by a chunk, or that it must wait."""
    if chunk.ack < 0:
        return UNKNOWN
    peer = stream.peer
    waits = peer.packets == 0 and not connection.is_alone and not connection.midstream
    if peer.next_seq < 0:
        return _BLOCKED if waits else UNKNOWN
    need = peer.offset_of(chunk.ack)
    if 0 <= peer.fin < need:
        if not peer.ended:
            return _BLOCKED
        need = peer.fin
    if need <= max(peer.delivered, peer.waived):
        return max(need, UNKNOWN)
    if need - peer.delivered > WINDOW:
        return UNKNOWN
    if peer.packets == 0 and not waits:
        return need
    # Again, for the chunk may have come before anybody knew where the other stream begins.
    peer.note_ack(need, chunk.ts_ns, chunk.arrival)
    return _BLOCKED


def _settle(
    connection: Connection,
    stream: Stream,
    ts_ns: int,
    packet: int,
    events: list[StreamEvent],
    *,
    force: bool,
) -> bool:
    """Give up what is due in one stream; return whether there was anything."""
    end = _lost_until(stream)
    if end >= 0:
        arrival, since_ns, patience = stream.lost_arrival, stream.lost_ns, 1
    elif stream.held is not None and not (stream.sure or stream.firm):
        head = stream.held[0]
        arrival, since_ns, patience = head.arrival, head.ts_ns, 1
    elif stream.held is not None and stream.peer.packets == 0:
        head = stream.held[0]
        arrival, since_ns, end = head.arrival, head.ts_ns, head.offset
        patience = 1 if end == stream.delivered else ONE_SIDED_PATIENCE
    else:
        return False
    limits = connection.ledger.limits
    if (
        not force
        and connection.packets - arrival <= limits.reorder_segments * patience
        and ts_ns - since_ns < limits.reorder_ns * patience
    ):
        return False
    if stream.went_on and stream.held is not None and stream.held[-1].kind == RST_END:
        endings.retract_rst(stream)
    elif not (stream.sure or stream.firm):
        stream.sure = True
    elif end == stream.delivered:
        if connection.is_alone:
            return False
        connection.is_alone = True
    else:
        _give_up(connection, stream, end, ts_ns, packet, events)
    return True


def _lost_until(stream: Stream) -> int:
    """Return where the hole behind `delivered` ends that the capture owes; -1 if there is none."""
    if stream.acked <= stream.delivered or stream.packets == 0:
        return -1
    if stream.held is None:
        return stream.acked if stream.acked > stream.waived else -1
    head = stream.held[0].offset
    return min(stream.acked, head) if head > stream.delivered else -1


def _give_up(
    connection: Connection,
    stream: Stream,
    end: int,
    ts_ns: int,
    packet: int,
    events: list[StreamEvent],
) -> None:
    """Wait no longer for the octets up to `end`."""
    if end == stream.delivered + 1 and stream.held is None and stream.fin < 0:
        stream.waived = end
    elif connection.midstream and not (stream.firm or stream.delivered):
        # the capture began behind them
        stream.anchor((stream.next_seq + end) & MASK)
    else:
        # told where it shows, which is before what follows it, not where patience ends
        for side in (stream, stream.peer):
            if side.held is not None and side.held[0].packet < packet:
                ts_ns, packet = side.held[0].ts_ns, side.held[0].packet
        _say_gap(connection, stream, end, ts_ns, packet, events)


def _say_gap(
    connection: Connection,
    stream: Stream,
    end: int,
    ts_ns: int,
    packet: int,
    events: list[StreamEvent],
) -> None:
    length = end - stream.delivered
    stream.skip(length)
    connection.ledger.gap_octets[stream.side] += length
    events.append(Gap(connection, stream.side, length, ts_ns, packet))


def _untangle(connection: Connection, events: list[StreamEvent]) -> bool:
    """Give the older of two chunks that wait for each other; no honest pair of ends makes them."""
    client, server = connection.from_client, connection.from_server
    if client.held is None or server.held is None or not (client.sure and server.sure):
        return False
    one, other = client.held[0], server.held[0]
    if one.offset != client.delivered or other.offset != server.delivered:
        return False
    first = client if one.arrival <= other.arrival else server
    return _drain(connection, first, events, force=True)

"""Reads SYN segments: where the streams begin, who is the client, and whether ports are used again.

A SYN that fits what is known completes it, in whatever order the handshake was captured. A SYN with
another number inside a living connection proves nothing: the server answers it with a challenge
(RFC 9293 3.10.7.4) and the session goes on, so it must not end the session for the sensor either.
It is remembered as a *claim*, and a new connection begins only when the other end agrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.capture.frames import ACK, RST, SYN
from smtpids.tcp.sequence import MASK, distance

if TYPE_CHECKING:
    from smtpids.tcp.connection import Connection
    from smtpids.tcp.stream import Stream


FAR: Final = 1 << 20
"""Octets: well beyond what a mail session has under way, well below what separates two
initial sequence numbers (RFC 6528), but for one chance in two thousand."""


REFUSED_OCTETS: Final = 64
"""Kept of a SYN's octets that were not taken: enough to see that others stand in their place."""


class Claim:
    """Somebody said that these two ends begin anew.

    The claim holds when `witness` confirms `number`: by acknowledging it (`by_ack`), or by
    sending from it. A number that is not `far` from the old connection's own could be confirmed
    by what the old one says anyway, so then only a SYN+ACK counts.
    """

    __slots__ = ("by_ack", "far", "number", "packet", "ts_ns", "witness")

    def __init__(
        self, witness: Stream, number: int, *, by_ack: bool, far: bool, ts_ns: int, packet: int
    ) -> None:
        self.witness = witness
        self.number = number
        self.by_ack = by_ack
        self.far = far
        self.ts_ns = ts_ns
        self.packet = packet


def greets(connection: Connection, stream: Stream, seq: int, ack: int, flags: int) -> bool:
    """Fit a SYN into what is known of the connection; return False if it does not fit."""
    start = (seq + 1) & MASK
    known = stream.first_seq() == start
    if not known and not _may_begin(connection, stream):
        return False
    peer = stream.peer
    if flags & ACK and peer.delivered == 0 and not (known and peer.firm) and not _covers(peer, ack):
        peer.anchor(ack)
    if not known:
        stream.anchor(start)
    # a SYN that comes again does not make its octets sure
    stream.sure = stream.sure or not stream.firm
    stream.firm = True
    if flags & ACK:
        peer.firm = True
    server = stream if flags & ACK else peer
    if connection.midstream and server is connection.from_client and not connection.has_spoken():
        connection.swap()
    connection.midstream = False
    return True


def answers_syn(stream: Stream, seq: int, ack: int, flags: int, *, holds: bool) -> None:
    """Learn from a segment of `stream` whether the octets in a SYN were taken (RFC 7413).

    They wait until then: who does not take them leaves them out of the SYN+ACK, and the client may
    say something else in their place. `seq` is that of the first octet.
    """
    peer = stream.peer
    if flags & SYN and not flags & ACK:
        if holds and stream.held is None and stream.delivered == 0 and peer.packets == 0:
            stream.sure = False
    elif flags & SYN:
        if not peer.sure and peer.next_seq >= 0:
            _take_until(peer, peer.offset_of(ack))
    elif stream.firm and not stream.sure and not flags & RST:
        # no SYN+ACK was captured; the client says where it goes on
        _take_until(stream, stream.offset_of(seq))


def _take_until(stream: Stream, offset: int) -> None:
    """Drop octets of the SYN from `offset` on; some are kept to compare with what is said there."""
    held = stream.held
    if held is not None and offset <= 0 and held[0].ack < 0:
        stream.refused = held[0].data[:REFUSED_OCTETS]
    stream.keep_until(offset)
    stream.sure = True


def _may_begin(connection: Connection, stream: Stream) -> bool:
    """Say whether a SYN may still move where `stream` begins."""
    if stream.delivered > 0:
        return False
    if stream.firm:
        # A second attempt with another number, before anybody answered the first.
        return stream.peer.packets == 0 and stream.held is None
    # What began in the middle long ago does not get its handshake now.
    return not connection.midstream or connection.is_young()


def _covers(peer: Stream, ack: int) -> bool:
    """Say whether `ack` of a SYN+ACK fits where `peer` began, octets in its SYN included."""
    if not peer.firm or peer.next_seq < 0:
        return False
    return 0 <= distance(peer.next_seq, ack) <= peer.last_offset()


def make_claim(
    connection: Connection, stream: Stream, seq: int, ack: int, flags: int
) -> Claim | None:
    """Return what must follow for a SYN that does not fit to be the start of a new connection."""
    start = (seq + 1) & MASK
    if flags & ACK:
        # The SYN was not captured: its sender goes on where the SYN+ACK says.
        witness, number, by_ack = stream.peer, ack, False
        far = _is_far(stream.peer, ack)
    else:
        by_ack = stream.peer.packets > 0
        witness, number = stream.peer if by_ack else stream, start
        far = _is_far(stream, start)
    if not far and not by_ack:
        return None
    when, packet = connection.last_ns, connection.last_packet
    return Claim(witness, number, by_ack=by_ack, far=far, ts_ns=when, packet=packet)


def _is_far(stream: Stream, seq: int) -> bool:
    """Say whether no segment of the old connection can have the number by chance or design."""
    return stream.next_seq < 0 or abs(distance(stream.next_seq, seq)) > FAR


def confirms(claim: Claim, stream: Stream, seq: int, ack: int, flags: int) -> bool:
    """Say whether a segment confirms the claim."""
    if stream is not claim.witness or flags & RST:
        return False
    if claim.by_ack:
        return bool(flags & ACK) and ack == claim.number and (claim.far or bool(flags & SYN))
    return not flags & SYN and seq == claim.number


def is_claimed(claim: Claim, stream: Stream, seq: int) -> bool:
    """Say whether a segment belongs to the new connection, if there is one."""
    if not claim.by_ack or not claim.far or stream is claim.witness:
        return False
    return 0 <= distance(claim.number, seq) <= FAR

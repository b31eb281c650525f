"""Judges FIN and RST, which need not be what they seem.

A receiver takes a RST whose number is the next one, asks again for others within its window
(RFC 5961 3.2), and ignores the rest. A tap cannot see what the receiver did, nor whether the
segment reached it at all; but it sees whether the two go on. So:

- a RST behind octets that were given or acknowledged is ignored, and so is one far ahead.
- a RST ahead waits for the octets before it, which the capture may lack or reorder. If its sender
  goes on in the meantime, without filling the place before it, it was none.
- octets behind a FIN wait. If the receiver acknowledges them, the FIN was none (it did not get
  there, or its number was not the next one); else they were never said.

A RST with the right number ends the connection; if its sender goes on, the connection is opened
again in mid-stream (`table.py`), for by then the end is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.tcp.chunk import CUT, RST_END, Stamp

if TYPE_CHECKING:
    from smtpids.tcp.stream import Stream

RST_TOLERANCE: Final = 65_535
"""How far ahead of the next octet a RST may be: a window without scaling. The capture may lack
the last segments before it."""


def reset(stream: Stream, seq: int, stamp: Stamp) -> None:
    """Hold a RST behind what came before it, if its number is believable (RFC 9293 3.5.3)."""
    if stream.next_seq >= 0:
        offset = stream.offset_of(seq)
        if offset < stream.acked:
            return
        if offset == stream.last_offset() + 1:
            offset -= 1  # behind a FIN, captured or not
        if not 0 <= offset - stream.delivered <= RST_TOLERANCE:
            return
        place = stream.put_rst(offset, stamp)
        stream.went_on = False
        # Nothing is sent again after a RST, so a hole before it is the capture's; but what it
        # implies is waited for anew, however old an acknowledged hole before it is.
        if place > max(stream.acked, stream.delivered):
            stream.note_ack(place, stamp.ts_ns, stamp.arrival)
            stream.lost_ns, stream.lost_arrival = stamp.ts_ns, stamp.arrival
        return
    # The first segment of this side: it refuses, and must answer what the other sent.
    peer = stream.peer
    if stamp.ack < 0 or peer.next_seq < 0:
        return
    if abs(peer.offset_of(stamp.ack) - peer.last_offset()) <= RST_TOLERANCE:
        stream.sure = True
        if not peer.sure:
            # what the SYN held was refused with it
            forget_unsaid(peer)
            peer.acked = peer.delivered
            stamp.ack = -1
        stream.put_rst(0, stamp)


def goes_on(stream: Stream, end: int, *, fin: bool) -> None:
    """Note that the sender of a RST that waits has octets up to `end`, or a FIN there."""
    if stream.held is None:
        return
    last = stream.held[-1]
    if last.kind != RST_END:
        return
    if end > last.offset or (fin and end < last.offset):
        retract_rst(stream)
    else:
        stream.went_on = True


def retract_rst(stream: Stream) -> None:
    """Take back a RST that waits, and what it said of the octets before it."""
    stream.went_on = False
    stream.drop_kind(RST_END, RST_END)
    stream.acked = stream.delivered


def refute_fin(stream: Stream) -> None:
    """Take back a FIN: the receiver acknowledged octets behind it, so it never took it."""
    stream.drop_fin()
    connection = stream.connection
    if connection.first_end is stream:
        connection.first_end = None


def forget_unsaid(stream: Stream) -> None:
    """Drop what the other side cannot have taken: octets behind a FIN, or in a SYN not answered."""
    if stream.ended:
        stream.drop_kind(0, CUT)
    elif stream.firm and not stream.sure:
        stream.clear()

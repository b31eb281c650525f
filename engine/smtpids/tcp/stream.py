"""Puts one direction's octets in order.

Octets have *offsets*, counted from the first data octet of the stream; Python's integers do not
wrap, so the 32 bits of the wire matter only where a segment comes in. `delivered` is the offset up
to which everything was given upwards, as octets or as a gap, and `next_seq` is the sequence number
that belongs to it. What cannot be given yet waits in `held`: chunks in order of offset that never
overlap, because a new segment is cut to the places that are still free. So the first copy of an
octet wins, and the cutting is where a later copy is compared with the first.

A retransmission of octets that were given is compared too: the stream keeps references to the last
few payloads, its *tail*, within `limits.tail_octets`; a connection that has been quiet for a while
has none. An attacker who shows the sensor one copy and the server another must send both before
the server acknowledges one of them, that is within a window; the usual ones are 16 to 64 KiB, and
the first quarter of such a window is enough to see that it is done at all.

What the other direction has to do with the order, and when a hole is given up, is decided in
`connection.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from smtpids.tcp import endings
from smtpids.tcp.chunk import (
    CUT,
    DATA,
    FIN_END,
    PIECE_OCTETS,
    RST_END,
    Chunk,
    Stamp,
    count_differing,
)
from smtpids.tcp.sequence import HALF, MASK, precedes

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.tcp.connection import Connection

WINDOW: Final = 1 << 30
"""The largest window TCP knows (RFC 7323 2.3); what is farther away belongs to nothing."""
_END: Final = attrgetter("end")


class Stream:
    """One direction of a connection. Its state is read and moved by `Connection` and the table."""

    __slots__ = (
        "acked",
        "charge",
        "connection",
        "delivered",
        "ended",
        "ends",
        "fin",
        "firm",
        "gap_seq",
        "held",
        "key",
        "lost_arrival",
        "lost_ns",
        "next_seq",
        "packets",
        "peer",
        "ports",
        "refused",
        "side",
        "sure",
        "tail",
        "tail_charge",
        "waived",
        "went_on",
    )

    connection: Connection
    peer: Stream
    ends: i64
    ports: i64

    def __init__(self, key: bytes, side: int) -> None:
        self.key = key
        """As in `Segment`."""
        self.ends, self.ports = 0, -1
        """Its addresses and ports as numbers, while it stands in `near.py`."""
        self.side = side
        self.packets: i64 = 0
        self.next_seq: i64 = -1
        """The sequence number of offset `delivered`; -1 until something tells it."""
        self.firm = False
        """The handshake told where the stream begins, so octets before a first segment lack."""
        self.sure = False
        """Something told where the stream begins, or nothing will: its octets may be given."""
        self.delivered: i64 = 0
        self.acked = 0
        """The highest offset that the other side acknowledged beyond `delivered`."""
        self.lost_ns = 0
        self.lost_arrival = 0
        """When `acked` went beyond `delivered`: since then the capture owes octets."""
        self.waived = 0
        """An offset up to which an acknowledgement counts as met: it may be that of a FIN."""
        self.fin = -1
        self.ended = False
        self.went_on = False
        """The sender of a RST that waits has sent octets since."""
        self.refused = b""
        """Octets of a SYN that the other side did not take."""
        self.gap_seq: i64 = -1
        """Where the last gap began, as long as nothing was given after it."""
        self.held: list[Chunk] | None = None
        self.charge = 0
        self.tail: list[bytes] | None = None
        self.tail_charge: i64 = 0

    # Where things are.

    def offset_of(self, seq: int) -> int:
        """Return the offset of a sequence number; `next_seq` must be known."""
        return self.delivered + ((seq - self.next_seq + HALF) & MASK) - HALF

    def first_seq(self) -> int:
        """Return the sequence number of the first data octet, -1 if it is not known."""
        return -1 if self.next_seq < 0 else (self.next_seq - self.delivered) & MASK

    def anchor(self, seq: int) -> None:
        """Let offset `delivered` be at `seq`, and move what is held and acknowledged with it."""
        if self.next_seq >= 0:
            shift = ((self.next_seq - seq + HALF) & MASK) - HALF
            # What was not acknowledged beyond `delivered` is not by moving.
            if self.acked > self.delivered:
                self.acked = max(self.acked + shift, self.delivered)
            if self.waived > self.delivered:
                self.waived = max(self.waived + shift, self.delivered)
            if self.fin >= 0:
                self.fin += shift
            if self.held is not None:
                for chunk in self.held:
                    chunk.offset += shift
                    chunk.end += shift
                kept = [chunk for chunk in self.held if chunk.offset >= self.delivered]
                self._keep(kept)
        self.next_seq = seq

    def note_ack(self, offset: int, ts_ns: int, arrival: int) -> None:
        """Note that the other side acknowledged everything before `offset`."""
        if offset <= self.acked or offset - self.delivered > WINDOW:
            return
        if self.fin >= 0 and offset > self.fin:
            if offset > self.fin + 1:
                endings.refute_fin(self)
            else:
                offset = self.fin
        if self.acked <= self.delivered < offset:
            self.lost_ns = ts_ns
            self.lost_arrival = arrival
        self.acked = max(self.acked, offset)

    def may_move_back(self, seq: int) -> bool:
        """Say whether octets at `seq`, before `next_seq`, can still be given.

        They can if nothing was given of a stream whose beginning was not certain, or if they
        lie in the last gap and nothing was given behind it.
        """
        if self.delivered == 0:
            return not self.firm
        if self.gap_seq < 0 or self.held is not None:
            return False
        return not precedes(seq, self.gap_seq)

    def may_begin_at(self, seq: int) -> bool:
        """Say whether octets at `seq` show that the guess where the stream begins was wrong."""
        if self.firm or self.delivered or self.held is not None:
            return False
        return abs(self.offset_of(seq)) > WINDOW

    # Octets come in.

    def put(self, offset: int, data: bytes, stamp: Stamp) -> tuple[int, bool]:
        """Hold what of `data` is new.

        Return how many octets disagree with the first copy, and whether any were known.
        """
        differing = 0
        known = False
        if offset < self.delivered:
            known = True
            here = self.delivered - offset
            differing = self._compare_tail(offset, data[:here])
            data = data[here:]
            offset = self.delivered
        if not data:
            return differing, known
        if self.held is None or offset >= self.held[-1].end:
            chunk = Chunk(DATA, offset, offset + len(data), data, stamp)
            self._insert(self.count_held(), chunk)
            return differing, known
        overlapping, differing_here = self._weave(offset, data, stamp)
        return differing + differing_here, known or overlapping

    def put_cut(self, offset: int, length: int, stamp: Stamp) -> None:
        """Hold the place of `length` octets that the capture cut off, if it is free."""
        end = offset + length if self.fin < 0 else min(offset + length, self.fin)
        offset = max(offset, self.delivered)
        held = self.held or []
        place = bisect_right(held, offset, key=_END)
        if place < len(held) and held[place].offset <= offset:
            offset = held[place].end
            place += 1
        if place < len(held):
            end = min(end, held[place].offset)
        if offset < end:
            self._insert(place, Chunk(CUT, offset, end, b"", stamp))

    def put_fin(self, offset: int, stamp: Stamp) -> bool:
        """Hold a FIN at `offset`; return False if there are octets behind it already."""
        if offset < self.last_offset() or offset + 1 < self.acked:
            return False
        self.fin = offset
        self.acked = min(self.acked, offset)
        self._insert(self.count_held(), Chunk(FIN_END, offset, offset, b"", stamp))
        return True

    def put_rst(self, offset: int, stamp: Stamp) -> int:
        """Hold a RST at `offset` or behind what is known, and return its place."""
        offset = max(offset, self.last_offset())
        if self.held is not None and self.held[-1].kind == RST_END:
            return offset
        self._insert(self.count_held(), Chunk(RST_END, offset, offset, b"", stamp))
        return offset

    def drop_fin(self) -> None:
        """Know of no FIN."""
        self.fin = -1
        self.ended = False
        self.drop_kind(FIN_END, FIN_END)

    def drop_kind(self, first: int, last: int) -> None:
        """Drop held chunks of the kinds from `first` to `last`."""
        if self.held is not None:
            self._keep([chunk for chunk in self.held if not first <= chunk.kind <= last])

    def keep_until(self, offset: int) -> None:
        """Drop held octets from `offset` on that came in a SYN, which acknowledges nothing."""
        for chunk in self.held or ():
            if chunk.ack < 0 and chunk.offset < offset < chunk.end:
                chunk.data = chunk.data[: offset - chunk.offset]
                chunk.end = offset
        if self.held is not None:
            self._keep([chunk for chunk in self.held if chunk.ack >= 0 or chunk.end <= offset])

    def last_offset(self) -> int:
        """Return the offset behind everything that is given or held."""
        return self.delivered if self.held is None else self.held[-1].end

    def count_held(self) -> int:
        """Return how many chunks wait."""
        return 0 if self.held is None else len(self.held)

    def _weave(self, offset: int, data: bytes, stamp: Stamp) -> tuple[bool, int]:
        """Hold `data` in the free places between chunks; compare it with them elsewhere."""
        held = self.held
        assert held is not None
        base, end = offset, offset + len(data)
        place = bisect_right(held, offset, key=_END)
        overlapping = False
        differing = 0
        while offset < end:
            stop = end if place == len(held) else min(end, held[place].offset)
            if offset < stop:
                piece = data[offset - base : stop - base]
                self._insert(place, Chunk(DATA, offset, stop, piece, stamp))
                place += 1
                offset = stop
                continue
            chunk = held[place]
            stop = min(chunk.end, end)
            overlapping = overlapping or stop > offset
            if chunk.kind == DATA:
                first = chunk.data[offset - chunk.offset : stop - chunk.offset]
                differing += count_differing(first, data[offset - base : stop - base])
            offset = stop
            place += 1
        return overlapping, differing

    def _insert(self, place: int, chunk: Chunk) -> None:
        if self.held is None:
            self.held = []
        self.held.insert(place, chunk)
        self._charge(len(chunk.data) + PIECE_OCTETS)

    # Octets go out.

    def release(self, count: int) -> None:
        """Take the first `count` chunks, which were given upwards, off the held ones."""
        held = self.held
        assert held is not None
        freed = PIECE_OCTETS * count
        for chunk in held[:count]:
            freed += len(chunk.data)
        self.held = held[count:] or None
        if self.held is not None:
            # If there is another hole, its time runs since something came behind it.
            self.lost_arrival = self.held[0].arrival
            self.lost_ns = self.held[0].ts_ns
        self._charge(-freed)

    def remember(self, data: bytes) -> None:
        """Move past `data`, which is given upwards, and keep it to compare with."""
        self.delivered += len(data)
        self.next_seq = (self.next_seq + len(data)) & MASK
        self.gap_seq = -1
        if self.tail is None:
            self.tail = []
        self.tail.append(data)
        self.tail_charge += len(data) + PIECE_OCTETS
        if self.tail_charge > self.connection.ledger.tail_octets:
            self.trim_tail()

    def skip(self, length: int) -> None:
        """Move past octets that are not in the capture."""
        if self.gap_seq < 0:
            self.gap_seq = self.next_seq
        self.delivered += length
        self.next_seq = (self.next_seq + length) & MASK
        self.drop_tail()

    def drop_farthest(self, most: int) -> None:
        """Drop held chunks, the farthest first, until they count no more than `most`."""
        held = self.held
        if held is None:
            return
        charge, count = self.charge, len(held)
        while count and charge > most:
            count -= 1
            charge -= len(held[count].data) + PIECE_OCTETS
            if held[count].kind == FIN_END:
                self.fin = -1
        self._keep(held[:count])

    def clear(self) -> None:
        """Drop everything held and remembered."""
        if self.held is not None:
            self._keep([])
        self.drop_tail()

    def _keep(self, chunks: list[Chunk]) -> None:
        self.held = chunks or None
        charge = PIECE_OCTETS * len(chunks)
        for chunk in chunks:
            charge += len(chunk.data)
        self._charge(charge - self.charge)

    def _charge(self, octets: int) -> None:
        self.charge += octets
        self.connection.ledger.held_octets += octets

    # What was given, for comparison.

    def trim_tail(self) -> None:
        """Drop the older half of the tail; half, so that it is done once in many payloads."""
        tail, most = self.tail, self.connection.ledger.tail_octets
        assert tail is not None
        charge = self.tail_charge
        while charge > most and len(tail) > 1:
            half = len(tail) // 2
            for piece in tail[:half]:
                charge -= len(piece) + PIECE_OCTETS
            del tail[:half]
        if charge > most:  # of a payload that is larger, its end
            tail[0] = tail[0][-(most // 2) :]
            charge = len(tail[0]) + PIECE_OCTETS
        self.tail_charge = charge

    def drop_tail(self) -> None:
        """Forget what was given."""
        self.tail = None
        self.tail_charge = 0

    def _compare_tail(self, offset: int, data: bytes) -> int:
        """Count the octets of `data`, all before `delivered`, that differ from the first copy."""
        if self.tail is None:
            return 0
        differing = 0
        end = offset + len(data)
        stop = self.delivered
        for piece in reversed(self.tail):
            start = stop - len(piece)
            low, high = max(start, offset), min(stop, end)
            if low < high:
                first = piece[low - start : high - start]
                differing += count_differing(first, data[low - offset : high - offset])
            if start <= offset:
                break
            stop = start
        return differing

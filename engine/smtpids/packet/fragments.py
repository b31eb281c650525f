"""IP fragments put together again, IPv4 and IPv6, within a budget.

The first copy of an octet stands, as in the TCP layer: a later fragment only fills holes. One that
contradicts or cuts into another is counted, since hosts differ in which copy they believe
(RFC 1858, RFC 5722); the repetition of a whole fragment is not, since a mirror port may show each
packet twice. A datagram is given up after `limits.fragment_ns` of packet time, and the oldest one
when `limits.fragments_octets` is met. What a datagram is (addresses, protocol, identification)
the caller says with an opaque key.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.packet.counters import DecodeCounters

#: What Python holds for one fragment besides its octets; eight-octet fragments are legal.
OVERHEAD = 200
#: The length field of IPv4 and of IPv6 ends here.
LONGEST_DATAGRAM = 65_535

Datagram: TypeAlias = tuple[int, bytes, int]
"""(protocol, payload, missing): the protocol that the first fragment named, all octets up to the
first that was not captured, and how many there were behind them."""


class Fragment:
    """One fragment: where it begins, where it ends by its header, and its captured octets."""

    __slots__ = ("data", "end", "more", "protocol", "start")

    def __init__(self, start: int, length: int, more: bool, protocol: int, data: bytes) -> None:
        self.start = start
        self.end = start + length
        self.more = more
        self.protocol = protocol
        self.data = data


class Partial:
    """A datagram of which fragments are missing."""

    __slots__ = ("cost", "covered", "end", "first_ns", "overlaps", "pieces", "protocol")

    def __init__(self, first_ns: int) -> None:
        self.first_ns = first_ns
        self.pieces: list[tuple[int, int, bytes]] = []
        """(start, end, octets), in order, apart from each other."""
        self.covered = 0
        self.end = -1
        self.protocol = -1
        self.cost = OVERHEAD
        self.overlaps = False
        """Fragments of it contradict or cut into each other."""


class Fragments:
    """All datagrams that wait for fragments."""

    __slots__ = ("_counts", "_limits", "_octets", "_partials")

    def __init__(self, limits: Limits, counts: DecodeCounters) -> None:
        self._limits = limits
        self._counts = counts
        self._partials: OrderedDict[bytes, Partial] = OrderedDict()
        self._octets = 0

    @property
    def octets(self) -> int:
        """What is held now, with its overhead."""
        return self._octets

    def add(self, ts_ns: int, key: bytes, fragment: Fragment) -> Datagram | None:
        """Take a fragment; return its datagram if this was the last one missing."""
        self._counts.fragments += 1
        self._expire(ts_ns)
        partial = self._partials.get(key)
        if partial is None:
            partial = self._partials[key] = Partial(ts_ns)
            self._octets += partial.cost
        if not self._fits(partial, fragment):
            self._overlap(partial)
            return None
        if fragment.start == 0 and partial.protocol < 0:
            partial.protocol = fragment.protocol
        self._hold(partial, fragment)
        if partial.covered == partial.end:
            del self._partials[key]
            self._octets -= partial.cost
            self._counts.reassembled += 1
            self._counts.overlapped |= partial.overlaps
            return _joined(partial)
        self._make_room()
        return None

    def _fits(self, partial: Partial, fragment: Fragment) -> bool:
        """Say whether a fragment agrees with the end of the datagram; note the end it tells."""
        if partial.end >= 0:
            return fragment.end <= partial.end and (fragment.more or fragment.end == partial.end)
        if not fragment.more:
            if partial.pieces and partial.pieces[-1][1] > fragment.end:
                return False
            partial.end = fragment.end
        return True

    def _hold(self, partial: Partial, fragment: Fragment) -> None:
        """Keep those octets of a fragment that no earlier one brought."""
        pieces, start, end, data = partial.pieces, fragment.start, fragment.end, fragment.data
        index = bisect_left(pieces, (start,))
        if index < len(pieces) and pieces[index] == (start, end, data):
            return
        if index and pieces[index - 1][1] > start:
            index -= 1
        first = index
        holes: list[tuple[int, int, bytes]] = []
        at = start
        while index < len(pieces) and pieces[index][0] < end:
            piece_start, piece_end, _ = pieces[index]
            if at < piece_start:
                holes.append((at, piece_start, data[at - start : piece_start - start]))
            at = piece_end
            index += 1
        if at < end:
            holes.append((at, end, data[at - start :]))
        if index > first:
            self._overlap(partial)
            pieces[first:index] = sorted(pieces[first:index] + holes)
        else:
            pieces[first:first] = holes
        for hole_start, hole_end, octets in holes:
            partial.covered += hole_end - hole_start
            partial.cost += len(octets) + OVERHEAD
            self._octets += len(octets) + OVERHEAD

    def _overlap(self, partial: Partial) -> None:
        self._counts.fragment_overlaps += 1
        partial.overlaps = True

    def _expire(self, ts_ns: int) -> None:
        while self._partials:
            oldest = next(iter(self._partials.values()))
            if ts_ns - oldest.first_ns <= self._limits.fragment_ns:
                return
            self._give_up_oldest()
            self._counts.fragment_timeouts += 1

    def _make_room(self) -> None:
        while self._octets > self._limits.fragments_octets:
            self._give_up_oldest()
            self._counts.fragment_limit += 1

    def _give_up_oldest(self) -> None:
        _, partial = self._partials.popitem(last=False)
        self._octets -= partial.cost


def _joined(partial: Partial) -> Datagram:
    """Return a whole datagram; behind the first octet that was not captured, nothing counts."""
    parts: list[bytes] = []
    held = 0
    for start, end, data in partial.pieces:
        parts.append(data)
        held += len(data)
        if len(data) < end - start:
            break
    return partial.protocol, b"".join(parts), partial.end - held

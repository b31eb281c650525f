"""Octets of one side that wait to be read, each with the packet that brought it.

A line may span packets and a packet may hold many lines, so what the tracker takes out must still
know when it came, in which packet, and how much of the other side its sender had seen. Nearly
always one packet is one line, which goes through without a copy. Taking a line is linear in the
octets: the search goes on where it stopped, and what came in pieces is joined once.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

#: Packets told apart among the octets that wait. A sender of one-octet segments would otherwise
#: make the list grow far beyond the octets; later ones then count as the last that fits.
MOST_MARKS: Final = 512
#: Octets already read are cut off from this many on, so that cutting stays rare.
CUT_FROM: Final = 16 * 1024
#: The marks of an inbox in which nothing waits: never added to, so one list does for all.
_NONE: Final[list[tuple[int, int, int, int]]] = []
#: The same for octets behind the first ones.
_NO_MORE: Final[list[bytes]] = []
_NUMBERS: Final = Struct("=3q")
PACKED: Final = 24
"""Octets of an inbox that is packed."""


class Inbox:
    """A queue of octets; `ts_ns`, `packet`, `seen` are those of the last octet taken."""

    __slots__ = (
        "_data",
        "_looked",
        "_marks",
        "_more",
        "_searched",
        "_start",
        "_taken",
        "packet",
        "seen",
        "ts_ns",
        "waiting",
    )

    def __init__(self) -> None:
        self.waiting = 0
        """Octets that wait."""
        self._data = b""
        self._start = 0
        """Where in `_data` they begin."""
        self._more = _NO_MORE
        """Those behind `_data`, as they came."""
        self._looked = 0
        """How many of these have no line feed."""
        self._searched = 0
        """Octets of `_data` without a line feed, or before one that was found."""
        self._taken = 0
        # (octets put until then, ts_ns, packet, seen), oldest first
        self._marks = _NONE
        self.ts_ns = 0
        self.packet = 0
        self.seen = -1

    def __len__(self) -> int:
        """Octets that wait."""
        return self.waiting

    def put(self, data: bytes, ts_ns: int, packet: int, seen: int) -> None:
        """Add octets at the end."""
        if not data:
            return
        if not self.waiting:
            self._data = data
            self._start = self._searched = 0
            self.waiting = len(data)
            self._marks = [(self._taken + len(data), ts_ns, packet, seen)]
            return
        if self._start > CUT_FROM:
            self._join()
        if self._more:
            self._more.append(data)
        else:
            self._more = [data]
        self.waiting += len(data)
        end = self._taken + self.waiting
        if len(self._marks) < MOST_MARKS:
            self._marks.append((end, ts_ns, packet, seen))
        else:
            _, last_ns, last_packet, last_seen = self._marks[-1]
            self._marks[-1] = (end, last_ns, last_packet, last_seen)

    def pass_by(self, octets: int, ts_ns: int, packet: int, seen: int) -> None:
        """Note octets that are taken as they come; nothing may wait."""
        self._taken += octets
        self.ts_ns, self.packet, self.seen = ts_ns, packet, seen

    def line(self) -> bytes | None:
        """Take the next line with its LF, or None if it is not complete."""
        end = self._data.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._data)
            more = self._more
            while self._looked < len(more) and 0x0A not in more[self._looked]:
                self._looked += 1
            if self._looked == len(more):
                return None
            self._join()
            end = self._data.find(b"\n", self._searched)
        start, stop, marks = self._start, end + 1, self._marks
        if len(marks) != 1:
            return self.take(stop - start)
        # as `take` has it: the line is of the only packet that waits
        self._start = self._searched = stop
        self.waiting -= stop - start
        self._taken += stop - start
        _, self.ts_ns, self.packet, self.seen = marks[0]
        return self._data[start:stop]

    def take(self, most: int) -> bytes:
        """Take at most `most` octets."""
        size = min(most, self.waiting)
        start = self._start
        if self._more and start + size > len(self._data):
            self._join()
            start = 0
        stop = self._start = self._searched = start + size
        self.waiting -= size
        self._taken += size
        marks = self._marks
        if len(marks) > 1:
            passed = 0
            while passed + 1 < len(marks) and marks[passed][0] < self._taken:
                passed += 1
            del marks[:passed]
        if marks:
            _, self.ts_ns, self.packet, self.seen = marks[0]
        return self._data[start:stop]

    def next_mark(self) -> tuple[int, int, int, int]:
        """Return (octets, ts_ns, packet, seen) of the packet that brought the first octet."""
        for end, ts_ns, packet, seen in self._marks:
            if end > self._taken:
                return end - self._taken, ts_ns, packet, seen
        return 0, self.ts_ns, self.packet, self.seen

    def take_block(self) -> bytes:
        """Take what waits up to the end of the packet that brought its first octet."""
        return self.take(self.next_mark()[0])

    def untake(self, octets: bytes) -> None:
        """Put back the last `octets` that were taken; nothing may have been put in between."""
        self._start -= len(octets)
        self._searched = self._start
        self._taken -= len(octets)
        self.waiting += len(octets)

    def peek(self, most: int) -> bytes:
        """Return at most `most` octets and leave them."""
        stop = self._start + most
        if self._more and stop > len(self._data):
            self._join()
            stop = most
        return self._data[self._start : stop]

    def clear(self) -> None:
        """Forget what waits."""
        self._data = b""
        self._more = _NO_MORE
        self._marks = _NONE
        self._start = self._searched = self._looked = self.waiting = 0

    def rest(self) -> None:
        """Let go of octets that were read already; they cannot be put back from here on."""
        if not self.waiting:
            self._data = b""
            self._start = self._searched = 0
            self._marks = _NONE

    def packed(self) -> bytes:
        """Return what is known where nothing waits, for `unpacked`; it has PACKED octets."""
        return _NUMBERS.pack(self.ts_ns, self.packet, self.seen)

    def unpacked(self, octets: bytes) -> None:
        """Be, new, as an inbox was that was packed."""
        self.ts_ns, self.packet, self.seen = _NUMBERS.unpack(octets)

    def _join(self) -> None:
        """Let all that waits stand in `_data`, and nothing before it."""
        self._data = b"".join((self._data[self._start :], *self._more))
        self._more = _NO_MORE
        self._searched -= self._start
        self._start = self._looked = 0

"""Octets of one side that wait to be read, each with the packet that brought it.

A line may span packets and a packet may hold many lines, so what the tracker takes out must still
know when it came, in which packet, and how much of the other side its sender had seen. Taking a
line is linear in the octets: the search goes on where it stopped.
"""

from __future__ import annotations

from typing import Final

#: Packets told apart among the octets that wait. A sender of one-octet segments would otherwise
#: make the list grow far beyond the octets; later ones then count as the last that fits.
MOST_MARKS: Final = 512
#: Octets already read are cut off from this many on, so that cutting stays rare.
CUT_FROM: Final = 16 * 1024


class Inbox:
    """A queue of octets; `ts_ns`, `packet`, `seen` are those of the last octet taken."""

    __slots__ = ("_data", "_marks", "_searched", "_start", "packet", "seen", "ts_ns")

    def __init__(self) -> None:
        self._data = bytearray()
        self._start = 0
        self._searched = 0
        # (end offset in _data, ts_ns, packet, seen), oldest first
        self._marks: list[tuple[int, int, int, int]] = []
        self.ts_ns = 0
        self.packet = 0
        self.seen = -1

    def __len__(self) -> int:
        """Octets that wait."""
        return len(self._data) - self._start

    def put(self, data: bytes, ts_ns: int, packet: int, seen: int) -> None:
        """Add octets at the end."""
        if self._start:
            if self._start == len(self._data):
                self.clear()
            elif self._start > CUT_FROM:
                self._cut()
        self._data += data
        mark = (len(self._data), ts_ns, packet, seen)
        if len(self._marks) < MOST_MARKS:
            self._marks.append(mark)
        else:
            last = self._marks[-1]
            self._marks[-1] = (mark[0], last[1], last[2], last[3])

    def line(self) -> bytes | None:
        """Take the next line with its LF, or None if it is not complete."""
        size = len(self._data)
        if self._searched == size:
            return None
        end = self._data.find(b"\n", self._searched)
        if end < 0:
            self._searched = size
            return None
        return self.take(end + 1 - self._start)

    def take(self, most: int) -> bytes:
        """Take at most `most` octets."""
        start = self._start
        stop = min(start + most, len(self._data))
        taken = bytes(self._data[start:stop])
        self._start = self._searched = stop
        marks = self._marks
        passed = 0
        while passed + 1 < len(marks) and marks[passed][0] < stop:
            passed += 1
        if passed:
            del marks[:passed]
        if marks:
            _, self.ts_ns, self.packet, self.seen = marks[0]
        return taken

    def next_mark(self) -> tuple[int, int, int, int]:
        """Return (octets, ts_ns, packet, seen) of the packet that brought the first octet."""
        for end, ts_ns, packet, seen in self._marks:
            if end > self._start:
                return end - self._start, ts_ns, packet, seen
        return 0, self.ts_ns, self.packet, self.seen

    def take_block(self) -> bytes:
        """Take what waits up to the end of the packet that brought its first octet."""
        return self.take(self.next_mark()[0])

    def untake(self, octets: bytes) -> None:
        """Put back the last `octets` that were taken; nothing may have been put in between."""
        self._start -= len(octets)
        self._searched = self._start

    def peek(self, most: int) -> bytes:
        """Return at most `most` octets and leave them."""
        return bytes(self._data[self._start : self._start + most])

    def clear(self) -> None:
        """Forget what waits."""
        self._data.clear()
        self._marks.clear()
        self._start = self._searched = 0

    def _cut(self) -> None:
        cut = self._start
        del self._data[:cut]
        self._searched -= cut
        self._start = 0
        self._marks = [(end - cut, t, p, s) for end, t, p, s in self._marks if end > cut]

"""Finds where a header ends, and keeps its beginning.

The header of a message ends at the first empty line, CRLF or bare LF (RFC 5322 2.1). It comes in
pieces of any size; of a header that is too large only the beginning is kept, but its end is found.
"""

from __future__ import annotations

import re
from typing import Final

#: The end of the header with the line end before it.
EMPTY_LINE: Final = re.compile(rb"\n\r?\n")
#: The same at the very beginning; in one expression the search would be twenty times slower.
NO_HEADER: Final = re.compile(rb"\r?\n")
LINE_END: Final = b"\r\n"
#: An empty line may begin two octets before the end of what was searched.
SEAM: Final = 2
#: Octets that stay of a header for which there is no room.
KEPT: Final = 1024


class HeaderReader:
    """One header. `octets` is what is kept of it, its empty line included."""

    __slots__ = ("_most", "_tail", "complete", "octets", "too_large")

    def __init__(self, most: int) -> None:
        self._most = most
        self._tail = b""
        self.octets = bytearray()
        self.complete = False
        """The empty line was seen, or lies beyond what can be said."""
        self.too_large = False
        """The header was longer than `most` octets."""

    def shed(self) -> None:
        """Keep the beginning only, as if the header were too large."""
        if len(self.octets) > KEPT and not self.complete:
            self.too_large = True
            self._tail = bytes(self.octets[-SEAM:])
            del self.octets[KEPT:]

    def feed(self, data: bytes) -> bytes | None:
        """Take the next octets; return those behind the header, None as long as it lasts."""
        if self.too_large:
            return self._feed_far(data)
        before = len(self.octets)
        if not before:
            found = EMPTY_LINE.search(data)
            if found is not None and found.end() <= self._most and data[0] not in LINE_END:
                # nearly all headers come at once
                self.octets += data[: found.end()]
                self.complete = True
                return data[found.end() :]
        self.octets += data
        found = EMPTY_LINE.search(self.octets, max(before - SEAM, 0))
        if before < SEAM:
            found = NO_HEADER.match(self.octets) or found
        rest = None
        if found is not None:
            rest = data[found.end() - before :]
            del self.octets[found.end() :]
            self.complete = True
        self.too_large = len(self.octets) > self._most
        if self.too_large:
            self._tail = bytes(self.octets[-SEAM:])
            del self.octets[self._most :]
        return rest

    def _feed_far(self, data: bytes) -> bytes | None:
        """Look for the empty line of a header that is no longer kept."""
        window = self._tail + data
        found = EMPTY_LINE.search(window)
        self._tail = window[-SEAM:]
        if found is None:
            return None
        self.complete = True
        return window[found.end() :]

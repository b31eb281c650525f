"""Unpacks the beginning of one member of an archive as it passes, and searches it.

Documents of today are ZIP archives, and what in them acts is packed. Only the members that the
table names are unpacked, only so far, and nothing of them is kept but the seam between two pieces.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from smtpids.mime.traces import UNPACKED

if TYPE_CHECKING:
    from smtpids.pattern import Pattern

#: APPNOTE 4.4.5: not packed, and packed by DEFLATE.
STORED, DEFLATED = 0, 8
#: Octets at the end of a piece that are searched again with the next: the longest that is looked
#: for with what stands around it.
SEAM: Final = 2_400
#: Octets unpacked at once, however well they were packed.
PIECE: Final = 16_384


def wanted(name: bytes) -> tuple[Pattern[bytes], str] | None:
    """Return what is looked for in a member of this name, and the trace that finding it is."""
    lowered = name.lower()
    for end, pattern, trace in UNPACKED:
        if lowered.endswith(end):
            return pattern, trace
    return None


class Unpacked:
    """One member, of which `most` octets are looked at behind `skipped` octets of its header."""

    __slots__ = ("_decompressor", "_held", "_most", "_pattern", "_skipped", "done", "found")

    def __init__(self, pattern: Pattern[bytes], method: int, skipped: int, most: int) -> None:
        self._pattern = pattern
        self._skipped = skipped
        self._most = most
        self._held = b""
        self._decompressor = zlib.decompressobj(-zlib.MAX_WBITS) if method == DEFLATED else None
        self.found = False
        self.done = method not in {STORED, DEFLATED}
        """Nothing more is looked at."""

    def feed(self, octets: bytes) -> int:
        """Take the next octets of the archive; return how many were unpacked of them."""
        if self.done:
            return 0
        if self._skipped:
            octets, self._skipped = (
                octets[self._skipped :],
                max(self._skipped - len(octets), 0),
            )
        unpacker = self._decompressor
        if unpacker is None:
            return self._search(octets)
        total = 0
        while octets and not self.done:
            try:
                plain = unpacker.decompress(octets, PIECE)
            except zlib.error:
                self.done = True
                break
            octets = unpacker.unconsumed_tail
            total += self._search(plain)
            self.done |= unpacker.eof
        return total

    def _search(self, plain: bytes) -> int:
        plain = plain[: self._most]
        self._most -= len(plain)
        window = self._held + plain
        self._held = window[-SEAM:]
        self.found |= self._pattern.search(window) is not None
        self.done |= self.found or self._most <= 0
        return len(plain)

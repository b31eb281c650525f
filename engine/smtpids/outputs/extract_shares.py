"""How much several processes of one run have written of attachments, in memory that they share.

Each writes its own row and reads all, so no lock is needed; a limit may be passed by what they
write in the same moment.
"""

from __future__ import annotations

import mmap
from struct import Struct
from typing import Final

#: Octets written, and files begun or kept.
ROW: Final = Struct("<QQ")


class Shares:
    """The rows of `count` processes; made before they are forked."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.memory = mmap.mmap(-1, count * ROW.size)

    def of(self, index: int) -> Share:
        """Return the row of one process."""
        return Share(self, index)


class Share:
    """What one of them has written, and what the others have."""

    __slots__ = ("_index", "_shares")

    def __init__(self, shares: Shares, index: int) -> None:
        self._shares = shares
        self._index = index

    def of_others(self, octets: int, files: int) -> tuple[int, int]:
        """Note what this one has written; return octets and files of all others."""
        memory = self._shares.memory
        ROW.pack_into(memory, self._index * ROW.size, max(octets, 0), files)
        rows = [
            ROW.unpack_from(memory, index * ROW.size)
            for index in range(self._shares.count)
            if index != self._index
        ]
        return sum(row[0] for row in rows), sum(row[1] for row in rows)

"""The shorter way for packets, as readers see it: they are taken where they stand in a block.

So a reader cuts no frame out of its block and is not resumed for each. The way itself leads beyond
this layer (`lane.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.capture.frames import Interface
    from smtpids.capture.passing import Passer


class Fast:
    """Takes packets in blocks; this one takes none.

    It is a class and no protocol, for compiled code calls its methods directly.
    """

    __slots__ = ("count", "last_ns")

    def __init__(self) -> None:
        self.count = 0
        """Packets that the last run took, or passed over."""
        self.last_ns = 0
        """The time of the last packet of a pcapng file."""

    def begin(self, linktype: int) -> bool:
        """Make ready for packets of a link type; return False for one that cannot be read so."""
        return False

    def begin_file(self, order: str, unit: int, limit: int, passer: Passer) -> None:
        """Make ready for a pcap file of that link type.

        `unit` is in nanoseconds, `limit` the most octets of a packet.
        """

    def run(self, data: bytes, start: int) -> int:
        """Take the records of a pcap file from `start` on; return where one begins that is cut."""
        return start

    def run_blocks(self, data: bytes, start: int, order: str, interfaces: list[Interface]) -> int:
        """Take enhanced packet blocks of a pcapng file; return where one begins that was not."""
        return start

    def take(self, data: bytes, begin: i64, end: i64, ts_ns: i64, size: i64) -> bool:
        """Take the packet between two places if it is TCP, plain and wanted; say if it was.

        It counts as `size` octets, for a tag may have been taken off.
        """
        return False

    def frame(self, ts_ns: int, linktype: int, data: bytes) -> None:
        """Take any packet."""

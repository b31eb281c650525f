"""The frames in a block of a ring (`ring.py`), taken one after the other where they stand.

It reads the headers octet by octet with numbers of the machine, which is slow where it is
interpreted; `RingHandle.read` is the plain twin.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from smtpids.capture.linktypes import ETHERNET
from smtpids.capture.skim import word

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.capture.fast import Fast

LITTLE: Final = sys.byteorder == "little"
#: Of linux/if_packet.h, as in `packetsocket.py`, but known to the compiler.
TAG_IS_VALID: Final = 1 << 4
TAG_TYPE_IS_VALID: Final = 1 << 6
OUTGOING: Final = 4
LOOPBACK: Final = 772  # ARPHRD_LOOPBACK
BOTH_ADDRESSES: Final = 12


class RingBlock:
    """`left` frames of Ethernet in `data`, the first of them at `at`."""

    __slots__ = ("at", "data", "left")

    def __init__(self, data: bytes, at: int, left: int) -> None:
        self.data = data
        self.at = at
        self.left = left

    def give(self, fast: Fast, most: int, since_ns: int) -> int:
        """Give up to `most` frames that are not older than `since_ns`; return how many."""
        data = self.data
        size: i64 = len(data)
        at: i64 = self.at
        since: i64 = since_ns
        left: i64 = self.left
        count: i64 = 0
        while left and count < most:
            begin: i64 = at + half(data, at + 24)
            end: i64 = min(begin + word(data, at + 12, LITTLE), size)
            here: i64 = at
            left -= 1
            at += word(data, here, LITTLE)
            if data[here + 58] == OUTGOING and half(data, here + 56) == LOOPBACK:
                continue
            ts_ns: i64 = word(data, here + 4, LITTLE) * 1_000_000_000
            ts_ns += word(data, here + 8, LITTLE)
            if ts_ns < since:
                continue
            count += 1
            status: i64 = word(data, here + 20, LITTLE)
            if status & TAG_IS_VALID:
                if not fast.take(data, begin, end, ts_ns, end - begin + 4):
                    fast.frame(ts_ns, ETHERNET, tagged(data, here, begin, end, status))
            elif not fast.take(data, begin, end, ts_ns, end - begin):
                fast.frame(ts_ns, ETHERNET, data[begin:end])
        self.at = at
        self.left = left
        return count


def tagged(data: bytes, at: i64, begin: i64, end: i64, status: i64) -> bytes:
    """Return a frame with the tag that the kernel took off it."""
    kind: i64 = half(data, at + 36) if status & TAG_TYPE_IS_VALID else 0x8100
    tag: i64 = word(data, at + 32, LITTLE) & 0xFFFF
    between = bytes((kind >> 8, kind & 0xFF, tag >> 8, tag & 0xFF))
    middle: i64 = begin + BOTH_ADDRESSES
    return data[begin:middle] + between + data[middle:end]


def half(data: bytes, at: i64) -> i64:
    """Return the 16 bits at a place."""
    if LITTLE:
        return data[at] | data[at + 1] << 8
    return data[at] << 8 | data[at + 1]

"""Arithmetic on TCP sequence numbers, which count octets modulo 2**32 (RFC 9293 3.4).

Two numbers can only be compared as long as they are less than 2**31 apart; whoever asks knows
that they are, because he compares with what came last.
"""

from __future__ import annotations

from typing import Final

MASK: Final = 0xFFFF_FFFF
HALF: Final = 0x8000_0000


def advance(seq: int, octets: int) -> int:
    """Return the number `octets` behind `seq` (before it, if negative)."""
    return (seq + octets) & MASK


def distance(start: int, end: int) -> int:
    """Return how many octets `end` lies behind `start`, from -2**31 to 2**31 - 1."""
    return ((end - start + HALF) & MASK) - HALF


def precedes(first: int, second: int) -> bool:
    """Say whether `first` comes before `second`."""
    return ((first - second) & MASK) >= HALF

"""Which of several workers a connection belongs to, by its addresses and ports alone.

Both directions give the same number, so a connection is wholly with one worker. It is the inner
connection that counts: what lies in a tunnel or in fragments is only known once it is decoded.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

#: Two odd numbers that spread neighbouring addresses and ports (Knuth's, and xxHash's second).
ADDRESSES: Final = 0x9E3779B1
PORTS: Final = 0x85EBCA77
#: Directions of connections of which it is remembered whose they are.
MOST_KEYS: Final = 100_000

_ipv4 = Struct(">IIHH").unpack
_ipv6 = Struct(">QQQQHH").unpack


class Shard:
    """One of `count` shards, numbered from 0; it says of keys (`Segment`) whether they are its."""

    __slots__ = ("count", "index", "known")

    def __init__(self, index: int, count: int) -> None:
        self.index = index
        self.count = count
        self.known: dict[bytes, bool] = {}
        """Whether it is foreign, of keys that were asked for lately."""

    def is_foreign(self, key: bytes) -> bool:
        """Say whether the connection of a segment belongs to another shard."""
        foreign = self.known.get(key)
        if foreign is None:
            if len(self.known) >= MOST_KEYS:
                self.known.clear()
            foreign = self.known[key] = shard_of(key, self.count) != self.index
        return foreign


def shard_of(key: bytes, count: int) -> int:
    """Return the shard of a connection, from 0 on, by the key of one of its directions."""
    if len(key) == 12:
        source, target, sport, dport = _ipv4(key)
        address = source ^ target
    else:
        first, second, third, fourth, sport, dport = _ipv6(key)
        address = first ^ second ^ third ^ fourth
        address ^= address >> 32
    mixed: int = ((address & 0xFFFFFFFF) * ADDRESSES ^ (sport ^ dport) * PORTS) & 0xFFFFFFFF
    mixed ^= mixed >> 15
    return (mixed * PORTS & 0xFFFFFFFF) * count >> 32

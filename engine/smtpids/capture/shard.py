"""Which of several workers a connection belongs to, by its addresses and ports alone.

Both directions give the same number, so a connection is wholly with one worker. It is the inner
connection that counts: what lies in a tunnel or in fragments is only known once it is decoded.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from smtpids.capture.skim import word

if TYPE_CHECKING:
    from mypy_extensions import i64

#: Two odd numbers that spread neighbouring addresses and ports (Knuth's, and xxHash's second).
ADDRESSES: Final = 0x9E3779B1
PORTS: Final = 0x85EBCA77
#: Directions of connections of which it is remembered whose they are.
MOST_KEYS: Final = 100_000

LOW: Final = 0xFFFFFFFF

_ipv6 = Struct(">QQQQHH").unpack


class Shard:
    """One of `count` shards, numbered from 0; it says of keys (`Segment`) whether they are its."""

    __slots__ = ("count", "index", "known")

    def __init__(self, index: int, count: int) -> None:
        self.index: i64 = index
        self.count: i64 = count
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

    def is_foreign_at(self, data: bytes, at: i64) -> bool:
        """Say the same of a key of IPv4 that stands in `data`; compiled, it need not remember."""
        address: i64 = word(data, at, little=False) ^ word(data, at + 4, little=False)
        ports: i64 = word(data, at + 8, little=False)
        return spread(address, ports >> 16 ^ ports & 0xFFFF, self.count) != self.index


def shard_of(key: bytes, count: int) -> int:
    """Return the shard of a connection, from 0 on, by the key of one of its directions."""
    if len(key) == 12:
        address = word(key, 0, little=False) ^ word(key, 4, little=False)
        ports = word(key, 8, little=False)
        return spread(address, ports >> 16 ^ ports & 0xFFFF, count)
    first, second, third, fourth, source, target = _ipv6(key)
    whole: int = first ^ second ^ third ^ fourth
    return spread((whole ^ whole >> 32) & LOW, source ^ target, count)


def spread(address: i64, ports: i64, count: i64) -> i64:
    """Return one of `count` numbers, from 0 on, for 32 bits of addresses and 16 of ports."""
    mixed: i64 = (address * ADDRESSES ^ ports * PORTS) & LOW
    mixed ^= mixed >> 15
    return (mixed * PORTS & LOW) * count >> 32

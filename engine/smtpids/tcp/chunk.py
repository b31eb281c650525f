"""What waits in a stream: octets, or the place of octets, or an end.

A chunk keeps what its segment said, since it is given later but must tell when the octets came and
what their sender had seen.
"""

from __future__ import annotations

from typing import Final

PIECE_OCTETS: Final = 256
"""What a held or remembered piece counts beside its octets: about what Python needs for it.
Without it a flood of one-octet segments would take a hundred times the limit."""

# What a chunk is: octets, octets that the capture cut off, or an end behind the last octet.
DATA: Final = 0
CUT: Final = 1
FIN_END: Final = 2
RST_END: Final = 3


class Chunk:
    """Octets from `offset` to `end` that wait, with what their segment said."""

    __slots__ = ("ack", "arrival", "data", "end", "kind", "offset", "packet", "ts_ns")

    def __init__(
        self,
        kind: int,
        offset: int,
        end: int,
        data: bytes,
        stamp: Stamp,
    ) -> None:
        self.kind = kind
        self.offset = offset
        self.end = end
        self.data = data
        self.ts_ns = stamp.ts_ns
        self.packet = stamp.packet
        self.ack = stamp.ack
        self.arrival = stamp.arrival


class Stamp:
    """When a segment came and what it acknowledged.

    `ack` is the acknowledgement number, -1 without ACK; `arrival` counts segments of the
    connection.
    """

    __slots__ = ("ack", "arrival", "packet", "ts_ns")

    def __init__(self, ts_ns: int, packet: int, ack: int, arrival: int) -> None:
        self.ts_ns = ts_ns
        self.packet = packet
        self.ack = ack
        self.arrival = arrival


def count_differing(first: bytes, second: bytes) -> int:
    """Count the places at which two strings of one length differ."""
    if first == second:
        return 0
    # As one large number: a loop over the octets would be slow enough to be an attack.
    difference = int.from_bytes(first, "big") ^ int.from_bytes(second, "big")
    return len(first) - difference.to_bytes(len(first), "big").count(0)

"""What the TCP layer says: a connection opened, octets in order, a gap, a conflict, an end.

Events of one connection come in causal order: octets that one side had seen before it spoke come
before what it said.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from smtpids.tcp.connection import Connection

CLIENT: Final = 0
SERVER: Final = 1
UNKNOWN: Final = -1


class CloseReason(StrEnum):
    """How a connection ended."""

    FIN = "fin"
    RST = "rst"
    TIMEOUT = "timeout"
    EVICTED = "evicted"
    EOF = "eof"


class Octets:
    """The next octets of one side."""

    __slots__ = ("connection", "data", "packet", "seen", "side", "ts_ns")

    def __init__(
        self, connection: Connection, side: int, data: bytes, ts_ns: int, packet: int, seen: int
    ) -> None:
        self.connection = connection
        self.side = side
        self.data = data
        self.ts_ns = ts_ns
        self.packet = packet
        self.seen = seen
        """How many octets of the other side's stream the sender had acknowledged when it sent
        these (an offset as in `Connection.delivered`), -1 if it is not known."""


class Gap:
    """`length` octets of one side are not in the capture; 0 if nobody knows how many."""

    __slots__ = ("connection", "length", "packet", "side", "ts_ns")

    def __init__(
        self, connection: Connection, side: int, length: int, ts_ns: int, packet: int
    ) -> None:
        self.connection = connection
        self.side = side
        self.length = length
        self.ts_ns = ts_ns
        self.packet = packet


class Conflict:
    """A segment repeats octets of `side` with other values; the first copy stands."""

    __slots__ = ("connection", "length", "packet", "side", "ts_ns")

    def __init__(
        self, connection: Connection, side: int, length: int, ts_ns: int, packet: int
    ) -> None:
        self.connection = connection
        self.side = side
        self.length = length
        self.ts_ns = ts_ns
        self.packet = packet


class Overlap:
    """A packet of `side` came in IP fragments that contradict or cut into each other."""

    __slots__ = ("connection", "packet", "side", "ts_ns")

    def __init__(self, connection: Connection, side: int, ts_ns: int, packet: int) -> None:
        self.connection = connection
        self.side = side
        self.ts_ns = ts_ns
        self.packet = packet


class Urgent:
    """A segment of `side` is marked urgent: its receiver may take one octet out of the stream."""

    __slots__ = ("connection", "packet", "side", "ts_ns")

    def __init__(self, connection: Connection, side: int, ts_ns: int, packet: int) -> None:
        self.connection = connection
        self.side = side
        self.ts_ns = ts_ns
        self.packet = packet


class Limit:
    """A limit named `name` (a field of config.Limits) was met; the connection goes on."""

    __slots__ = ("connection", "name", "packet", "ts_ns")

    def __init__(self, connection: Connection, name: str, ts_ns: int, packet: int) -> None:
        self.connection = connection
        self.name = name
        self.ts_ns = ts_ns
        self.packet = packet


class Closed:
    """Nothing more comes. `side` began the end, or is UNKNOWN."""

    __slots__ = ("connection", "packet", "reason", "side", "ts_ns")

    def __init__(
        self, connection: Connection, reason: CloseReason, side: int, ts_ns: int, packet: int
    ) -> None:
        self.connection = connection
        self.reason = reason
        self.side = side
        self.ts_ns = ts_ns
        self.packet = packet


class HalfClosed:
    """One side sent FIN and all its octets were given; the other side may still speak."""

    __slots__ = ("connection", "packet", "side", "ts_ns")

    def __init__(self, connection: Connection, side: int, ts_ns: int, packet: int) -> None:
        self.connection = connection
        self.side = side
        self.ts_ns = ts_ns
        self.packet = packet


StreamEvent: TypeAlias = Octets | Gap | Conflict | Overlap | Urgent | Limit | HalfClosed | Closed


def by_birth(event: StreamEvent) -> tuple[int, int]:
    """Order events by when their connections began."""
    connection = event.connection
    return connection.start_ns, connection.first_packet

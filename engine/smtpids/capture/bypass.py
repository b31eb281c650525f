"""What need not be decoded, and the count of what was not.

Most traffic is no mail. Once that is known of a connection, or where mail is wanted on some ports
only, its packets cost one look-up. The look-up is made as early as can be: by the reader of a file
before a frame is cut out of its block (`passing.py`), by the decoder before a segment is made.

Two things are never passed over: a segment with SYN, FIN or RST, for the ports of a connection are
used again by another; and anything that is not a plain TCP or UDP packet, for it may hold one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.capture.frames import FIN, RST, SYN
from smtpids.config import SECOND

if TYPE_CHECKING:
    from smtpids.capture.shard import Shard

#: Segments that a connection begins or ends with.
ENDS: Final = SYN | FIN | RST


class Bypass:
    """Shared by those who know what is wanted, and those who pass over the rest.

    The TCP layer says which connections nobody wants, and for how long that may be believed: a
    connection that lives must be seen now and then, or it is taken for dead.
    """

    __slots__ = (
        "_doubted_ns",
        "common",
        "earliest_ns",
        "foreign",
        "keys",
        "last_ns",
        "latest_ns",
        "octets",
        "others",
        "packets",
        "ports",
        "second",
        "shard",
    )

    def __init__(self) -> None:
        self.keys: set[bytes] = set()
        """Directions of connections (`Segment`) that nobody wants to know of now."""
        self.ports: frozenset[int] = frozenset()
        """If not empty, connections on other ports are passed over in files: not even known."""
        self.shard: Shard | None = None
        """If set, plain packets of other shards are passed over in files, whatever they are."""
        self.common = True
        """The frame that was given last was not passed over or held back by its shard: all shards
        are given it, and only what is in it tells whose it is."""
        self.second = -1
        """The second (of the packets) at which time was let pass last."""
        self._doubted_ns = 0
        self.earliest_ns = 0
        self.latest_ns = 0
        """`keys` may be believed of packets between these times."""
        # What the reader passed over and nobody has counted yet.
        self.packets = 0
        self.octets = 0
        self.others = 0
        """Those of the packets that are no TCP."""
        self.foreign = 0
        """Those that are of other shards."""
        self.last_ns = 0
        """The time of the last of them."""

    def is_asked(self) -> bool:
        """Say whether there is anything to pass over at this moment."""
        return bool(self.ports or self.keys) or self.shard is not None

    def wanted(self) -> bytes:
        """Return for each port whether its packets must be seen; nothing if all must."""
        if not self.ports:
            return b""
        found = bytearray(1 << 16)
        for port in self.ports:
            found[port] = 1
        return bytes(found)

    def believes(self, ts_ns: int) -> bool:
        """Say whether `keys` may be believed of a packet of this time."""
        return self.earliest_ns <= ts_ns < self.latest_ns

    def doubt(self, now_ns: int, earliest_ns: int, latest_ns: int, life_ns: int) -> None:
        """Believe `keys` between two times, and after `life_ns` not at all.

        So the next packet of each connection is seen again: it lives.
        """
        self.earliest_ns, self.latest_ns = earliest_ns, latest_ns
        self.second = now_ns // SECOND
        if not 0 <= now_ns - self._doubted_ns < life_ns:
            self._doubted_ns = now_ns
            self.keys.clear()

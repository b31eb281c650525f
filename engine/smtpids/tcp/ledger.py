"""What the connections of one table share: the limits, how much they hold, what was counted.

Plain integers, so that counting costs nothing; the metrics read them when they are asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.capture.bypass import Bypass
from smtpids.tcp.events import CloseReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.config import Limits
    from smtpids.tcp.connection import Connection

LEAST_TAIL: Final = 1024
"""Octets that a stream remembers however many there are."""
LIMIT_NAMES = ("stream_octets", "total_octets", "connections")
"""The fields of `config.Limits` that this layer can meet."""


class Ledger:
    """Limits and counts of one `ConnectionTable`."""

    __slots__ = (
        "bypass",
        "closed_by_reason",
        "conflicts",
        "evicted",
        "gap_octets",
        "held_octets",
        "limit_hits",
        "limits",
        "on_quiet",
        "opened",
        "retransmissions",
        "tail_octets",
    )

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bypass = Bypass()
        """Whose packets need not come here; filled with what `Connection.ignore` is said of."""
        self.on_quiet: Callable[[Connection], None] = _nothing
        """Called when a connection has been quiet for a while; `session` tells whose it is."""
        self.tail_octets = limits.tail_octets
        """What a stream remembers of what it gave: see `share_tails`."""
        self.opened = 0
        self.evicted = 0
        self.closed_by_reason: dict[str, int] = {reason.value: 0 for reason in CloseReason}
        self.gap_octets = [0, 0]
        """Octets said to be missing, of clients and of servers."""
        self.held_octets = 0
        """What is held at this moment, each piece with its overhead (`stream.PIECE_OCTETS`)."""
        self.conflicts = 0
        self.retransmissions = 0
        """Segments that brought octets already given or held."""
        self.limit_hits: dict[str, int] = dict.fromkeys(LIMIT_NAMES, 0)

    def share_tails(self, connections: int) -> None:
        """Let the streams of so many connections remember no more than there is room for."""
        share = self.limits.total_octets // (2 * max(connections, 1))
        self.tail_octets = min(self.limits.tail_octets, max(share, LEAST_TAIL))


def _nothing(connection: Connection) -> None:
    """Nobody asked to be told."""

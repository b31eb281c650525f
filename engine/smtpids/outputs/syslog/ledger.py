"""What was sent on a connection and may not have been read when the connection is lost.

Syslog has no acknowledgement. What the other kernel has acknowledged waits in its buffer until the
receiver reads it, and dies with the receiver. Two things say that a record has been read: so much
was sent behind it that no buffer holds both, or it was sent a minute ago, nothing waits on our
side, and the receiver still lives. A receiver that hangs for a minute and is then killed, one with
larger buffers, and a relay in between that loses what it holds, are beyond what a sender can know.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from smtpids.config import MIB

BUFFERED: Final = 36 * MIB
"""Octets that may be in buffers: the largest that Linux gives a socket by itself for receiving
(net.ipv4.tcp_rmem, 32 MiB since Linux 6.16, 6 MiB before) and for sending (tcp_wmem, 4 MiB)."""
SETTLED: Final = 60.0
"""Seconds after which a receiver that lives has read what its kernel has acknowledged."""


class Ledger:
    """Batches that a lost connection may take with it, the oldest first."""

    def __init__(self) -> None:
        self.count = 0
        """Their records."""
        self._sent = 0
        self._batches: deque[tuple[int, float, int]] = deque()

    def add(self, records: int, octets: int, now: float) -> None:
        """Note that `records` were sent, in `octets`, at a time in seconds that never goes back."""
        self._sent += octets
        self.count += records
        if records:
            self._batches.append((self._sent, now, records))
        while self._batches and self._sent - self._batches[0][0] >= BUFFERED:
            self._forget()

    def alive(self, now: float) -> None:
        """Note that the receiver lives at this time and its kernel has acknowledged all."""
        while self._batches and now - self._batches[0][1] >= SETTLED:
            self._forget()

    def clear(self) -> None:
        """Note that all has been read, or that what has not is somebody else's affair."""
        self._batches.clear()
        self.count = 0

    def _forget(self) -> None:
        self.count -= self._batches.popleft()[2]

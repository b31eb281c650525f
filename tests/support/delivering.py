"""What the sender does with a transport, in a loop that one can see through.

It halves and tries again: a stand-in for tests of transports alone, without spool and jitter.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from smtpids.outputs.transport import TooLargeError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.outputs.entry import Entry
    from smtpids.outputs.transport import Transport

#: Seconds between two tries, and in all.
PAUSE, PATIENCE = 0.02, 120.0


class Delivery:
    """Delivers entries until each is taken or refused."""

    def __init__(self, transport: Transport) -> None:
        self.refused: dict[str, str] = {}
        """Ids, and why."""
        self.failures = 0
        """How often nothing was taken."""
        self._transport = transport
        self._end = time.monotonic() + PATIENCE

    def deliver(self, batch: Sequence[Entry]) -> None:
        """Deliver a batch; AssertionError if that takes too long."""
        while batch:
            assert time.monotonic() < self._end, "out of patience"
            try:
                report = self._transport.deliver(batch)
            except TooLargeError:
                middle = len(batch) // 2
                self.deliver(batch[:middle])
                batch = batch[middle:]
                continue
            except UnavailableError:
                self.failures += 1
                time.sleep(PAUSE)
                continue
            self.refused |= {batch[at].id: why for at, why in report.refused.items()}
            batch = [batch[at] for at in sorted(report.later)]

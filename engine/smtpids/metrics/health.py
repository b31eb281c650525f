"""What the two probes say: whether the program makes progress, and whether it does its work."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds without progress after which a restart helps more than patience: a live capture gives a
#: sign four times a second.
STALLED_SECONDS: Final = 30.0


class Health:
    """Looks at a run from outside, when it is asked.

    `beats` rises while the loop over packets goes round; without it, that loop may wait for a pipe
    as long as it likes. `why_not_ready` gives the reason why packets are not held against rules.
    """

    def __init__(
        self,
        beats: Callable[[], int] | None = None,
        why_not_ready: Callable[[], str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._beats = beats
        self._why_not_ready = why_not_ready
        self._clock = clock
        self._last = -1
        self._since = clock()
        self._lock = Lock()

    def why_not_healthy(self) -> str:
        """Return the reason why this is not healthy, nothing if it is."""
        if self._beats is None:
            return ""
        with self._lock:
            now, beats = self._clock(), self._beats()
            if beats != self._last:
                self._last, self._since = beats, now
            stalled = now - self._since
        if stalled <= STALLED_SECONDS:
            return ""
        return f"no packet and no tick was handled for {stalled:.0f} seconds"

    def why_not_ready(self) -> str:
        """Return the reason why this is not ready, nothing if it is."""
        reason = "" if self._why_not_ready is None else self._why_not_ready()
        return reason or self.why_not_healthy()

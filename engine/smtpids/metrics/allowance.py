"""So many at once, then so many a second: what bounds the work that strangers can ask for."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Allowance:
    """A bucket of `burst` tokens, of which `a_second` are refilled in each second."""

    def __init__(
        self, burst: float, a_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._a_second = a_second
        self._clock = clock
        self._left = burst
        self._at = clock()
        self._lock = Lock()

    def take(self) -> bool:
        """Take a token; False if there is none."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._at) * self._a_second)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def give_back(self) -> None:
        """Return a token that did not count."""
        with self._lock:
            self._left = min(self._burst, self._left + 1)

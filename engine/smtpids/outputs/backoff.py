"""How long to leave a receiver alone after a failure.

Twice as long after each failure, up to a limit, and of that a part drawn by lot (full jitter), so
that many senders do not come back at the same moment. What the receiver asks for itself
(`Retry-After`) is given to it, up to a limit too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST: Final = 0.5
"""Seconds after the first failure, at most."""
MOST: Final = 30.0
"""Seconds after any failure, at most."""
MOST_ASKED: Final = 300.0
"""Seconds that a receiver may ask for."""
_DOUBLINGS: Final = 16


class Backoff:
    """Counts failures in a row. `draw` returns a number from 0 to 1."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._failures = 0

    def delay(self, asked: float | None = None) -> float:
        """Count a failure and return the seconds to wait; `asked` are those of the receiver."""
        most = min(MOST, FIRST * 2.0**self._failures)
        self._failures = min(self._failures + 1, _DOUBLINGS)
        return max(self._draw() * most, min(asked or 0.0, MOST_ASKED))

    def succeed(self) -> None:
        """Begin anew after a success."""
        self._failures = 0

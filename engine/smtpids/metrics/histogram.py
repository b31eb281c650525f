"""Observations in buckets: a list of ints and a sum.

Kept apart from prometheus_client's own, whose locks and label look-ups cost more than what is
being counted.
"""

from __future__ import annotations


class Histogram:
    """How many observations were at most each of `bounds`, which ascend."""

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.total = 0.0
        """The sum of all observations."""
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one observation."""
        place = 0
        # they are few: compiled, to call `bisect` would take five times as long
        for bound in self.bounds:
            if value <= bound:
                break
            place += 1
        self._counts[place] += 1
        self.total += value

    def plain(self) -> tuple[list[int], float]:
        """Return how many observations are in each bucket, and their sum, as plain data."""
        return self._counts[:], self.total

    def assign(self, counts: list[int], total: float) -> None:
        """Hold what `plain` said, of one or added up of several with the same bounds."""
        self._counts = counts[:]
        self.total = total

    def cumulative(self) -> list[int]:
        """Return for each bound, and for infinity last, how many observations it covers."""
        running = 0
        covered = []
        for count in self._counts[:]:
            running += count
            covered.append(running)
        return covered

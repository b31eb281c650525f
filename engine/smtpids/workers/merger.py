"""Puts what several workers tell into one order, as soon as it is sure that nothing is missing.

Each worker tells in order of place, and up to which place it has told all. The first of all that is
known may be taken if no worker can still tell something before it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smtpids.workers.kinds import Item, Place

#: Behind all places.
NEVER: Final[Place] = (1 << 80,)
#: Before all places.
BEGIN: Final[Place] = (-1,)


class Lane:
    """What one worker told and nobody has taken yet."""

    __slots__ = ("awaited", "horizon", "items", "octets")

    def __init__(self) -> None:
        self.octets = 0
        """What the items took on their way; counted by who adds them and takes them."""
        self.items: deque[Item] = deque()
        self.horizon: Place = BEGIN
        """Nothing before this place comes any more."""
        self.awaited = True
        """Others wait for what it may still tell."""

    @property
    def next(self) -> Place:
        """The place of the next item, or where it can be at the earliest."""
        if self.items:
            place: Place = self.items[0][0]
            return place
        return self.horizon if self.awaited else NEVER


class Merger:
    """The lanes of `count` workers."""

    def __init__(self, count: int) -> None:
        self.lanes = [Lane() for _ in range(count)]

    def add(self, worker: int, items: list[Item], horizon: Place) -> None:
        """Take what a worker told, up to `horizon`."""
        lane = self.lanes[worker]
        lane.items.extend(items)
        lane.horizon = max(lane.horizon, horizon)

    def ready(self) -> list[tuple[int, Item]]:
        """Take the items that are next, with their workers, as far as that is sure."""
        taken: list[tuple[int, Item]] = []
        while True:
            worker, until = self._first()
            items = self.lanes[worker].items
            if not items:
                return taken
            while items and items[0][0] <= until:
                taken.append((worker, items.popleft()))

    def _first(self) -> tuple[int, Place]:
        """Return whose item is next, and up to which place no other has one.

        Of two at one place it is the one that has an item: the packet there is its own.
        """
        first = 0
        place = self.lanes[0].next
        until = NEVER
        for worker, lane in enumerate(self.lanes):
            if not worker:
                continue
            other = lane.next
            if other < place or (other == place and lane.items and not self.lanes[first].items):
                first, place, other = worker, other, place
            until = min(until, other)
        return first, until

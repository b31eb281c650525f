"""Puts what several workers tell into one order, as soon as it is sure that nothing is missing.

Each worker tells in order of place, and up to which place it has told all. The first of all that is
known may be taken if no worker can still tell something before it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.workers.kinds import Item, Place

#: Behind all places.
NEVER: Final[Place] = (1 << 80,)
#: Before all places.
BEGIN: Final[Place] = (-1,)


class Lane:
    """What one worker told and nobody has taken yet."""

    __slots__ = ("awaited", "horizon", "items")

    def __init__(self) -> None:
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

    def ready(self) -> Iterator[tuple[int, Item]]:
        """Yield the items that are next, with their workers, as long as that is sure."""
        lanes = self.lanes
        while True:
            # of two at one place, the one that has an item: the packet there is its own
            worker = min(range(len(lanes)), key=lambda one: (lanes[one].next, not lanes[one].items))
            items = lanes[worker].items
            if not items:
                return
            until = min(
                (lane.next for number, lane in enumerate(lanes) if number != worker), default=NEVER
            )
            while items and items[0][0] <= until:
                yield worker, items.popleft()

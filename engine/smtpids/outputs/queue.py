"""A backlog in memory: bounded, and gone with the process."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from smtpids.outputs.account import FULL
from smtpids.outputs.entry import ENTRY_OCTETS

if TYPE_CHECKING:
    from smtpids.outputs.entry import Entry


class Queue:
    """A backlog of at most `capacity` octets.

    With `drop_oldest` there is always room for a new entry, and the oldest go for it.
    """

    place = ""

    def __init__(self, capacity: int, *, drop_oldest: bool) -> None:
        self.capacity = capacity
        self.octets = 0
        self.lost: dict[str, int] = {}
        self.errors: dict[str, int] = {}
        self.news: deque[str] = deque()
        self._drop_oldest = drop_oldest
        self._entries: deque[Entry] = deque()
        self._flying = 0
        """The first so many entries are in flight."""
        self._gone = 0
        """Entries that went while in flight, before the first one."""

    def __len__(self) -> int:
        """How many entries wait."""
        return len(self._entries)

    def append(self, entry: Entry) -> bool:
        """Put an entry at the end; False if there is no room."""
        size = size_of(entry)
        while self._entries and self.octets + size > self.capacity:
            if not self._drop_oldest:
                return False
            self._drop()
        self._entries.append(entry)
        self.octets += size
        return True

    def next(self, events: int, octets: int) -> list[Entry]:
        """Read on."""
        batch: list[Entry] = []
        for entry in islice(self._entries, self._flying, self._flying + events):
            octets -= len(entry.line)
            if octets < 0 and batch:
                break
            batch.append(entry)
        self._flying += len(batch)
        return batch

    def acknowledge(self, number: int) -> None:
        """Let the oldest `number` of those in flight go."""
        absorbed = min(number, self._gone)
        self._gone -= absorbed
        for _ in range(min(number - absorbed, self._flying)):
            self._flying -= 1
            self.octets -= size_of(self._entries.popleft())

    def rewind(self) -> None:
        """Read again from the oldest; what went while in flight is lost."""
        if self._gone:
            self.lost[FULL] = self.lost.get(FULL, 0) + self._gone
        self._gone = 0
        self._flying = 0

    def close(self) -> None:
        """Settle what went while in flight; nothing is kept."""
        self.rewind()

    def _drop(self) -> None:
        self.octets -= size_of(self._entries.popleft())
        if self._flying:
            self._flying -= 1
            self._gone += 1
        else:
            self.lost[FULL] = self.lost.get(FULL, 0) + 1


def size_of(entry: Entry) -> int:
    """Return the octets that an entry takes in memory."""
    return len(entry.line) + ENTRY_OCTETS

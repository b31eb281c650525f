"""A table that forgets: of too many entries those that were not used for longest go.

Whoever invents addresses or names can make as many entries as it likes, so a table has a limit.
What was forgotten for want of room is counted. For a store, a table also notes which entries have
changed since it was last asked; these are always the ones used last, in order of use.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Entry = TypeVar("Entry")

#: The part of a large table that goes at once.
EVICTED_AT_ONCE: Final = 1000


class Table(Generic[Entry]):
    """At most `limit` entries by their keys."""

    __slots__ = ("_changed", "_entries", "_gone", "_last", "_noting", "evicted", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.evicted = 0
        """Entries forgotten for want of room."""
        # in order of use: what is used is taken out and put in again
        self._entries: dict[str, Entry] = {}
        self._last = ""
        """The key used last, which needs no other place."""
        self._noting = False
        self._changed: set[str] = set()
        self._gone: set[str] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[str]:
        """Yield the keys, the one not used for longest first."""
        return iter(self._entries)

    def get(self, key: str) -> Entry | None:
        """Return an entry, None if there is none; to look is not to use."""
        return self._entries.get(key)

    def use(self, key: str) -> None:
        """Take note that the entry of `key`, which exists, is about to change."""
        if key != self._last:
            self._entries[key] = self._entries.pop(key)
            self._last = key
        if self._noting:
            self._changed.add(key)

    def put(self, key: str, entry: Entry) -> None:
        """Set an entry that is new or has changed."""
        self.fill(key, entry)
        self.use(key)

    def fill(self, key: str, entry: Entry) -> None:
        """Set an entry as it was kept; if there is no room, those not used for longest go."""
        if key not in self._entries:
            if len(self._entries) >= self.limit:
                self._make_room()
            self._last = key
        self._entries[key] = entry
        self._gone.discard(key)

    def _make_room(self) -> None:
        # several at once: a dict searches for its first entry past all that were taken out
        for key in [*islice(self._entries, max(self.limit // EVICTED_AT_ONCE, 1))]:
            del self._entries[key]
            self.evicted += 1
            if self._noting:
                self._changed.discard(key)
                self._gone.add(key)

    # -- for a store -------------------------------------------------------------------------------

    def note(self) -> None:
        """Begin to note what changes."""
        self._noting = True

    @property
    def unsaved(self) -> int:
        """How many entries changed or went since the last `saved`."""
        return len(self._changed) + len(self._gone)

    def changed(self) -> list[tuple[str, Entry]]:
        """Return the entries that changed since the last `saved`, the one used last at the end."""
        latest = islice(reversed(self._entries.items()), len(self._changed))
        return [*latest][::-1]

    def gone(self) -> list[str]:
        """Return the keys of entries that went since the last `saved`."""
        return sorted(self._gone)

    def saved(self) -> None:
        """Take what changed and went so far as kept elsewhere."""
        self._changed.clear()
        self._gone.clear()

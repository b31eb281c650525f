"""What waits for a receiver, in order: in memory (`queue.py`) or on disk (`spool.py`).

A backlog has two ends and a cursor between them. Entries are appended at the one end; `next` reads
from the cursor on, and what it has read is *in flight*; `acknowledge` takes entries off the other
end when the receiver has them, and `rewind` puts the cursor back there when it has not. So an entry
leaves only when it was delivered, or when there was no room for it.

What goes for want of room may be in flight. It is then not known yet whether it is lost:
acknowledged later, it was not; after a rewind it was.

A backlog is not locked, never waits and logs nothing: what it has to say is in `news`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Mapping

    from smtpids.outputs.entry import Entry


class Backlog(Protocol):
    """Entries between the one who writes and the one who delivers."""

    @property
    def place(self) -> str:
        """Where it is kept for the next run; "" if it ends with this one."""

    @property
    def octets(self) -> int:
        """How much room is taken."""

    @property
    def capacity(self) -> int:
        """How much room there is, in octets."""

    @property
    def lost(self) -> Mapping[str, int]:
        """Entries that were lost here, by reason."""

    @property
    def errors(self) -> Mapping[str, int]:
        """Failures of the system, by name."""

    @property
    def news(self) -> deque[str]:
        """Sentences for the log; whoever logs them takes them out."""

    def __len__(self) -> int:
        """How many entries wait, those in flight included."""

    def append(self, entry: Entry) -> bool:
        """Put an entry at the end; False if there is no room and nothing may go for it."""

    def next(self, events: int, octets: int) -> list[Entry]:
        """Read on: at most `events` entries with lines of `octets` together, but one at least.

        Nothing is there to be read if the list is empty.
        """

    def acknowledge(self, number: int) -> None:
        """Let the oldest `number` of those in flight go: the receiver has them."""

    def rewind(self) -> None:
        """Read again from the oldest that is not acknowledged."""

    def close(self) -> None:
        """Keep what can be kept, and let go; doing it twice is harmless."""

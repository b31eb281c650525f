"""The state file of a run: read before the first packet, written in batches and at the end.

A live run writes once a minute of packet time, files are written at the end; both also when much
has changed. A batch that cannot be written is said once and tried again with the next; only if the
last one fails, too, does the run end with an error: nothing but memory was at stake till then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.cli.screen import log
from smtpids.config import SECOND
from smtpids.errors import StateError
from smtpids.history.store import Store

if TYPE_CHECKING:
    from smtpids.history import Memory

#: Entries that may have changed before they are written.
BATCH: Final = 10_000
#: The same in packet time, live: what a power cut costs at most.
EVERY_NS: Final = 60 * SECOND


class State:
    """Keeps a memory in a file. Made, the memory holds what the file knows.

    StateError if the file cannot be used.
    """

    def __init__(self, path: str, memory: Memory, *, live: bool, batch: int = BATCH) -> None:
        self.lost = False
        """What was learnt last is not in the file."""
        self._memory = memory
        self._store = Store(path)
        self._store.load(memory)
        memory.call_when_due(self.save, changes=batch, every_ns=EVERY_NS if live else 0)

    def save(self) -> None:
        """Write what changed."""
        try:
            self._store.save(self._memory)
        except StateError as error:
            if not self.lost:
                log.error("%s", error)
            self.lost = True
        else:
            self.lost = False

    def close(self) -> None:
        """Write what changed last, and let others have the file."""
        self.save()
        self._store.close()

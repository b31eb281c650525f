"""The state file of a run: read before the first packet, written in batches and at the end.

A live run writes once a minute of packet time, files are written at the end; both also when much
has changed. A batch that cannot be written is said once and tried again with the next; only if the
last one fails, too, does the run end with an error: nothing but memory was at stake till then.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from smtpids.cli.screen import log
from smtpids.config import SECOND
from smtpids.errors import StateError
from smtpids.history.store import Store
from smtpids.rules import Correlator, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.history import Memory
    from smtpids.rules import Suppressor

#: The names under which the file holds what correlations count, and what was said already.
CORRELATIONS: Final = "correlations"
SUPPRESSED: Final = "suppressed"
#: Entries that may have changed before they are written.
BATCH: Final = 10_000
#: The same in packet time, live: what a power cut costs at most.
EVERY_NS: Final = 60 * SECOND


class State:
    """Keeps a memory, and what correlations count, in a file. Made, both hold what the file knows.

    StateError if the file cannot be used.
    """

    def __init__(
        self,
        path: str,
        memory: Memory,
        correlator: Correlator | None = None,
        *,
        live: bool,
        batch: int = BATCH,
    ) -> None:
        self.lost = False
        """What was learnt last is not in the file."""
        first = Correlator(RuleSet(())) if correlator is None else correlator
        self.correlator: Callable[[], Correlator] = lambda: first
        """What counts now; a reload puts another one in place."""
        self._suppressor: Suppressor | None = None
        self._path = path
        self._memory = memory
        self._store = Store(path)
        self._store.load(memory)
        self._restore(first)
        memory.call_when_due(self.save, changes=batch, every_ns=EVERY_NS if live else 0)

    def save(self) -> None:
        """Write what changed."""
        try:
            self._store.save(self._memory)
            self._store.keep(CORRELATIONS, json.dumps(self.correlator().snapshot()))
            if self._suppressor is not None:
                self._store.keep(SUPPRESSED, json.dumps(self._suppressor.snapshot()))
        except StateError as error:
            if not self.lost:
                log.error("%s", error)
            self.lost = True
        else:
            self.lost = False

    def keep(self, suppressor: Suppressor) -> None:
        """Tell `suppressor` what was said already, and keep what it remembers from now on."""
        self._suppressor = suppressor
        self._read(SUPPRESSED, suppressor.restore, "what was held back")

    def _restore(self, correlator: Correlator) -> None:
        """Take over what was counted for correlations that are still the same."""
        dropped = self._read(CORRELATIONS, correlator.restore, "what correlations counted")
        if dropped:
            told = ", ".join(dropped)
            log.info("%s: what %s counted is dropped, the rules have changed", self._path, told)

    def _read(self, name: str, restore: Callable[[Any], Any], what: str) -> Any:
        """Hand what the file holds under a name to who knows it; StateError if it is damaged."""
        text = self._store.kept(name)
        if text is None:
            return None
        try:
            return restore(json.loads(text))
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
            raise StateError(
                f"{self._path}: is damaged ({what}: {error}); move it away to begin anew"
            ) from error

    def close(self) -> None:
        """Write what changed last, and let others have the file."""
        self.save()
        self._store.close()

"""What an output counts of itself: delivered, lost and why, and how it stands now.

An output that hands over at once, a file or standard output, never has anything waiting; then the
figures of queues and attempts stay as they are here. One thread counts, others read: a figure read
a moment too early is right a moment later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.outputs.entry import ENTRY_OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.outputs.backlog import Backlog

#: Why a record was lost: there was no room, it could not be written, the receiver will never take
#: it, it is larger than the receiver takes, the receiver was not there until the end of the run.
FULL, WRITE, REFUSED, TOO_LARGE, SHUTDOWN = LOSSES = (
    "full",
    "write",
    "refused",
    "too_large",
    "shutdown",
)

TYPICAL_OCTETS: Final = 1024
"""A record, as long as none is known."""


def no_clock() -> int:
    """Stand for a wall clock where nobody asks when something happened."""
    return 0


class Account:
    """The figures of one output. `now_ns` is the wall clock, in nanoseconds since 1970."""

    def __init__(self, name: str, now_ns: Callable[[], int] = no_clock) -> None:
        self.name = name
        self.delivered = 0
        self.errors: dict[str, int] = {}
        self.last_error = ""
        self.retries = 0
        self.resent = 0
        self.last_success_ns = 0
        self.up = True
        self._lost: dict[str, int] = {}
        self._now_ns = now_ns

    @property
    def lost_by_reason(self) -> dict[str, int]:
        """Records lost, by one of `LOSSES`."""
        return self._lost.copy()

    @property
    def lost(self) -> int:
        """Records lost."""
        return sum(self.lost_by_reason.values())

    @property
    def waiting(self) -> int:
        """Records that are kept for the next run."""
        return 0

    @property
    def queue_length(self) -> int:
        """Records that wait."""
        return 0

    @property
    def queue_capacity(self) -> int:
        """Records that may wait."""
        return 0

    @property
    def spool_octets(self) -> int:
        """Octets that wait on disk."""
        return 0

    @property
    def spool_capacity(self) -> int:
        """Octets that may wait on disk."""
        return 0

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def reopen(self) -> None:
        """Do nothing: there is no name to open."""

    def end(self, seconds: float | None = None) -> None:
        """Do nothing: nothing waits."""

    def succeed(self, number: int = 1) -> None:
        """Count records that were handed over just now."""
        self.delivered += number
        self.last_success_ns = self._now_ns()
        self.up = True

    def count_error(self, name: str) -> None:
        """Count by its name what went wrong with a record, not with the receiver."""
        self.errors[name] = self.errors.get(name, 0) + 1

    def fail(self, name: str) -> None:
        """Count a failure by its name."""
        self.count_error(name)
        self.up = False

    def lose(self, reason: str, number: int = 1) -> None:
        """Count records that are lost."""
        self._lost[reason] = self._lost.get(reason, 0) + number


class BacklogAccount(Account):
    """The figures of an output that has a backlog."""

    def __init__(self, name: str, backlog: Backlog, now_ns: Callable[[], int] = no_clock) -> None:
        super().__init__(name, now_ns)
        self._backlog = backlog
        self._seen = 0
        """Records put into the backlog, and their octets."""
        self._seen_octets = 0

    @property
    def lost_by_reason(self) -> dict[str, int]:
        """Records lost, here and in the backlog."""
        lost = self._lost.copy()
        for reason, number in dict(self._backlog.lost).items():
            lost[reason] = lost.get(reason, 0) + number
        return lost

    @property
    def queue_length(self) -> int:
        """Records that wait."""
        return len(self._backlog)

    @property
    def queue_capacity(self) -> int:
        """Records that may wait, if they are like those so far."""
        typical = self._seen_octets // self._seen if self._seen else TYPICAL_OCTETS
        beside = 0 if self._backlog.place else ENTRY_OCTETS  # on disk it is next to nothing
        return self._backlog.capacity // max(typical + beside, 1)

    @property
    def spool_octets(self) -> int:
        """Octets that wait on disk."""
        return self._backlog.octets if self._backlog.place else 0

    @property
    def spool_capacity(self) -> int:
        """Octets that may wait on disk."""
        return self._backlog.capacity if self._backlog.place else 0

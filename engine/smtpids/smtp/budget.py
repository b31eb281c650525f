"""What all sessions hold together, and which of them must let go when that is too much.

Each session has limits of its own, but a hundred thousand of them, each just below its limits,
would fill any machine. So what each holds is charged here, roughly, and when all together hold
more than `limits.sessions_octets`, the one that has held for longest lets go of it. Sessions that
hold little are charged and left alone.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.smtp.tracker import Tracker

#: A session that holds less is not asked to let go: it would give next to nothing.
LITTLE: Final = 4 * 1024
#: What a command that waits for its reply costs, with all that belongs to it.
PENDING_OCTETS: Final = 1_024


Holder = TypeVar("Holder")


class Budget(Generic[Holder]):
    """The account of one run. Holders are told apart by the running number of their connection."""

    __slots__ = ("_large", "held_octets", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self.held_octets: i64 = 0
        """What all hold now."""
        self._large: OrderedDict[int, Holder] = OrderedDict()

    def charge(self, number: int, holder: Holder, before: i64, octets: i64) -> bool:
        """Note what a holder holds now, and held before; return whether all hold too much."""
        self.held_octets += octets - before
        if octets <= LITTLE:
            if before > LITTLE and number in self._large:
                del self._large[number]
        elif before <= LITTLE:
            self._large[number] = holder
        return self.held_octets > self.most

    def next_to_let_go(self) -> Holder | None:
        """Return the holder that is to let go, None if no more need to or none holds much."""
        if self.held_octets <= self.most or not self._large:
            return None
        _, holder = self._large.popitem(last=False)
        return holder


def held_octets(tracker: Tracker) -> int:
    """Return about what a session holds that it could let go of."""
    replies = tracker.replies
    octets = (
        tracker.inbox.waiting
        + replies.inbox.waiting
        + replies.kept_octets
        + tracker.session.listed_octets
        + PENDING_OCTETS * len(tracker.pending)
    )
    if tracker.message is not None:
        octets += tracker.message.held_octets
    if tracker.upgrade is not None:
        octets += tracker.upgrade.held_octets
    return octets

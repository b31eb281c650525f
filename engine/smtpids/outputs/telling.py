"""What an output over a network says in the log: each thing once, and when it is over.

A receiver that is away fails every attempt, and one that refuses a record may refuse a thousand.
Of an outage each different failure is said once, then that the receiver is back. One that takes
connections and breaks them would be back and away without end: that is said once, and its return
when it has held for a while. Of the rest each kind is said once in a run. Counted are all,
elsewhere.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

LOG: Final = logging.getLogger("smtpids")
SENTENCES: Final = 8
"""Different failures that are said in one outage, and different remarks in a run."""
STEADY: Final = 10.0
"""Seconds without a failure after which a receiver is believed to stay."""


class Telling:
    """What the output `name` says. `clock` gives seconds that only grow."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._since: float | None = None
        """When the outage began; None if the receiver is there."""
        self._again = 0
        self._failed = -STEADY
        """When the latest failure was."""
        self._returns = 0
        """How often it came back since it was last steady; from the second time on in silence."""
        self._said: set[str] = set()
        self._remarks: set[str] = set()
        self._lost = 0
        self._is_full = False

    def failure(self, sentence: str, taken: int, offered: int = 0) -> None:
        """Say a failure of the receiver.

        Records that it had `taken`, without a confirmation, may have arrived all the same; so may
        those `offered` at the first failure, and not at those that follow, as it was away.
        """
        now = self._clock()
        self._again += taken
        if self._since is None:
            if now - self._failed >= STEADY:
                self._returns = 0
                self._said.clear()
            self._since = now
            self._again += offered
            if self._returns == 1:
                LOG.error("output %s: %s (it comes and goes)", self._name, sentence)
                self._said.add(sentence)
        self._failed = now
        if sentence not in self._said and len(self._said) < SENTENCES:
            self._said.add(sentence)
            LOG.error("output %s: %s", self._name, sentence)

    def back(self) -> int:
        """Say that the receiver is back, if it was away; return how many records go again."""
        now = self._clock()
        if self._since is None:
            if self._returns > 1 and now - self._failed >= STEADY:
                LOG.warning("output %s is back to stay", self._name)
                self._returns = 0
            return 0
        away, again = now - self._since, self._again
        if not self._returns:
            LOG.warning(
                "output %s is back after %.0f s, %s sent again", self._name, away, _records(again)
            )
        self._returns += 1
        self._since = None
        self._again = 0
        self._is_full = False
        return again

    def full(self, lost: int, place: str) -> None:
        """Say that records are lost for want of room, if there are more of them than before.

        `place` is the spool, or empty where records wait in memory.
        """
        is_new, self._lost = lost > self._lost, lost
        if is_new and not self._is_full:
            self._is_full = True
            where, key = (place, "spool_size") if place else ("memory", "queue_size")
            LOG.error(
                "output %s: records are lost: there is no room left in %s; mend the receiver, or "
                "raise %s",
                self._name,
                where,
                key,
            )

    def remark(self, kind: str, sentence: str, *, bug: Exception | None = None) -> None:
        """Say something of a kind that was not said before."""
        if kind not in self._remarks and len(self._remarks) < SENTENCES:
            self._remarks.add(kind)
            LOG.error("output %s: %s", self._name, sentence, exc_info=bug)

    def refused(self, reason: str, why: str, kept: str) -> None:
        """Say of the first record that is refused for a reason why it is; `kept` is where it is."""
        where = f", it is in {kept}" if kept else ""
        self.remark(reason, f"a record is refused for good{where}: {why}; others are only counted")

    def bug(self, bug: Exception) -> None:
        """Say a bug of ours when its kind shows first."""
        sentence = f"internal error: {type(bug).__name__}"
        self.remark(sentence, sentence, bug=bug)

    def news(self, news: deque[str]) -> None:
        """Say what a backlog has to say, and take it out."""
        while news:
            LOG.warning("output %s: %s", self._name, news.popleft())

    def waiting(self, number: int) -> None:
        """Say at the start what an earlier run left."""
        if number:
            LOG.info("output %s: %s of an earlier run waiting", self._name, _records(number))

    def left(self, number: int, place: str) -> None:
        """Say at the end what becomes of records that were not delivered."""
        records = _records(number)
        if number and place:
            LOG.warning("output %s: %s left in %s for the next run", self._name, records, place)
        elif number:
            LOG.error(
                "output %s: %s lost, as the receiver took nothing more in time; a spool keeps "
                "them for the next run",
                self._name,
                records,
            )


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"

"""An output over a network: a backlog, and a thread that empties it through a transport.

`write` puts a record into the backlog and returns; it never waits for the network. The thread
takes what waits in batches, hands each to the transport, and lets it go when the receiver has it:
a record is delivered at least once, in order. What the receiver refuses for good becomes a dead
letter, so that one record never stops those behind it; what it puts off is tried again before
anything else; while it is away, the thread tries again after growing pauses.
With files as input, `write` waits for room, as long as the receiver makes progress. At the end,
`close` gives it some time; what waits then is left in the spool, or lost.

One lock guards the backlog and the figures. Nothing is logged and nothing is sent while it is held.
"""

from __future__ import annotations

import math
import time
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND
from smtpids.outputs.account import (
    FULL,
    REFUSED,
    SHUTDOWN,
    TOO_LARGE,
    WRITE,
    BacklogAccount,
    no_clock,
)
from smtpids.outputs.parts import Parts, PoisonError
from smtpids.outputs.telling import Telling
from smtpids.outputs.transport import Report, TooLargeError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.backlog import Backlog
    from smtpids.outputs.backoff import Backoff
    from smtpids.outputs.dead_letters import DeadLetters
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.transport import Transport

IDLE_SECONDS: Final = 1.0
"""Between two looks at what a transport has confirmed meanwhile, when nothing else is to do."""
SHORT_PAUSE: Final = 1.0
"""Seconds between attempts, at most, when the input waits for room or the run is ending."""
STEADY: Final = 3.0
"""Seconds without a failure after which a receiver that confirms late, as syslog's do, is back."""
PATIENCE: Final = 3
"""Attempts at a batch in which a bug of ours shows; then it is tried in halves."""


class NetworkOutput(BacklogAccount):
    """Delivers records through `transport`.

    `waits` lets `write` wait for room (files). `observe` gets the seconds of each attempt, `clock`
    gives seconds that only grow, `now_ns` is the wall's.
    """

    def __init__(
        self,
        config: OutputConfig,
        transport: Transport,
        backlog: Backlog,
        backoff: Backoff,
        dead_letters: DeadLetters,
        *,
        waits: bool = False,
        observe: Callable[[float], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        now_ns: Callable[[], int] = no_clock,
    ) -> None:
        super().__init__(config.name, backlog, now_ns)
        self._batch_events = config.batch_events
        self._batch_octets = config.batch_octets
        self._drain = config.drain_ns / SECOND
        self._transport = transport
        self._backoff = backoff
        self._dead_letters = dead_letters
        self._waits = waits
        self._observe = observe
        self._clock = clock
        self._telling = Telling(config.name, clock)
        self._changed = Condition()
        self._thread = Thread(target=self._run, name=f"output {config.name}", daemon=True)
        # under the lock
        self._is_idle = False
        self._progress = clock()
        """When the receiver last took something."""
        self._blocked: float | None = None
        """Since when there is no room."""
        self._deadline: float | None = None
        """When the run is ending: until when it waits for the receiver."""
        self._is_stopped = False  # the thread is to leave everything as it is
        self._is_done = False  # the thread has ended
        self._is_closed = False
        # of the thread
        self._outstanding = 0
        """Entries handed over and not acknowledged, the oldest in flight."""
        self._turned_down = 0
        """Of these, those that the receiver refused."""
        self._is_last = False  # the latest attempt began when the run was ending already
        self._holds_since: float | None = None
        """When the receiver took something first since it failed last."""
        self._bugs = 0  # failures in a row that were bugs of ours

    def start(self) -> None:
        """Begin to deliver, what an earlier run left first."""
        self._telling.news(self._backlog.news)
        self._telling.waiting(len(self._backlog))
        self._thread.start()

    # -- for the thread that detects ---------------------------------------------------------------

    def write(self, entry: Entry) -> None:
        """Put a record into the backlog."""
        with self._changed:
            if self._deadline is not None:
                self.lose(SHUTDOWN)
                return
            while not self._backlog.append(entry):
                if not (self._waits and self._wait_for_room()):
                    self.lose(FULL)
                    break
            else:
                self._blocked = None
                self._seen += 1
                self._seen_octets += len(entry.line)
                if self._is_idle:
                    self._changed.notify_all()
        if self._backlog.news:
            self._telling.news(self._backlog.news)
        full = self._lost.get(FULL, 0) + self._backlog.lost.get(FULL, 0)
        self._telling.full(full, self._backlog.place)

    def _wait_for_room(self) -> bool:
        """Wait a while; False if the receiver has made no progress for too long."""
        now = self._clock()
        if self._blocked is None:
            self._blocked = now
            self._changed.notify_all()
        left = max(self._blocked, self._progress) + self._drain - now
        if left <= 0 or self._is_done:
            return False
        if self._is_idle:
            self._changed.notify_all()
        self._changed.wait(left)
        return True

    def end(self, seconds: float | None = None) -> None:
        """Take no more, and give the receiver the time that is left for it."""
        with self._changed:
            until = self._clock() + min(self._drain, self._drain if seconds is None else seconds)
            if self._deadline is None or until < self._deadline:
                self._deadline = until
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for the receiver until the time is over."""
        if self._is_closed:
            return
        self.end()
        with self._changed:
            while self._thread.is_alive() and not self._is_done:
                left = (self._deadline or 0.0) - self._clock()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._is_stopped = self._is_closed = True
            self._changed.notify_all()
            self._backlog.close()
            left_over = len(self._backlog)
            if left_over and not self._backlog.place:
                self.lose(SHUTDOWN, left_over)
        self._telling.news(self._backlog.news)
        self._telling.left(left_over, self._backlog.place)

    @property
    def waiting(self) -> int:
        """Records that wait for the next run, when this one is over."""
        return len(self._backlog) if self._is_closed and self._backlog.place else 0

    # -- the thread that delivers ------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._step():
                pass
        finally:
            try:
                self._transport.close()
            except Exception as bug:  # noqa: BLE001  # of the transport; nothing is left to be done with it
                self._tell_bug(bug)
            with self._changed:
                self._is_done = True
                self._changed.notify_all()

    def _step(self) -> bool:
        """Deliver the next batch; True at the end."""
        try:
            batch = self._take()
            if batch:
                self._hand_over(batch)
                return False
            return self._has_confirmed()
        except UnavailableError as error:
            self._begin_again(error)
        except Exception as bug:  # noqa: BLE001  # the thread must go on, whatever it is
            self._begin_again(self._tell_bug(bug))
        return False

    def _begin_again(self, error: UnavailableError) -> None:
        taken = self._outstanding
        self._rewind()
        self._sit_out(error, taken)

    def _take(self) -> list[Entry]:
        """Wait for records and return a batch of them; an empty one at the end."""
        has_asked = False
        while True:
            with self._changed:
                if self._is_stopped:
                    return []
                batch = self._backlog.next(self._batch_events, self._batch_octets)
                if batch or self._deadline is not None:
                    break
                # there is no room for more as long as all is unconfirmed
                must_ask = self._outstanding > 0 and self._blocked is not None
                if has_asked or not must_ask:
                    self._is_idle = True
                    self._changed.wait(IDLE_SECONDS if self._outstanding else None)
                    self._is_idle = False
            if must_ask:
                has_asked = True
                self._transport.confirm(self._drain / 2)
                self._acknowledge()
            if self._outstanding:
                self._transport.deliver(())  # nobody else would notice that the receiver has gone
                self._acknowledge()
        self._telling.news(self._backlog.news)
        return batch

    def _hand_over(self, batch: list[Entry]) -> None:
        """Deliver a batch and what becomes of its parts, until each record is settled.

        Returns early if what the receiver had not confirmed must go again, or if the run is over:
        the backlog has it all.
        """
        parts = Parts(batch)
        while parts:
            part = parts.next
            try:
                report = self._deliver(part)
            except TooLargeError as error:
                if len(part) > 1:
                    parts.halve()
                    continue
                reason = REFUSED if isinstance(error, PoisonError) else TOO_LARGE
                self._refuse([(part[0], str(error))], reason)
                report = Report()
            except UnavailableError as error:
                taken = self._outstanding
                if taken:
                    self._rewind()
                if not self._sit_out(error, taken, len(part)) or taken:
                    return
                continue
            if report.refused:
                told = [(part[place], why) for place, why in sorted(report.refused.items())]
                self._refuse(told, REFUSED)
            self._outstanding += parts.settle(report.later)
            self._acknowledge()
            if report.later and not self._sit_out_later(report.later):
                return

    def _deliver(self, part: Sequence[Entry]) -> Report:
        """Let the transport deliver; a bug of ours counts as a failure of the receiver.

        If it shows again and again, the part is cut in halves, until the one record that brings it
        about stands alone and is refused.
        """
        begun = self._clock()
        self._is_last = self._deadline is not None
        try:
            report = self._transport.deliver(part)
        except (TooLargeError, UnavailableError):
            raise
        except Exception as bug:
            self._bugs += 1
            error = self._tell_bug(bug)
            if self._bugs >= PATIENCE:
                raise PoisonError(f"internal error: {type(bug).__name__}") from bug
            raise error from bug
        finally:
            self._observe(self._clock() - begun)
        self._bugs = 0
        if len(report.later) < len(part):
            self._holds_since = self._holds_since or begun
            if report.later:
                self._backoff.succeed()  # it is slow, not away
        return report

    def _sit_out(self, error: UnavailableError, taken: int, offered: int = 0) -> bool:
        """Wait until it is time to try again; False if the run is over by then.

        So many records were `taken` and not acknowledged, and so many `offered`.
        """
        self._holds_since = None
        self.fail(error.reason)
        self._telling.failure(str(error), taken, offered)
        if not self._pause(self._backoff.delay(error.after), asked=error.after is not None):
            return False
        self.retries += 1
        return True

    def _sit_out_later(self, later: Mapping[int, str]) -> bool:
        """Wait until it is time to try again what the receiver put off."""
        self.count_error(WRITE)
        why = next(iter(later.values()))
        self._telling.remark(why, f"records are put off: {why}")
        if not self._pause(self._backoff.delay()):
            return False
        self.retries += 1
        return True

    def _pause(self, seconds: float, *, asked: bool = False) -> bool:
        """Wait, for a shorter time if the input waits or the run is ending, unless it is `asked`.

        When the end begins, the pause is over: one more attempt is made at once. False if the run
        is over, or will be before the pause.
        """
        with self._changed:
            begun = self._clock()
            while not self._is_stopped:
                hurries = not asked and (self._is_last or self._blocked is not None)
                until = begun + (min(seconds, SHORT_PAUSE) if hurries else seconds)
                if (left := until - self._clock()) <= 0:
                    break
                if self._deadline is not None:
                    if not self._is_last:
                        break
                    if until >= self._deadline:
                        self._is_stopped = True
                        break
                self._changed.wait(left)
            return not self._is_stopped

    def _acknowledge(self) -> None:
        """Let go what the receiver has confirmed."""
        confirmed = self._outstanding - self._transport.unconfirmed
        if confirmed > 0 or self._clock() - (self._holds_since or math.inf) >= STEADY:
            self._backoff.succeed()
            self.resent += self._telling.back()
            self.up = True
        if confirmed <= 0:
            return
        refused = min(self._turned_down, confirmed)
        with self._changed:
            if self._is_stopped:
                return
            self._backlog.acknowledge(confirmed)
            self._progress = self._clock()
            if confirmed > refused:
                self.succeed(confirmed - refused)
            self._changed.notify_all()
        self._outstanding -= confirmed
        self._turned_down -= refused

    def _rewind(self) -> None:
        """Begin again with the oldest that is not acknowledged."""
        with self._changed:
            if not self._is_closed:
                self._backlog.rewind()
        self._outstanding = self._turned_down = 0

    def _has_confirmed(self) -> bool:
        """At the end, wait until the receiver has all; False if something must go again."""
        if self._outstanding and not self._is_stopped:
            left = (self._deadline or 0.0) - self._clock()
            self._transport.confirm(max(left, 0.0))
            self._acknowledge()
        return True

    def _refuse(self, refused: Sequence[tuple[Entry, str]], reason: str) -> None:
        """Give up records that the receiver will never take."""
        with self._changed:
            self.lose(reason, len(refused))
        self._turned_down += len(refused)
        self.count_error(reason)
        wrong = self._dead_letters.put(refused)
        self._telling.refused(reason, refused[0][1], self._dead_letters.path)
        if wrong:
            self._telling.remark(wrong, wrong)

    def _tell_bug(self, bug: Exception) -> UnavailableError:
        """Log a bug of ours when its kind shows first, and return what it counts as."""
        self._telling.bug(bug)
        return UnavailableError("tried again after an internal error")

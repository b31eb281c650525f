"""The workers of a run as their parent has them: starts, hears, merges, starts anew, adds up.

To what reads its figures it looks as a `Pipeline` does. A worker that is killed is started again.
In files it reads from the beginning, and what it tells is dropped as far as it was told before,
since it tells the same again: nothing is lost. Live its packets wait in its socket, and the
sessions that it followed are lost, which is said and counted. One that is killed again and again is
given up, and the run ends with an error.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, Any, Final

from smtpids.buglog import LOG
from smtpids.config import MIB
from smtpids.workers import figures, parcels
from smtpids.workers.kinds import GONE, TAKEN
from smtpids.workers.merger import NEVER, Merger
from smtpids.workers.process import Worker
from smtpids.workers.worker import BEGIN, STOP, USE

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from smtpids.config import Config
    from smtpids.metrics import Counts
    from smtpids.packet import DecodeCounters
    from smtpids.rules import Correlator
    from smtpids.workers.figures import Figures
    from smtpids.workers.hub import Answers, Hub
    from smtpids.workers.kinds import Item
    from smtpids.workers.nursery import Nursery

#: Octets of what a worker told that wait for others to catch up; beyond them it is not heard.
MOST_WAITING: Final = 8 * MIB
#: Times that a worker is started again without having told anything new (files), or within so many
#: seconds (live).
MOST_RESTARTS: Final = 3
WITHIN: Final = 60.0
#: Seconds for which others wait for a worker that says nothing, live, where each says the time four
#: times a second.
PATIENCE: Final = 2.0
#: Seconds between two looks at who is silent.
LOOK: Final = 0.25


class Crew:
    """All workers; `feed` runs them to their end."""

    def __init__(
        self,
        config: Config,
        nursery: Nursery,
        count: int,
        hub: Hub,
        counts: Counts,
        clock: Callable[[], float],
        *,
        live: bool,
        teed: bool = False,
    ) -> None:
        self.config = config
        self.live = live
        self.teed = teed
        """The input can be read only once: a process of its own copies it to all workers."""
        self.hub = hub
        self.memory = hub.memory
        self.suppressor = hub.suppressor
        self.verdicts = hub.verdicts
        self.workers = [Worker(index) for index in range(count)]
        self._tee = Worker(count)
        self.ticks = 0
        """Messages of workers so far."""
        self.stopped = False
        self.failed = False
        """A worker was given up: not all was read."""
        self._nursery = nursery
        self._counts = counts
        self._clock = clock
        self._merger = Merger(count)
        self._told_to_stop = False
        self._news = ""
        self._told_news = ""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    # -- the figures of a pipeline -----------------------------------------------------------------

    def _heard(self) -> list[Figures]:
        return [worker.figures for worker in self.workers if worker.figures]

    def _sum(self, name: str) -> int:
        return figures.total(self._heard(), name)

    def _of_all(self, name: str) -> int:
        """Return what each worker counts of the same files, and each of its own packets live."""
        if self.live:
            return self._sum(name)
        return max((one[name] for one in self._heard()), default=0)

    @property
    def packets(self) -> int:
        """Packets read."""
        return self._of_all("packets")

    @property
    def octets(self) -> int:
        """Octets of these."""
        return self._of_all("octets")

    @property
    def last_ns(self) -> int:
        """The time of the newest packet."""
        return max((one["last_ns"] for one in self._heard()), default=0)

    @property
    def trackers(self) -> int:
        """Sessions followed now."""
        return self._sum("trackers")

    @property
    def decoder(self) -> DecodeCounters:
        """The counters of all decoders."""
        return figures.decoded(self._heard())

    @property
    def table(self) -> figures.TableFigures:
        """The figures of all tables of connections."""
        return figures.tables(self._heard())

    @property
    def budget(self) -> figures.BudgetFigures:
        """What all sessions hold."""
        return figures.BudgetFigures(self._sum("sessions_held"))

    @property
    def rule_figures(self) -> figures.RuleFigures:
        """Which rules failed in workers."""
        heard = self._heard()
        disabled = {name for one in heard for name in one["disabled"]}
        return figures.RuleFigures(figures.totals(heard, "errors"), tuple(sorted(disabled)))

    def read(self, name: str) -> list[Any]:
        """Return what the readers of the workers say, one after the other."""
        return [one["read"][name] for one in self._heard()]

    def extracted(self) -> list[dict[str, Any]]:
        """Return what the workers say of attachments that they keep."""
        return [one["extract"] for one in self._heard() if one["extract"]]

    def refresh(self) -> None:
        """Copy into the counts what is known of each worker."""
        counts = self._counts
        for worker in self.workers:
            name, now = str(worker.index), worker.figures
            counts.worker_up[name] = int(worker.is_up)
            counts.worker_restarts[name] = worker.restarts
            counts.worker_sessions_lost[name] = worker.sessions_lost
            counts.worker_queue[name] = len(self._merger.lanes[worker.index].items)
            counts.worker_packets[name] = now.get("own", 0)
            counts.worker_memory[name] = now.get("memory", 0) if worker.is_up else 0
            if self.live:
                counts.worker_dropped[name] = now["read"]["lost"] if now else 0

    # -- the run -----------------------------------------------------------------------------------

    def feed(self) -> None:
        """Start the workers and take what they tell until all have ended."""
        if self.teed:
            self._start(self._tee)
        for worker in self.workers:
            self._start(worker)
        while any(worker.is_up for worker in self.workers):
            self._wait()
            self._merge()
            self._tell_news()
            if self.stopped:
                self._tell_to_stop()
        for lane in self._merger.lanes:
            lane.awaited = False
        self._merge()
        if self._tee.socket is not None:
            self._end_tee(self._tee.socket)
        self._nursery.close()

    def stop(self) -> None:
        """Let the workers end soon; from any thread, and in a signal handler."""
        self.stopped = True
        self._wake()

    def swap(self, answers: Answers, correlator: Correlator, news: str) -> None:
        """Use other rules; `news` is what workers are told of them and of other settings."""
        self.hub.swap(answers, correlator)
        self._news = news
        self._wake()

    def finish(self) -> None:
        """End of input: what is counted together is judged."""
        self.hub.finish()
        figures.count(self._heard(), self._counts, self.hub.bugs)

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            return  # full: it is awake already

    def _merge(self) -> None:
        """Take all items that are next."""
        self.hub.take_all(self._merger.ready(), self._note)

    def _note(self, index: int, item: Item) -> None:
        """Take what is said of a worker among its items."""
        if item[1] == TAKEN:
            self._merger.lanes[index].octets -= item[2]
        elif item[1] == GONE:
            lost = self.hub.forget(index)
            self.workers[index].sessions_lost += lost
            LOG.warning("worker %d: sessions that were lost with it: %d", index, lost)

    def _wait(self) -> None:
        """Wait until a worker says something, and take it."""
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        lanes = self._merger.lanes
        up = [worker for worker in self.workers if worker.is_up]
        slowest = min(lanes[worker.index].next for worker in up)
        by_fd: dict[int, Worker] = {}
        for worker in up:
            lane = lanes[worker.index]
            # who reads a copy is never far ahead; if it waited for others, nobody had copies
            is_near = self.teed or lane.octets < MOST_WAITING or lane.next == slowest
            if worker.socket is not None and is_near:
                poll.register(worker.socket.fileno(), select.POLLIN)
                by_fd[worker.socket.fileno()] = worker
        for fd, _ in poll.poll(int(LOOK * 1000)):
            if fd == self._wake_read:
                os.read(fd, 4096)
            else:
                self._hear(by_fd[fd])
        if self.live:
            now = self._clock()
            for worker in self.workers:
                lanes[worker.index].awaited = worker.is_up and now - worker.heard_at < PATIENCE

    def _hear(self, worker: Worker) -> None:
        """Take what a worker has sent."""
        assert worker.inbox is not None
        worker.heard_at = self._clock()
        try:
            messages = worker.inbox.take()
        except EOFError:
            self._ended(worker)
            return
        for number, (items, place, told, last) in enumerate(messages, 1):
            self.ticks += 1
            new = worker.new_of(items)
            if number == len(messages):
                new.append((place, TAKEN, worker.inbox.taken))
                self._merger.lanes[worker.index].octets += worker.inbox.taken
            self._merger.add(worker.index, new, place)
            worker.done = last
            if told is not None and not worker.to_skip:
                worker.figures = figures.joined(worker.base, told)
                figures.count(self._heard(), self._counts, self.hub.bugs)

    # -- their lives -------------------------------------------------------------------------------

    def _start(self, worker: Worker) -> None:
        try:
            worker.pid, worker.socket = self._nursery.spawn(worker.index)
        except ChildProcessError as error:
            self._give_up(worker, f"cannot be started: {error}")
            return
        worker.inbox = parcels.Inbox(worker.socket)
        worker.begun_at = worker.heard_at = self._clock()
        if self._told_news:
            worker.say(USE, self._told_news)
        worker.say(BEGIN)

    def _ended(self, worker: Worker) -> None:
        """A worker's socket is closed: it is done, or it was killed."""
        assert worker.socket is not None
        worker.socket.close()
        worker.socket = None
        how = self._nursery.reap(worker.pid)
        lane = self._merger.lanes[worker.index]
        if worker.done:
            lane.horizon = NEVER
            return
        if self.live:
            lane.items.append((lane.horizon, GONE))
        if self.teed and not self.stopped:
            self._give_up(worker, f"{how or 'ended'}: what it has read cannot be read again")
            return
        if self.stopped:
            LOG.error("worker %d %s before it had told all", worker.index, how or "ended")
            self.failed = True
            lane.horizon = NEVER
            return
        self._begin_anew(worker, how or "ended")

    def _end_tee(self, tee: socket.socket) -> None:
        """See how the copying has ended; while nobody wants copies any more it is told to."""
        if self.stopped:
            self._tee.say(STOP)
        how = self._nursery.reap(self._tee.pid)
        tee.close()
        if how and not self.stopped:
            LOG.error("the process that copies the input %s: not all of it was read", how)
            self.failed = True

    def _begin_anew(self, worker: Worker, how: str) -> None:
        lasted = self._clock() - worker.begun_at
        has_gone_on = lasted >= WITHIN if self.live else worker.received > worker.high
        worker.in_a_row = 1 if has_gone_on else worker.in_a_row + 1
        worker.high = worker.received
        if worker.in_a_row > MOST_RESTARTS:
            self._give_up(worker, f"{how}, again and again")
            return
        worker.restarts += 1
        if self.live:
            worker.base = worker.figures
            LOG.error("worker %d %s and is started again", worker.index, how)
        else:
            worker.to_skip = worker.received
            self.hub.hear_again(worker.index)
            LOG.error(
                "worker %d %s: it reads again from the beginning, nothing is lost",
                worker.index,
                how,
            )
        self._start(worker)

    def _give_up(self, worker: Worker, why: str) -> None:
        LOG.error("worker %d %s: the run ends", worker.index, why)
        worker.given_up = self.failed = True
        self._merger.lanes[worker.index].awaited = False
        self.stop()

    def _tell_to_stop(self) -> None:
        if not self._told_to_stop:
            self._told_to_stop = True
            for worker in (*self.workers, self._tee):
                worker.say(STOP)

    def _tell_news(self) -> None:
        news = self._news
        if news != self._told_news:
            self._told_news = news
            for worker in self.workers:
                worker.say(USE, news)

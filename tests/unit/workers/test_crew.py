"""Workers as processes: what they do together, and what becomes of one that is killed."""

from __future__ import annotations

import logging
import os
import signal
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.capture import file_sources
from smtpids.cli.crew import Reader
from smtpids.config import MIB, SECOND, Config
from smtpids.metrics import Counts
from smtpids.rules import Correlator, Matcher
from smtpids.workers import Crew, Nursery, Task, work
from smtpids.workers.analysis import Analysis
from smtpids.workers.crew import MOST_RESTARTS, MOST_WAITING
from smtpids.workers.hub import Answers, Hub
from smtpids.workers.kinds import LOG
from smtpids.workers.sieve import Sieve
from tests.support.crew import STRICT, Lines, by_one
from tests.support.engine import captures, shipped_rules
from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smtpids.pipeline import Pipeline

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning"),
]
WORKERS = 2
#: Messages of one that tells more than may wait, and their octets.
FLOOD = 400
PIECE = 50_000


def crew_of(
    feeder: Callable[[int], Any], *, live: bool = False, config: Config = STRICT
) -> tuple[Crew, Lines]:
    """Return a crew of two, and what will be written."""
    ruleset, lines = shipped_rules(), Lines()
    task = Task(
        config=config,
        count=WORKERS,
        sieve=lambda: Sieve(ruleset),
        feeder=feeder,
        renewed=lambda _: (ruleset, config),
        live=live,
        records=True,
    )
    nursery = Nursery(partial(work, task))
    hub = Hub(
        config,
        workers=WORKERS,
        counts=lines.counts,
        answers=Answers(Matcher(ruleset), [one.rule for one in ruleset.asked]),
        on_alert=lines.alert,
        on_record=lines.record,
        correlator=Correlator(ruleset, config.limits),
    )
    crew = Crew(config, nursery, WORKERS, hub, lines.counts, lambda: 0.0, live=live)
    return crew, lines


class Dying:
    """Reads the recorded captures; the first worker is killed amid them, as often as it may be."""

    def __init__(self, marks: Path, times: int, index: int) -> None:
        self._reader = Reader(list(file_sources([str(path) for path in captures()])))
        self._half = len(captures()) // 2
        self._dies = index == 0 and len(list(marks.iterdir())) < times
        self._mark = marks / str(os.getpid())
        self.stop = self._reader.stop
        self.figures = self._reader.figures

    def feed(self, pipeline: Pipeline) -> None:
        assert isinstance(pipeline, Analysis)
        if not self._dies:
            self._reader.feed(pipeline)
            return
        for source in file_sources([str(path) for path in captures()[: self._half]]):
            pipeline.run(source)
        pipeline.report.flush(pipeline.place())
        self._mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def run(crew: Crew) -> None:
    crew.feed()
    crew.finish()
    crew.refresh()


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_worker_that_is_killed_amid_files_costs_nothing(tmp_path: Path, times: int) -> None:
    crew, lines = crew_of(partial(Dying, tmp_path, times))
    run(crew)
    one = by_one(captures(), shipped_rules())
    assert lines.lines == one.lines
    assert crew.packets == sum(source.received for source in read_all())
    assert lines.counts.sessions == one.counts.sessions
    assert lines.counts.worker_restarts == {"0": times, "1": 0}
    assert lines.counts.worker_sessions_lost == {"0": 0, "1": 0}
    assert not crew.failed


def read_all() -> list[Any]:
    """Return the captures, each read to its end."""
    sources = list(file_sources([str(path) for path in captures()]))
    for source in sources:
        for _ in source:
            pass
    return sources


def test_one_that_is_killed_again_and_again_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    crew, lines = crew_of(partial(Dying, tmp_path, 100))
    with caplog.at_level(logging.ERROR, logger="smtpids"):
        run(crew)
    assert crew.failed
    assert crew.stopped
    assert lines.counts.worker_restarts["0"] == MOST_RESTARTS
    assert caplog.messages[-1] == ("worker 0 was killed by SIGKILL, again and again: the run ends")


class Listens:
    """Hears two sessions; the worker that has heard the first half is killed, once."""

    def __init__(self, mark: Path, index: int) -> None:
        self._mark = mark
        self._index = index

    def feed(self, pipeline: Pipeline) -> None:
        assert isinstance(pipeline, Analysis)
        if self._mark.exists() or self._index:
            return
        talk = Conversation(start_ns=5 * SECOND).open().server(b"220 x ESMTP\r\n")
        for ts_ns, linktype, data in talk.client(b"EHLO c\r\n").frames:
            pipeline.frame(ts_ns, linktype, data)
        pipeline.tick(6 * SECOND)
        self._mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    def stop(self) -> None:
        """Do nothing: it ends of itself."""

    def figures(self) -> dict[str, int]:
        return {"lost": 3}


def test_live_the_sessions_of_one_that_is_killed_are_lost_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    crew, lines = crew_of(partial(Listens, tmp_path / "mark"), live=True)
    with caplog.at_level(logging.WARNING, logger="smtpids"):
        run(crew)
    assert caplog.messages == [
        "worker 0 was killed by SIGKILL and is started again",
        "worker 0: sessions that were lost with it: 1",
    ]
    counts = lines.counts
    assert counts.worker_sessions_lost == {"0": 1, "1": 0}
    assert counts.worker_restarts == {"0": 1, "1": 0}
    assert counts.worker_dropped["1"] == 3
    assert counts.worker_up == {"0": 0, "1": 0}
    assert isinstance(counts, Counts)


def test_a_stop_reaches_the_workers() -> None:
    crew, _ = crew_of(lambda _: Waits(), live=True)
    crew.stop()
    run(crew)
    assert not crew.failed


class Waits:
    """Waits until it is stopped."""

    stopped = False

    def feed(self, pipeline: Pipeline) -> None:
        while not self.stopped:
            pipeline.tick(SECOND)

    def stop(self) -> None:
        self.stopped = True

    def figures(self) -> dict[str, int]:
        return {"lost": 0}


class Floods:
    """The first tells as fast as it can; the second ends when the first gets on no more."""

    def __init__(self, told: Path, index: int) -> None:
        self._told = told
        self._index = index

    def feed(self, pipeline: Pipeline) -> None:
        assert isinstance(pipeline, Analysis)
        if not self._index:
            for number in range(FLOOD):
                pipeline.report.add(((1, number), LOG, logging.DEBUG, "x" * PIECE))
                pipeline.report.flush((1, number))
                # in one act, so that it is never read half
                fresh = self._told.with_suffix(".new")
                fresh.write_text(str(number))
                fresh.replace(self._told)
            return
        before, now = "", "0"
        while now != before:
            time.sleep(0.3)
            before, now = now, self._told.read_text() if self._told.exists() else ""
        self._told.with_suffix(".stuck").write_text(now)

    def stop(self) -> None:
        """Do nothing: it ends of itself."""

    def figures(self) -> dict[str, int]:
        return {"lost": 0}


def test_one_that_is_far_ahead_waits_for_the_others(tmp_path: Path) -> None:
    told = tmp_path / "told"
    crew, _ = crew_of(partial(Floods, told))
    run(crew)
    stuck = int(told.with_suffix(".stuck").read_text())
    assert MOST_WAITING - PIECE < stuck * PIECE < MOST_WAITING + 4 * MIB
    assert int(told.read_text()) == FLOOD - 1

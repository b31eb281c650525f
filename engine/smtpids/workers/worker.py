"""One worker from its first packet to its last: reads, analyses, and tells the parent.

The parent tells it when to begin and to stop and which rules to use; a thread listens to that. It
ends at once if the parent is gone. What it logs goes to the parent, which owns the screen.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Protocol

from smtpids.capture.shard import Shard
from smtpids.metrics import Counts
from smtpids.roles import Roles
from smtpids.workers import parcels
from smtpids.workers.analysis import Analysis, share
from smtpids.workers.figures import take
from smtpids.workers.kinds import LOG
from smtpids.workers.merger import NEVER
from smtpids.workers.report import Report
from smtpids.workers.sieve import Sieve

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from smtpids.alerts.line import Lines
    from smtpids.config import Config
    from smtpids.mime import Store
    from smtpids.pipeline import Pipeline
    from smtpids.rules import RuleSet
    from smtpids.workers.tee import Tee

BEGIN: Final = "begin"
STOP: Final = "stop"
USE: Final = "use"

_log = logging.getLogger("smtpids")


class Feeder(Protocol):
    """What reads the packets of a run."""

    def feed(self, pipeline: Pipeline) -> None:
        """Give a pipeline all packets."""

    def stop(self) -> None:
        """End soon; from any thread."""

    def figures(self) -> dict[str, Any]:
        """Return how far it has come, as plain data."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the workers of a run have to do; the parent makes it before it forks."""

    config: Config
    count: int
    sieve: Callable[[], Sieve]
    """Gives the rules as workers ask them; compiled when it is asked first, before workers are."""
    feeder: Callable[[int], Feeder]
    """Gives what reads for one worker."""
    renewed: Callable[[str], tuple[RuleSet, Config]]
    """Reads the rules and settings that the parent wrote."""
    extract: Callable[[int], tuple[Store, Callable[[], dict[str, Any]]]] | None = None
    """Gives who keeps attachments, and the figures of that."""
    live: bool = False
    tee: Tee | None = None
    """Copies to all workers what only one can read."""
    lines: Lines | None = None
    """Drafts alerts, if all outputs write them so."""
    records: bool = False
    """Whether somebody wants records beside alerts."""
    figures: bool = True
    """Whether somebody reads more figures than a summary tells."""
    clock: Callable[[], float] = time.monotonic


def work(task: Task, index: int, parent: socket.socket) -> None:
    """Do the part of worker `index`, from the word to begin on."""
    if index == task.count:
        assert task.tee is not None
        copy(task.tee, parent)
        return
    at_once = task.live or task.tee is not None
    report = Report(lambda message: parcels.send(parent, message), task.clock, at_once=at_once)
    shard = None if task.live else Shard(index, task.count)
    store, extracted = (None, dict) if task.extract is None else task.extract(index)
    counts = Counts(live=task.live)
    counts.is_read = task.figures
    analysis = Analysis(
        share(task.config, task.count),
        report,
        task.sieve(),
        counts,
        shard,
        store,
        records=task.records,
        lines=task.lines,
    )
    feeder = task.feeder(index)
    report.figures = lambda: {**take(analysis), "read": feeder.figures(), "extract": extracted()}
    _log_to(report, analysis)
    while True:
        command = parcels.receive(parent)
        if command[0] == BEGIN:
            break
        _obey(command, task, analysis, feeder)
    Thread(target=_listen, args=(parent, task, analysis, feeder), daemon=True).start()
    try:
        feeder.feed(analysis)
        analysis.finish()
        report.flush(NEVER, last=True)
    except OSError:
        raise  # the parent is gone
    except Exception:
        _log.exception("internal error in worker %d", index)
        report.flush(analysis.place())
        raise


def _listen(parent: socket.socket, task: Task, analysis: Analysis, feeder: Feeder) -> None:
    """Do what the parent says while packets are read."""
    try:
        while True:
            _obey(parcels.receive(parent), task, analysis, feeder)
    except (EOFError, OSError):
        os._exit(0)  # the parent is gone, nobody hears what we say


def copy(tee: Tee, parent: socket.socket) -> None:
    """Copy to all workers what only one can read, from the word to begin until the end or a stop.

    What cannot be opened or read is told by the workers, who find nothing or only a beginning.
    """
    command = parcels.receive(parent)
    while command[0] != BEGIN:
        command = parcels.receive(parent)
    Thread(target=_await_stop, args=(parent,), daemon=True).start()
    tee.run()


def _await_stop(parent: socket.socket) -> None:
    """End this process when it is told to, or there is nobody any more who could."""
    try:
        while parcels.receive(parent)[0] != STOP:
            pass
    except (EOFError, OSError):
        pass
    os._exit(0)


def _obey(command: tuple[str, str], task: Task, analysis: Analysis, feeder: Feeder) -> None:
    what, text = command
    if what == STOP:
        feeder.stop()
    elif what == USE:
        ruleset, config = task.renewed(text)
        analysis.use(Sieve(ruleset), Roles(config))


class _ToParent(logging.Handler):
    """Hands lines of the log to the parent, in their place among what else is told."""

    def __init__(self, report: Report, analysis: Analysis) -> None:
        super().__init__()
        self._report = report
        self._analysis = analysis

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one line, with the traceback if there is one."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += "\n" + "".join(traceback.format_exception(record.exc_info[1])).rstrip()
        self._report.add((self._analysis.place(), LOG, record.levelno, text))


def _log_to(report: Report, analysis: Analysis) -> None:
    for handler in _log.handlers[:]:
        _log.removeHandler(handler)
    _log.addHandler(_ToParent(report, analysis))
    _log.propagate = False

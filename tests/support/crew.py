"""Workers without processes: analyses of one file side by side, merged as a crew merges them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtpids.alerts.alert import alert
from smtpids.alerts.draft import DRAFT_OCTETS, Drafted
from smtpids.alerts.encode import encode
from smtpids.alerts.line import Lines as Writer
from smtpids.alerts.record import Observer, record
from smtpids.capture import file_sources
from smtpids.capture.shard import Shard
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator, Matcher
from smtpids.workers import parcels
from smtpids.workers.analysis import Analysis
from smtpids.workers.figures import Figures, take
from smtpids.workers.hub import Answers, Hub
from smtpids.workers.merger import NEVER, Merger
from smtpids.workers.report import Report
from smtpids.workers.sieve import Sieve

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Match
    from smtpids.smtp import Event
    from smtpids.workers.kinds import Item

OBSERVER = Observer(version="0")
STRICT = Config(any_port=True, strict=True)


@dataclass(slots=True)
class Lines:
    """What is written of some captures, line by line, and what was counted."""

    lines: list[bytes] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    writer: Writer = field(default_factory=lambda: Writer(OBSERVER))
    drafted: int = 0
    """Alerts that a worker drafted."""

    def alert(self, match: Match) -> None:
        """Write an alert."""
        if isinstance(match.event, Drafted):
            self.drafted += 1
            self.lines.append(self.writer.alert(match))
        else:
            self.lines.append(encode(alert(match, OBSERVER)))

    def record(self, event: Event) -> None:
        """Write a record."""
        self.lines.append(encode(record(event, OBSERVER)))


def by_one(paths: Sequence[Path], ruleset: RuleSet, config: Config = STRICT) -> Lines:
    """Return what one process writes."""
    lines = Lines()
    pipeline = Pipeline(
        config,
        counts=lines.counts,
        matcher=Matcher(ruleset),
        on_alert=lines.alert,
        on_record=lines.record,
        correlator=Correlator(ruleset, config.limits),
    )
    for source in file_sources([str(path) for path in paths]):
        pipeline.run(source)
        source.close()
    pipeline.finish()
    return lines


def messages_of(
    paths: Sequence[Path],
    index: int,
    count: int,
    ruleset: RuleSet,
    config: Config = STRICT,
    *,
    records: bool = True,
    drafts: bool = False,
) -> tuple[list[tuple[list[Item], tuple[int, ...]]], Figures]:
    """Return what one of several workers tells, as it arrives, and its figures."""
    sent: list[bytes] = []
    report = Report(lambda message: sent.append(parcels.packed(message)), lambda: 0.0)
    analysis = Analysis(
        config,
        report,
        Sieve(ruleset),
        Counts(),
        Shard(index, count),
        records=records,
        lines=Writer(OBSERVER, DRAFT_OCTETS) if drafts else None,
    )
    for source in file_sources([str(path) for path in paths]):
        analysis.run(source)
        source.close()
    analysis.finish()
    report.flush(NEVER, last=True)
    return [parcels.unpacked(octets)[:2] for octets in sent], take(analysis)


def by_several(
    paths: Sequence[Path],
    count: int,
    ruleset: RuleSet,
    config: Config = STRICT,
    *,
    drafts: bool = False,
) -> tuple[Lines, list[Figures]]:
    """Return what several workers write, and the figures of each; with `drafts` alerts alone."""
    lines = Lines()
    hub = Hub(
        config,
        workers=count,
        counts=lines.counts,
        answers=Answers(Matcher(ruleset), [one.rule for one in ruleset.asked]),
        on_alert=lines.alert,
        on_record=None if drafts else lines.record,
        correlator=Correlator(ruleset, config.limits),
    )
    merger = Merger(count)
    told = [
        messages_of(paths, index, count, ruleset, config, records=not drafts, drafts=drafts)
        for index in range(count)
    ]
    waiting = [list(messages) for messages, _ in told]
    while any(waiting):
        for index, messages in enumerate(waiting):
            if messages:
                merger.add(index, *messages.pop(0))
            for worker, item in merger.ready():
                hub.take(worker, item)
    hub.finish()
    return lines, [figures for _, figures in told]


def swallow(from_: socket.socket) -> list[object]:
    """Return all values that a socket has until its other end is closed."""
    found: list[object] = []
    try:
        while True:
            found.append(parcels.receive(from_))
    except EOFError:
        return found

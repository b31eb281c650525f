"""`run --workers`: what the workers of a run read, and what their parent shows of it.

The workers layer knows processes and order; here is what it has to do with a command line.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import nullcontext
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from smtpids import capture
from smtpids.alerts.draft import DRAFT_OCTETS
from smtpids.alerts.line import Lines
from smtpids.capture import FileSource
from smtpids.capture.interfaces import default_interface
from smtpids.cli.extraction import open_extractor
from smtpids.cli.measures import measure_workers
from smtpids.cli.reading import Reading
from smtpids.cli.screen import log
from smtpids.cli.serving import are_read
from smtpids.config import Config, MailServer
from smtpids.outputs.extract import FAULTS, REASONS, RESULTS, Extractor
from smtpids.rules import prepared
from smtpids.workers import Crew, Nursery, Task, work
from smtpids.workers.analysis import Analysis
from smtpids.workers.hub import Answers, Hub
from smtpids.workers.sieve import Sieve
from smtpids.workers.tee import Tee

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.alerts.record import Observer
    from smtpids.capture.frames import Source
    from smtpids.cli.extraction import Extracted
    from smtpids.cli.identity import Identity
    from smtpids.cli.run import RunOptions
    from smtpids.config import OutputConfig
    from smtpids.metrics import Counts
    from smtpids.mime import Store
    from smtpids.outputs.extract_shares import Shares
    from smtpids.pipeline import Pipeline
    from smtpids.rules import Correlator, Matcher, Profiler, RuleSet
    from smtpids.settings import Settings

#: Why --follow has one worker.
FOLLOWED: Final = "what grows is not the same to two who read it at two times (--follow)"
#: Why --profile-rules has.
PROFILED: Final = "rules are timed in one process (--profile-rules)"
#: What of the settings makes the roles of the two ends, and may change while a run goes on.
ROLES: Final = ("home_nets", "trusted_relays", "monitors", "scanners")


def worker_count(options: RunOptions, settings: Settings) -> int:
    """Return how many workers a run has; what several cannot read is said and has one."""
    wanted: int = settings["workers"]
    count = wanted or len(os.sched_getaffinity(0))
    if count == 1:
        return count
    why = FOLLOWED if options.follow else PROFILED if settings["rules.profile"] else ""
    if not why:
        return count
    if wanted:
        log.warning("one worker in place of %d: %s", count, why)
    return 1


class Reader:
    """What reads for one worker."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._reading = Reading(sources)

    def feed(self, pipeline: Pipeline) -> None:
        """Give a pipeline all packets."""
        for source in self._sources:
            if isinstance(source, FileSource) and isinstance(pipeline, Analysis):
                source.on_idle = pipeline.idle
        self._reading.feed(pipeline)

    def stop(self) -> None:
        """End soon; from any thread."""
        self._reading.stop()

    def figures(self) -> dict[str, Any]:
        """Return how far it has come."""
        reading = self._reading
        return {"octets": reading.octets, "lost": reading.lost, **reading.results}


class Staff:
    """The workers of a run, opened before there are outputs, and then hired as a `Crew`."""

    def __init__(
        self,
        count: int,
        live: bool,
        nursery: Nursery,
        interfaces: str,
        total: int | None,
        *,
        teed: bool = False,
    ) -> None:
        self._teed = teed
        self.interfaces = interfaces
        """The names of the interfaces that are listened to."""
        self.reading = CrewReading(total)
        self._count = count
        self._live = live
        self._nursery = nursery
        self._crew: Crew | None = None

    def hire(
        self,
        config: Config,
        counts: Counts,
        matcher: Matcher | Profiler,
        ruleset: RuleSet,
        **parts: Any,
    ) -> Crew:
        """Return the workers' parent; `parts` are those of a `Hub`."""
        answers = Answers(matcher, [source.rule for source in ruleset.asked])
        hub = Hub(config, workers=self._count, counts=counts, answers=answers, **parts)
        crew = Crew(
            config,
            self._nursery,
            self._count,
            hub,
            counts,
            time.monotonic,
            live=self._live,
            teed=self._teed,
        )
        self._crew = self.reading.crew = crew
        return crew

    def feed(self) -> None:
        """Let the workers read all, unless the end was asked for."""
        if self._crew is not None and not self.reading.stopped:
            self._crew.feed()

    def renew(
        self, matcher: Matcher | Profiler, correlator: Correlator, ruleset: RuleSet, config: Config
    ) -> None:
        """Let all use other rules and settings; in a thread of its own."""
        if self._crew is not None:
            answers = Answers(matcher, [source.rule for source in ruleset.asked])
            self._crew.swap(answers, correlator, news_of(ruleset, config))

    def measure(self, counts: Counts, matcher: Matcher | Profiler) -> None:
        """Copy the figures of each worker; called at a scrape."""
        if self._crew is not None:
            measure_workers(counts, self._crew, matcher)

    def extraction(self, extractor: Extractor) -> Extracted:
        """Return the figures of what all write, in place of one that only looked at the folder."""
        extractor.close()
        return CrewExtraction(self.reading)


def open_staff(
    options: RunOptions,
    settings: Settings,
    config: Config,
    ruleset: RuleSet,
    outputs: Sequence[OutputConfig],
    identity: Identity,
    observe: Callable[..., Observer],
) -> Staff | None:
    """Open what is read and fork the process that starts workers, while there is one thread.

    `observe` returns who sees it, by `interface`. None if the run has one worker, which is itself.
    """
    count = worker_count(options, settings)
    if count == 1:
        return None
    with identity.as_root() if options.live else nullcontext():
        hands = _live_sources(count, options, settings, config) if options.live else []
    tee = None if options.live else _tee(options, count)
    names = ", ".join(hands[0].name.split(",")) if hands else ""
    drafts = all(output.format == "ecs" for output in outputs if "alert" in output.events)
    task = Task(
        config=config,
        count=count,
        sieve=cache(partial(Sieve, ruleset)),
        feeder=partial(_reader, options, hands, tee),
        tee=tee,
        renewed=partial(renewed, config),
        extract=_extraction(options, config, count),
        live=options.live,
        lines=Lines(observe(interface=names), DRAFT_OCTETS) if drafts else None,
        records=any(output.events - {"alert", "stats"} for output in outputs),
        figures=are_read(settings, outputs, live=options.live),
    )
    total = None if options.live else Reading(_files(options)).total
    nursery = Nursery(
        partial(work, task), partial(_settle, identity, task), partial(_spawned, tee, count)
    )
    if tee is not None:
        tee.close()
    for source in hands:
        source.close()
    return Staff(count, options.live, nursery, names, total, teed=tee is not None)


def _files(options: RunOptions) -> list[FileSource]:
    return list(capture.file_sources(list(options.inputs)))


def _settle(identity: Identity, task: Task) -> None:
    """Give up what rights there are, and compile the rules once for all workers."""
    identity.settle()
    task.sieve()


def _tee(options: RunOptions, count: int) -> Tee | None:
    """Return what copies inputs that can be read only once; None if there is no such input."""
    names = [source.name for source in _files(options) if source.size is None]
    return Tee(names, count) if names else None


def _spawned(tee: Tee | None, count: int, index: int) -> None:
    """Close, in the process that starts workers, the ends that the copying process writes to."""
    if tee is not None and index == count:
        tee.close(reading=False)


def _reader(options: RunOptions, hands: Sequence[Source], tee: Tee | None, index: int) -> Reader:
    if hands:
        return Reader([hands[index]])
    sources = _files(options)
    if tee is not None:
        for number, source in enumerate(sources):
            fd = tee.fd_of(source.name, index)
            if fd >= 0:
                sources[number] = capture.FileSource(source.name, fd=fd)
    return Reader(sources)


def _live_sources(
    count: int, options: RunOptions, settings: Settings, config: Config
) -> list[capture.LiveSource]:
    interfaces = list(settings["interfaces"]) or [default_interface()]
    return capture.live_group(
        count,
        interfaces,
        ports=config.ports,
        bpf=settings["filter"] or None,
        any_port=config.any_port,
        octets=config.limits.capture_octets,
    )


# -- new rules and settings ------------------------------------------------------------------------


def news_of(ruleset: RuleSet, config: Config) -> str:
    """Write rules, and the settings that a run takes up, for the workers."""
    told: dict[str, Any] = {name: list(getattr(config, name)) for name in ROLES}
    told["mail_servers"] = [
        [server.network, server.role, sorted(server.ports)] for server in config.mail_servers
    ]
    return json.dumps({"settings": told, "rules": prepared.packed(ruleset)})


def renewed(config: Config, news: str) -> tuple[RuleSet, Config]:
    """Read what `news_of` wrote."""
    read = json.loads(news)
    told = read["settings"]
    changed: dict[str, Any] = {name: tuple(told[name]) for name in ROLES}
    changed["mail_servers"] = tuple(
        MailServer(network, role, frozenset(ports)) for network, role, ports in told["mail_servers"]
    )
    return prepared.unpacked(read["rules"]), config._replace(**changed)


# -- attachments -----------------------------------------------------------------------------------


def _extraction(
    options: RunOptions, config: Config, count: int
) -> Callable[[int], tuple[Store, Callable[[], dict[str, Any]]]] | None:
    if options.extract is None:
        return None
    from smtpids.outputs.extract_shares import Shares

    return partial(_keeper, options.extract, config, Shares(count))


def _keeper(
    folder: str, config: Config, shares: Shares, index: int
) -> tuple[Store, Callable[[], dict[str, Any]]]:
    extractor = open_extractor(folder, config.limits, shares.of(index))
    assert extractor is not None

    def figures() -> dict[str, Any]:
        return {"octets": extractor.octets, **extractor.written, **extractor.skipped}

    return extractor.begin, figures


class CrewExtraction:
    """What all workers have written of attachments, as an `Extractor` shows it."""

    def __init__(self, reading: CrewReading) -> None:
        self._reading = reading

    def _sum(self, *names: str) -> int:
        return sum(told[name] for told in self._reading.extracted() for name in names)

    @property
    def written(self) -> dict[str, int]:
        """Attachments by what became of them."""
        return {result: self._sum(result) for result in RESULTS}

    @property
    def skipped(self) -> dict[str, int]:
        """Attachments that were not written, by the reason."""
        return {reason: self._sum(reason) for reason in REASONS}

    @property
    def octets(self) -> int:
        """Octets written."""
        return self._sum("octets")

    @property
    def kept(self) -> int:
        """Attachments that are in files now."""
        return self._sum(*RESULTS)

    @property
    def lost(self) -> int:
        """Attachments that could not be written, though no limit was met."""
        return self._sum(*FAULTS)

    def close(self) -> None:
        """Do nothing: the workers have closed what they had open."""


# -- what the parent shows -------------------------------------------------------------------------


class CrewReading:
    """What the workers of a run read, as one `Reading`."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        """Octets of all files; None live."""
        self.crew: Crew | None = None
        self.stopped = False

    def stop(self) -> None:
        """End soon; may be called in a signal handler and from any thread."""
        self.stopped = True
        if self.crew is not None:
            self.crew.stop()

    def _told(self, name: str) -> list[int]:
        return [] if self.crew is None else self.crew.read(name)

    def extracted(self) -> list[dict[str, int]]:
        """Return what the workers say of attachments."""
        return [] if self.crew is None else self.crew.extracted()

    @property
    def results(self) -> dict[str, int]:
        """Sources by how they ended; each worker reads the same files."""
        return {name: max(self._told(name), default=0) for name in ("ok", "truncated", "error")}

    @property
    def finished(self) -> int:
        """Sources that were read, wholly or in part."""
        return sum(self.results.values())

    @property
    def unreadable(self) -> int:
        """Sources that could not be read, or not to their end; one, if a worker was given up."""
        failed = self.crew is not None and self.crew.failed
        return max(self.finished - self.results["ok"], int(failed))

    @property
    def octets(self) -> int:
        """Octets that every worker has read."""
        return min(self._told("octets"), default=0)

    @property
    def looks(self) -> int:
        """How often more was looked for in a folder; workers follow none."""
        return 0

    @property
    def lost(self) -> int:
        """Packets that the kernel lost so far."""
        return sum(self._told("lost"))

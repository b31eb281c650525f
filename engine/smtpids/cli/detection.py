"""One run from the first packet to the summary: what `smtpids run` does.

It joins the sources, the pipeline, the outputs and the metrics, and owns their order: all that the
operator may have got wrong is opened before the first packet, and what was found is written and
closed before the last word.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, nullcontext
from functools import partial
from threading import Lock, Timer
from typing import TYPE_CHECKING

import click

from smtpids import rules
from smtpids.alerts.record import SCHEMA_VERSION, Observer
from smtpids.cli import progress, statistics
from smtpids.cli.circles import leave, seldom_sought, spare_what_is_there
from smtpids.cli.delivery import Delivery
from smtpids.cli.extraction import Extracted, measure_extracted, open_extractor
from smtpids.cli.identity import Identity
from smtpids.cli.measures import measure, measure_costs, turns_of
from smtpids.cli.notify import Attendance, Notifier
from smtpids.cli.outlets import open_channels
from smtpids.cli.privacy import veil_of
from smtpids.cli.reading import Reading, open_sources
from smtpids.cli.ruleset import load_rules, matcher_of
from smtpids.cli.screen import Screen, log, logging_to
from smtpids.cli.serving import Serving, are_read
from smtpids.cli.signals import Signals
from smtpids.cli.ticker import Ticker
from smtpids.cli.watching import Changes, Watcher
from smtpids.cli.words import counted, listed
from smtpids.errors import ConfigSetError, ExitCode, RuleSetError
from smtpids.history import Memory
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.roles import Roles
from smtpids.rules import shipped_rules
from smtpids.rules.rule import Level
from smtpids.settings.settings import OPTION

if TYPE_CHECKING:
    from smtpids.cli.crew import CrewReading, Staff
    from smtpids.cli.run import RunOptions
    from smtpids.cli.state import State
    from smtpids.rules import Correlator, RuleSet
    from smtpids.rules.rule import Rule
    from smtpids.settings import Settings
    from smtpids.workers import Crew


def detect(options: RunOptions) -> ExitCode:
    """Carry out one run and return its exit code.

    SIGHUP is ignored from here on but while the run answers it: it asks for new files and rules,
    and one that comes early or late, from a rotation, must not end what is still being written.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    screen = Screen()
    with seldom_sought(), logging_to(screen, quiet=options.quiet, verbose=options.verbose):
        detection = Detection(options, screen)
        code = detection.run()
        leave(detection)
        return code


class Detection:
    """The parts of one run. Made, everything is open and nothing has been read."""

    def __init__(self, options: RunOptions, screen: Screen) -> None:
        self._options = options
        self._settings = options.settings()
        config = options.config(self._settings)
        self._notifier = Notifier.of(os.environ, os.getpid())
        self._identity = identity_of(self._settings)
        self._identity.take_on(options.config_file)
        veil = veil_of(self._settings)
        # before the rules are read, so that no change is missed
        self._changes = Changes(self._watched) if options.reload else None
        ruleset = read_rules(self._settings)
        outputs = options.output_configs(self._settings)
        sensor = config.sensor or (os.uname().nodename if options.live else "")
        clock = time.time_ns if options.endless else None
        compact = self._settings["alerts.detail"] == "compact"
        observe = partial(Observer, sensor, veil=veil, compact=compact, clock=clock)
        self._staff: Staff | None = None
        if self._settings["workers"] != 1:  # one needs nothing of what several import
            from smtpids.cli.crew import open_staff

            self._staff = open_staff(
                options, self._settings, config, ruleset, outputs, self._identity, observe
            )
        self._reading: Reading | CrewReading
        if self._staff is None:
            with self._identity.as_root() if options.live else nullcontext():
                sources = open_sources(options, self._settings, config)
            names = ", ".join(source.name for source in sources) if options.live else ""
            self._reading = Reading(sources)
        else:
            names, self._reading = self._staff.interfaces, self._staff.reading
        self._screen = screen
        self._config = config
        in_use = ruleset.alerting
        self._rules = len(in_use)
        self._counts = Counts(live=options.live, schema_version=str(SCHEMA_VERSION))
        self._counts.is_read = are_read(self._settings, outputs, live=options.live)
        self._counts.rules_loaded(in_use, asked=rules_of(ruleset))
        self._interfaces = names
        self._sensor = f"{sensor} {self._interfaces}"
        observer = observe(interface=self._interfaces)
        # never a file's name: a label must not have as many values as there are files
        self._source_label = self._interfaces or ("stdin" if "-" in options.inputs else "file")
        # somebody may wait for each line of a pipe, too
        live = options.endless or "-" in options.inputs
        channels = open_channels(
            outputs, observer, self._counts, live=live, endless=options.endless
        )
        self._tells_outputs = [output.type for output in outputs] != ["stdout"]
        self._delivery = Delivery(channels, screen, self._counts, self._reading.stop)
        self._costs: dict[str, rules.Cost] = {}
        self._matcher = matcher_of(ruleset, self._settings, self._costs)
        memory = Memory(config.limits)
        correlator = rules.Correlator(ruleset, config.limits)
        self._state = open_state(self._settings["state"], memory, correlator, live=options.endless)
        extractor = open_extractor(options.extract, config.limits)
        self._extractor: Extracted | None = extractor
        if extractor is not None and self._staff is not None:
            self._extractor = self._staff.extraction(extractor)
        on_record = self._delivery.record if self._delivery.wants_records else None
        self._pipeline: Pipeline | Crew
        if self._staff is None:
            self._pipeline = Pipeline(
                config,
                counts=self._counts,
                matcher=self._matcher,
                on_alert=self._delivery.alert,
                on_record=on_record,
                memory=memory,
                store=extractor.begin if extractor is not None else None,
                correlator=correlator,
            )
        else:
            self._pipeline = self._staff.hire(
                config,
                self._counts,
                self._matcher,
                ruleset,
                on_alert=self._delivery.alert,
                on_record=on_record,
                memory=memory,
                correlator=correlator,
            )
        if self._state is not None:
            self._state.correlator = lambda: self._pipeline.verdicts.correlator
            self._state.keep(self._pipeline.suppressor)
        self._serving = Serving(
            self._settings,
            self._counts,
            self._refresh,
            self._pipeline,
            self._reading,
            self._doing(),
        )
        self._is_closing = False
        self._renewing = Lock()
        self._identity.settle()

    def run(self) -> ExitCode:
        """Read to the end or a stop, and sum up."""
        begun = time.monotonic()
        self._counts.started_ns = self._counts.reload_ns = time.time_ns()
        self._counts.reload_ok = True  # as Prometheus' own: the first load counts
        # a pipe may be silent as long as it likes: that says nothing of the run
        turns = partial(turns_of, self._pipeline, self._reading) if self._options.endless else None
        with ExitStack() as parts:
            attendance = parts.enter_context(Attendance(self._notifier, turns, self._stands))
            parts.callback(self._serving.close)  # at last, so that the outputs' ends are seen
            signals = parts.enter_context(Signals(self._stop, self.reload))
            parts.callback(self._close_outputs)
            if self._delivery.wants_stats:
                parts.callback(self._tell_figures, last=True)
            if self._state is not None:
                parts.callback(self._state.close)
            if self._extractor is not None:
                parts.callback(self._extractor.close)
            self._start_watching(parts)
            self._serving.begin()
            if self._options.endless:
                log.info("%s", self._announcement())
            if self._options.live and self._identity.is_root:
                log.info("running as root: --user NAME gives that up when the interface is open")
            spare_what_is_there(endless=self._options.endless)
            attendance.ready()
            self._feed()
            attendance.stopping()
            self._pipeline.finish()
            self._serving.end()
        code = self._exit_code(signals)
        if not self._serving.write(code) and code is not ExitCode.INTERRUPTED:
            code = ExitCode.OUTPUT
        self._sum_up(time.monotonic() - begun)
        return code

    def _feed(self) -> None:
        """Read all there is."""
        if isinstance(self._reading, Reading) and isinstance(self._pipeline, Pipeline):
            self._reading.feed(self._pipeline)
        elif self._staff is not None:
            self._staff.feed()

    def _stop(self) -> None:
        """End the input, or the wait for receivers at the end; called in a signal handler."""
        if self._is_closing:
            raise KeyboardInterrupt
        self._reading.stop()

    def _close_outputs(self) -> None:
        self._is_closing = True
        self._delivery.close()
        self._is_closing = False

    def reload(self) -> None:
        """Reopen the outputs and put new rules and settings in place; called on SIGHUP."""
        self._delivery.reopen()
        self.renew("files reopened, ")

    def renew(self, done: str = "") -> None:
        """Read rules and configuration anew and use them, or say what is wrong and use nothing."""
        # SIGHUP and --reload come from two threads
        with self._renewing, self._notifier.reloading():
            try:
                settings = self._options.settings()
                ruleset = read_rules(settings)
            except (RuleSetError, ConfigSetError) as error:
                self._counts.reload_ok = False
                places = {fault.location.path for fault in error.errors if fault.location}
                self._counts.rules_failed["default"] = len(places)
                from smtpids.cli.faults import fault_lines

                shown = "\n".join(line for fault in error.errors for line in fault_lines(fault))
                log.error("%snot reloaded, the old rules and settings stay:\n%s", done, shown)
                return
            in_use = ruleset.alerting
            matcher = matcher_of(ruleset, settings, self._costs)
            matcher.count_on(self._matcher)
            self._matcher = matcher
            correlator = rules.Correlator(ruleset, self._config.limits)
            config = self._options.config(settings)
            if self._staff is not None:
                self._staff.renew(matcher, correlator, ruleset, config)
            elif isinstance(self._pipeline, Pipeline):
                self._pipeline.swap(matcher, correlator, Roles(config))
            self._counts.rules_loaded(in_use, asked=rules_of(ruleset))
            self._counts.rules_failed["default"] = 0
            self._counts.reload_ok = True
            self._counts.reload_ns = time.time_ns()
            waiting = self._settings.waiting(settings)
            self._settings = settings
            log.info("%s%s reloaded", done, counted(len(in_use), "rule"))
            if waiting:
                log.warning("changed, but for the next start only: %s", ", ".join(waiting))

    def _watched(self) -> list[str]:
        """Return the files and folders whose changes --reload takes up."""
        roots = self._settings.rule_paths() or [str(shipped_rules.folder())]
        return roots if self._options.config_file is None else [self._options.config_file, *roots]

    def _tell_figures(self, *, last: bool = False) -> None:
        parts = (self._counts, self._pipeline, self._reading, self._delivery)
        figures = statistics.gather(*parts, sensor=self._sensor, last=last)
        self._delivery.stats(figures)

    def _refresh(self) -> None:
        """Copy into the counts what the parts keep themselves; called at a scrape."""
        measure(self._counts, self._pipeline, self._reading, self._matcher, self._source_label)
        if self._staff is not None:
            self._staff.measure(self._counts, self._matcher)
        measure_costs(self._counts, self._costs)
        if self._extractor is not None:
            measure_extracted(self._counts, self._extractor)
        self._delivery.refresh()

    def _start_watching(self, parts: ExitStack) -> None:
        """Start what goes on beside the run: the bar, --duration, --reload, the figures."""
        if progress.wanted(self._options.progress, live=self._options.endless):
            parts.enter_context(progress.Bar(self._screen, self._reading.total, self._standing))
        if self._options.duration is not None:
            timer = Timer(self._options.duration, self._reading.stop)
            timer.daemon = True
            timer.start()
            parts.callback(timer.cancel)
        if self._changes is not None:
            parts.enter_context(Watcher(self._changes, self.renew))
        if self._options.endless and self._delivery.wants_stats:
            parts.enter_context(Ticker("stats", self._tell_figures, statistics.INTERVAL))

    def _standing(self) -> progress.Standing:
        return progress.Standing(
            self._reading.octets, self._pipeline.packets, self._delivery.alerts
        )

    def _stands(self) -> str:
        """Say in a line how far the run is."""
        stands, where = self._standing(), self._interfaces or self._source_label
        return f"{where}: {counted(stands.packets, 'packet')}, {counted(stands.alerts, 'alert')}"

    def _announcement(self) -> str:
        """Say what an endless run waits for, for it is silent until something happens."""
        served = f", metrics on {self._serving.url}" if self._serving.url else ""
        outputs = ", ".join(output.name for output in self._delivery.outputs)
        to = "standard output" if outputs == "-" else outputs
        return f"{self._doing()}{served}, {counted(self._rules, 'rule')}, alerts to {to}"

    def _doing(self) -> str:
        config = self._config
        ports = "any port" if config.any_port else f"ports {listed(config.ports)}"
        doing = f"listening on {self._interfaces}"
        if self._options.inputs:
            inputs = self._options.inputs
            doing = f"reading {inputs[0] if len(inputs) == 1 else counted(len(inputs), 'capture')}"
        if self._options.follow:
            doing = f"following {self._options.inputs[0]}"
        return f"{doing} ({ports})"

    def _sum_up(self, seconds: float) -> None:
        options = self._options
        if options.summary == "none" or (options.summary == "auto" and options.quiet):
            return
        from smtpids.cli.summary import Summary, as_json, as_text

        extractor = self._extractor
        summary = Summary(
            files=0 if options.live else self._reading.finished,
            packets=self._pipeline.packets,
            packets_lost=self._reading.lost,
            sessions=sum(self._counts.sessions.values()),
            messages=sum(self._counts.messages.values()),
            seconds=seconds,
            rules=list(self._delivery.tally.values()),
            events_lost=self._delivery.lost,
            outputs=self._delivery.outputs if self._tells_outputs else [],
            attachments=extractor.kept if extractor is not None else None,
            attachments_skipped=sum(extractor.skipped.values()) if extractor is not None else 0,
        )
        if self._costs:
            from smtpids.cli.costs import costs_of

            summary.costs = costs_of(self._costs)
        click.echo(as_json(summary) if options.summary == "json" else as_text(summary), err=True)

    def _exit_code(self, signals: Signals) -> ExitCode:
        """Return the worst that happened."""
        if signals.interrupted or (signals.terminated and not self._options.endless):
            return ExitCode.INTERRUPTED
        if self._delivery.lost:
            return ExitCode.OUTPUT
        if self._state is not None and self._state.lost:
            return ExitCode.OUTPUT
        if self._extractor is not None and self._extractor.lost:
            return ExitCode.OUTPUT
        if self._reading.unreadable:
            return ExitCode.INPUT
        worst, fail_on = self._delivery.worst(), self._options.fail_on
        if fail_on and worst and worst.severity >= Level(fail_on).severity:
            return ExitCode.ALERTED
        return ExitCode.DONE


def identity_of(settings: Settings) -> Identity:
    """Return who the run is to be; UsageError, with its place, if there is no such user."""
    user, origin = settings.setting("user")
    return Identity(user, "" if origin == OPTION else origin)


def open_state(path: str, memory: Memory, correlator: Correlator, *, live: bool) -> State | None:
    """Read what earlier runs learnt and counted; StateError if the file cannot be used."""
    if not path:
        return None
    from smtpids.cli.state import State

    return State(path, memory, correlator, live=live)


def read_rules(settings: Settings) -> RuleSet:
    """Load the rules and say what is unwise in them; see `load_rules`."""
    ruleset = load_rules(settings)
    for warning in ruleset.warnings:
        log.debug("%s", warning)
    return ruleset


def rules_of(ruleset: RuleSet) -> list[Rule]:
    """Return the rules that are asked of events, also those that only count."""
    return [source.rule for source in ruleset.asked]

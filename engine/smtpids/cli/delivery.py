"""From matches and events to the outputs: each is given what it asks for, rendered, and counted.

What several outputs ask for in the same form is rendered once. A lock stands around each output,
since SIGHUP reopens them from another thread; for one on the terminal it is the screen's, on which
the progress bar draws. A reader that goes away (`| head`) is no fault: its output is dropped, and
when the last has gone the run ends.
"""

from __future__ import annotations

import time
from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Final

from smtpids.alerts.alert import alert_id
from smtpids.alerts.record import identity
from smtpids.cli.options import RECORDS
from smtpids.cli.screen import log
from smtpids.outputs import Entry
from smtpids.outputs.account import LOSSES, WRITE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from smtpids.alerts.stats import OutputFigures, Stats
    from smtpids.cli.renderers import Renderer
    from smtpids.cli.screen import Screen
    from smtpids.cli.summary import OutputTally
    from smtpids.metrics import Counts
    from smtpids.outputs import Output
    from smtpids.rules.rule import Level, Match
    from smtpids.smtp.events import Event

#: The word for a record by its `event.action`.
KINDS = {action: word for word, action in RECORDS.items()}
#: All that an output may be given.
ALL: Final = frozenset({"alert", *RECORDS})
#: Failures that mean that there is no room.
NO_ROOM: Final = frozenset({"ENOSPC", "EDQUOT", "EFBIG"})
#: Why an attempt failed; what else an output names is `write`.
FAULTS: Final = ("full", "write", "timeout", "refused", "too_large")


class Channel:
    """An output and what it is given: records of these kinds, alerts of at least this severity.

    Outputs that are given the same octets share the renderer. `on_screen`: the output is the
    terminal on which the progress bar may stand.
    """

    __slots__ = ("kinds", "lock", "on_screen", "output", "renderer", "severity")

    def __init__(
        self,
        output: Output,
        renderer: Renderer,
        *,
        on_screen: bool = False,
        kinds: frozenset[str] = ALL,
        severity: int = 0,
    ) -> None:
        self.output = output
        self.renderer = renderer
        self.on_screen = on_screen
        self.kinds = kinds
        self.severity = severity
        self.lock = RLock()


class RuleTally:
    """How often one rule alerted."""

    __slots__ = ("alerts", "level", "name", "severity", "title")

    def __init__(self, name: str, title: str, level: Level, alerts: int = 0) -> None:
        self.name = name
        self.title = title
        self.level = level
        self.alerts = alerts
        self.severity = level.severity
        """That of the level, which is dear to ask."""


class Delivery:
    """Writes events to all channels. `ended` is called when the last reader has gone."""

    def __init__(
        self,
        channels: Sequence[Channel],
        screen: Screen,
        counts: Counts,
        ended: Callable[[], None],
    ) -> None:
        self._channels = list(channels)
        self._all = tuple(channels)
        self._screen = screen
        self._counts = counts
        self._ended = ended
        self._told: dict[str, str] = {}
        for channel in self._all:  # a counter that begins at 0 shows its first step
            counts.output_opened(channel.output.name, ("alert", *RECORDS))
        self.tally: dict[str, RuleTally] = {}

    @property
    def wants_records(self) -> bool:
        """Whether an output is given something beside alerts."""
        return any(channel.kinds - {"alert", "stats"} for channel in self._all)

    @property
    def wants_stats(self) -> bool:
        """Whether an output is given the figures of the run."""
        return any("stats" in channel.kinds for channel in self._all)

    @property
    def outputs(self) -> list[OutputTally]:
        """What became of the records of each output."""
        from smtpids.cli.summary import OutputTally

        return [
            OutputTally(output.name, output.delivered, output.lost, output.waiting)
            for output in (channel.output for channel in self._all)
        ]

    @property
    def alerts(self) -> int:
        """Alerts so far."""
        return sum(tally.alerts for tally in tuple(self.tally.values()))

    @property
    def lost(self) -> int:
        """Events that outputs could not write."""
        return sum(channel.output.lost for channel in self._all)

    def alert(self, match: Match) -> None:
        """Write an alert."""
        rule = match.rule
        tally = self.tally.get(rule.name)
        if tally is None:
            tally = self.tally[rule.name] = RuleTally(rule.name, rule.title, rule.level)
        tally.alerts += 1
        level = rule.level  # another one after a reload
        severity = tally.severity if level is tally.level else level.severity
        made: dict[Renderer, Entry] = {}
        named = ""
        for channel in tuple(self._channels):
            if severity < channel.severity or "alert" not in channel.kinds:
                continue
            entry = made.get(channel.renderer)
            if entry is None:
                named = named or alert_id(match)
                entry = made[channel.renderer] = Entry(
                    channel.renderer.alert(match, named),
                    named,
                    match.event.ts_ns,
                    "alert",
                    severity,
                    _key(match.event),
                )
            self._write(channel, entry)
        if self._counts.live:
            self._counts.alert_delay(time.time_ns() - match.event.ts_ns)

    def record(self, event: Event) -> None:
        """Write a session, message or anomaly record."""
        kind = KINDS[event.action]
        made: dict[Renderer, Entry] = {}
        named = ""
        for channel in tuple(self._channels):
            if kind not in channel.kinds:
                continue
            entry = made.get(channel.renderer)
            if entry is None:
                named = named or identity(event)
                line = channel.renderer.record(event, named)
                entry = made[channel.renderer] = Entry(
                    line, named, event.ts_ns, kind, 0, _key(event)
                )
            self._write(channel, entry)

    def stats(self, stats: Stats) -> None:
        """Write the figures of the run; they may come from another thread than the rest."""
        from smtpids.alerts.stats import stats_id

        for channel in tuple(self._channels):
            if "stats" in channel.kinds:
                line = channel.renderer.stats(stats)
                self._write(channel, Entry(line, stats_id(stats), stats.ts_ns, "stats"))

    def figures(self) -> list[OutputFigures]:
        """Return what became of the records so far, by output."""
        from smtpids.alerts.stats import OutputFigures

        return [
            OutputFigures(output.name, output.delivered, output.lost)
            for output in (channel.output for channel in self._all)
        ]

    def worst(self) -> Level | None:
        """Return the worst level that alerted."""
        levels = (tally.level for tally in self.tally.values())
        return max(levels, key=lambda level: level.severity, default=None)

    def reopen(self) -> None:
        """Begin new files under the old names; one that cannot goes on with the old file."""
        for channel in self._all:
            with channel.lock:
                channel.output.reopen()
            self._tell_failure(channel.output)

    def close(self) -> None:
        """Write what is held back and close all outputs; a KeyboardInterrupt cuts waits short."""
        for channel in self._all:
            channel.output.end()
        for channel in self._all:
            try:
                self._close(channel)
            except KeyboardInterrupt:
                for other in self._all:
                    other.output.end(0)
                self._close(channel)

    def refresh(self) -> None:
        """Copy into the counts what the outputs keep themselves."""
        for channel in self._all:
            _measure(channel.output, self._counts)

    def _close(self, channel: Channel) -> None:
        with self._around(channel):
            channel.output.close()
        self._tell_failure(channel.output)

    def _around(self, channel: Channel) -> AbstractContextManager[object]:
        """Return what is held while an output is used."""
        return self._screen.line() if channel.on_screen else channel.lock

    def _write(self, channel: Channel, entry: Entry) -> None:
        output = channel.output
        if self._counts.is_read:
            self._counts.output_events[output.name, entry.kind] += 1
        try:
            with self._around(channel):
                output.write(entry)
        except BrokenPipeError:
            with suppress(ValueError):  # two threads write: the other one may have seen it first
                self._channels.remove(channel)
            if not self._channels:
                self._ended()
        if output.last_error:
            self._tell_failure(output)

    def _tell_failure(self, output: Output) -> None:
        """Say a failure once, not again for each event that it costs."""
        if output.last_error != self._told.get(output.name, ""):
            self._told[output.name] = output.last_error
            log.error("%s", output.last_error)


def _key(event: Event) -> str:
    """Return the address of the client."""
    return str(event.own_fields().get("source.ip", ""))


def _measure(output: Output, counts: Counts) -> None:
    """Copy the figures of one output."""
    name = output.name
    counts.output_delivered[name] = output.delivered
    lost = output.lost_by_reason
    for reason in LOSSES if output.queue_capacity else {WRITE, *lost}:
        counts.output_dropped[name, reason] = lost.get(reason, 0)
    failed = dict.fromkeys(FAULTS if output.queue_capacity else FAULTS[:2], 0)
    for error, number in tuple(output.errors.items()):
        fault = "full" if error in NO_ROOM else error if error in failed else WRITE
        failed[fault] += number
    for reason, number in failed.items():
        counts.output_errors[name, reason] = number
    counts.output_up[name] = int(output.up)
    if output.last_success_ns:
        counts.output_success_ns[name] = output.last_success_ns
    if output.queue_capacity:
        counts.output_retries[name] = output.retries
        counts.output_resent[name] = output.resent
        counts.output_queue[name] = output.queue_length
        counts.output_queue_most[name] = output.queue_capacity
    if output.spool_capacity:
        counts.output_spool_octets[name] = output.spool_octets
        counts.output_spool_most[name] = output.spool_capacity

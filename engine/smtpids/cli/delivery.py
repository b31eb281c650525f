"""From matches and events to the outputs: each rendered as asked, written whole, and counted.

One lock stands around all writing, since SIGHUP reopens the outputs from another thread and the
progress bar draws on the same terminal. A reader that goes away (`| head`) is no fault: its output
is dropped, and when the last has gone the run ends.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import encode
from smtpids.alerts.layout import PLAIN, Style, style_for
from smtpids.alerts.record import record
from smtpids.alerts.table import alert_lines, event_lines
from smtpids.cli.options import RECORDS
from smtpids.cli.screen import log
from smtpids.cli.summary import RuleTally
from smtpids.errors import UsageError
from smtpids.outputs import FileOutput, StdoutOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.alerts.record import Observer
    from smtpids.cli.screen import Screen
    from smtpids.metrics import Counts
    from smtpids.outputs import Output
    from smtpids.rules.rule import Level, Match
    from smtpids.smtp.events import Event

#: The word for a record by its `event.action`.
KINDS = {action: word for word, action in RECORDS.items()}
#: Failures that mean that there is no room.
FULL = frozenset({"ENOSPC", "EDQUOT", "EFBIG"})


class Renderer(Protocol):
    """Makes the octets of one event."""

    def alert(self, match: Match) -> bytes:
        """Render an alert."""

    def record(self, event: Event) -> bytes:
        """Render a session, message or anomaly."""


class Ecs:
    """One line of ECS JSON an event."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def alert(self, match: Match) -> bytes:
        """Render an alert."""
        return encode(alert(match, self._observer))

    def record(self, event: Event) -> bytes:
        """Render a session, message or anomaly."""
        return encode(record(event, self._observer))


class Table:
    """A block of text for people an event; `verbose` shows the dialogue of sessions."""

    def __init__(self, style: Style, *, verbose: bool = False) -> None:
        self._style = style
        self._verbose = verbose

    def alert(self, match: Match) -> bytes:
        """Render an alert."""
        return alert_lines(match, self._style).encode(errors="backslashreplace")

    def record(self, event: Event) -> bytes:
        """Render a session, message or anomaly."""
        text = event_lines(event, self._style, verbose=self._verbose)
        return text.encode(errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class Channel:
    """An output and what it is given."""

    output: Output
    renderer: Renderer
    on_screen: bool = False
    """The output is the terminal on which the progress bar may stand."""


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
        self._outputs = [channel.output for channel in channels]
        self._screen = screen
        self._counts = counts
        self._ended = ended
        self._told: dict[str, str] = {}
        for output in self._outputs:  # a counter that begins at 0 shows its first step
            counts.output_opened(output.name, ("alert", *RECORDS))
        self.tally: dict[str, RuleTally] = {}

    @property
    def alerts(self) -> int:
        """Alerts so far."""
        return sum(tally.alerts for tally in tuple(self.tally.values()))

    @property
    def lost(self) -> int:
        """Events that outputs could not write."""
        return sum(output.lost for output in self._outputs)

    def alert(self, match: Match) -> None:
        """Write an alert."""
        rule = match.rule
        tally = self.tally.get(rule.name)
        if tally is None:
            tally = self.tally[rule.name] = RuleTally(rule.name, rule.title, rule.level)
        tally.alerts += 1
        for channel in tuple(self._channels):
            self._write(channel, channel.renderer.alert(match), "alert")
        if self._counts.live:
            self._counts.alert_delay(time.time_ns() - match.event.ts_ns)

    def record(self, event: Event) -> None:
        """Write a session, message or anomaly record."""
        kind = KINDS[event.action]
        for channel in tuple(self._channels):
            self._write(channel, channel.renderer.record(event), kind)

    def worst(self) -> Level | None:
        """Return the worst level that alerted."""
        levels = (tally.level for tally in self.tally.values())
        return max(levels, key=lambda level: level.severity, default=None)

    def reopen(self) -> None:
        """Begin new files under the old names; one that cannot goes on with the old file."""
        for output in self._outputs:
            with self._screen.lock:
                output.reopen()
            self._tell_failure(output)

    def close(self) -> None:
        """Write what is held back and close all outputs."""
        for output in self._outputs:
            with self._screen.lock:
                output.close()
            self._tell_failure(output)

    def refresh(self) -> None:
        """Copy into the counts what the outputs keep themselves."""
        for output in self._outputs:
            self._counts.output_delivered[output.name] = output.delivered
            self._counts.output_dropped[output.name, "write"] = output.lost
            for reason in ("full", "write"):
                self._counts.output_errors[output.name, reason] = sum(
                    number
                    for name, number in tuple(output.errors.items())
                    if (name in FULL) == (reason == "full")
                )

    def _write(self, channel: Channel, text: bytes, kind: str) -> None:
        output = channel.output
        self._counts.output_events[output.name, kind] += 1
        try:
            with self._screen.line() if channel.on_screen else self._screen.lock:
                output.write(text)
        except BrokenPipeError:
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


def open_channels(
    targets: Sequence[str], form: str, observer: Observer, *, live: bool
) -> list[Channel]:
    """Open each target, a path or `-`.

    Raises UsageError if one is named twice, OutputError if it cannot be opened.
    """
    doubled = next((target for target in targets if targets.count(target) > 1), None)
    if doubled is not None:
        raise UsageError(f"output {doubled} is named twice: name each output once")
    return [_channel(target, form, observer, live=live) for target in targets]


def _channel(target: str, form: str, observer: Observer, *, live: bool) -> Channel:
    stdout = target == "-"
    terminal = stdout and sys.stdout is not None and sys.stdout.isatty()
    output: Output = StdoutOutput(live=live or terminal) if stdout else FileOutput(target)
    if form == "ecs":
        return Channel(output, Ecs(observer), terminal)
    return Channel(output, Table(style_for(sys.stdout, os.environ) if stdout else PLAIN), terminal)

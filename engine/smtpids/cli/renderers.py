"""From matches and events to octets: one class for each format that `--format` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from smtpids.alerts.encode import EVE, RECORD_OCTETS, encode
from smtpids.alerts.eve import eve_alert, eve_record, eve_stats
from smtpids.alerts.line import Lines
from smtpids.alerts.table import alert_lines, event_lines, stats_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.alerts.layout import Style
    from smtpids.alerts.record import Observer
    from smtpids.alerts.stats import Stats
    from smtpids.alerts.veil import Veil
    from smtpids.rules.rule import Match
    from smtpids.smtp.events import Event


class Renderer(Protocol):
    """Makes the octets of one event; `named` is its id, if that is known already."""

    def alert(self, match: Match, named: str = "") -> bytes:
        """Render an alert."""

    def record(self, event: Event, named: str = "") -> bytes:
        """Render a session, message or anomaly."""

    def stats(self, stats: Stats) -> bytes:
        """Render the figures of the run."""


class Ecs:
    """One line of ECS JSON an event, in at most `most` octets."""

    def __init__(self, observer: Observer, most: int = RECORD_OCTETS) -> None:
        self._observer = observer
        self._most = most
        self._lines = Lines(observer, most)

    def alert(self, match: Match, named: str = "") -> bytes:
        """Render an alert."""
        return self._lines.alert(match, named)

    def record(self, event: Event, named: str = "") -> bytes:
        """Render a session, message or anomaly."""
        return self._lines.record(event, named)

    def stats(self, stats: Stats) -> bytes:
        """Render the figures of the run."""
        from smtpids.alerts.stats import stats_record

        return encode(stats_record(stats, self._observer), self._most)


class Eve:
    """One line of Suricata's EVE JSON an event, in at most `most` octets."""

    def __init__(self, observer: Observer, most: int = RECORD_OCTETS) -> None:
        self._observer = observer
        self._most = most

    def alert(self, match: Match, named: str = "") -> bytes:
        """Render an alert."""
        return encode(eve_alert(match, self._observer), self._most, EVE)

    def record(self, event: Event, named: str = "") -> bytes:
        """Render a session, message or anomaly."""
        return encode(eve_record(event, self._observer), self._most, EVE)

    def stats(self, stats: Stats) -> bytes:
        """Render the figures of the run."""
        return encode(eve_stats(stats, self._observer), self._most, EVE)


class Table:
    """A block of text for people an event; `verbose` shows the dialogue of sessions."""

    def __init__(self, style: Style, *, verbose: bool = False, veil: Veil | None = None) -> None:
        self._style = style
        self._verbose = verbose
        self._veil = veil

    def alert(self, match: Match, named: str = "") -> bytes:
        """Render an alert."""
        match = match if self._veil is None else self._veil.match(match)
        return alert_lines(match, self._style).encode(errors="backslashreplace")

    def record(self, event: Event, named: str = "") -> bytes:
        """Render a session, message or anomaly."""
        event = event if self._veil is None else self._veil.event(event)
        text = event_lines(event, self._style, verbose=self._verbose)
        return text.encode(errors="backslashreplace")

    def stats(self, stats: Stats) -> bytes:
        """Render the figures of the run."""
        return stats_lines(stats, self._style).encode(errors="backslashreplace")


#: The name of a format -> what makes its renderer: who saw it, the octets of a line, the style.
FORMATS: Final[dict[str, Callable[[Observer, int, Style], Renderer]]] = {
    "ecs": lambda observer, most, _style: Ecs(observer, most),
    "eve": lambda observer, most, _style: Eve(observer, most),
    "table": lambda observer, _most, style: Table(style, veil=observer.veil),
}

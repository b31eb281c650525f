"""A window that is judged when it is over: fewer than, exactly, this without that.

Its first match opens it. It keeps the last event, for an alert needs one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpids.rules import kept_event
from smtpids.rules.correlation import Kind, holds
from smtpids.rules.hits import SAMPLE_CHARS, SAMPLES, Found, digest, numbers

if TYPE_CHECKING:
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.hits import Hit
    from smtpids.smtp.events import Event, Value


class OpenWindow:
    """What was counted of one group since its window was opened."""

    __slots__ = (
        "_correlation",
        "_count",
        "_distinct",
        "_number",
        "_rules",
        "_samples",
        "_start_ns",
        "_sum",
        "_values",
        "event",
        "group",
    )

    event: Event
    """The last event."""

    def __init__(self, correlation: Correlation, group: tuple[Value, ...], start_ns: int) -> None:
        self._correlation = correlation
        self.group = group
        self._start_ns = start_ns
        self._count = 0
        self._number = -1
        self._distinct: set[int] = set()
        self._samples: list[str] = []
        self._values = 0
        self._sum: int | float = 0
        self._rules: set[str] = set()

    @property
    def end_ns(self) -> int:
        """The last moment that belongs to it."""
        return self._start_ns + self._correlation.timespan_ns

    def add(self, hit: Hit, event: Event) -> None:
        """Count a match; an event that several rules match counts once."""
        self._rules.add(hit.rule)
        if hit.number == self._number:
            return
        self._number = hit.number
        self._count += 1
        self.event = kept_event.freed(event)
        threshold = self._correlation.threshold
        if self._correlation.kind is Kind.VALUE_COUNT and threshold is not None:
            enough = int(threshold.number) + 2
            for value in hit.values:
                if len(self._distinct) < enough:
                    self._distinct.add(digest(value))
                shown = str(value)[:SAMPLE_CHARS]
                if shown not in self._samples:
                    self._samples = [*self._samples, shown][-SAMPLES:]
            return
        for value in numbers(hit):
            self._values += 1
            self._sum += value

    def judge(self) -> Found | None:
        """Return what was found, if it is as asked for."""
        correlation = self._correlation
        rules = tuple(sorted(self._rules))
        if correlation.threshold is None:
            wanted = correlation.wanted
            is_so = wanted is not None and holds(wanted, self._rules)
            return Found(len(rules), self._start_ns, rules) if is_so else None
        measure = self._measure()
        if measure is None or not correlation.threshold.is_met(measure):
            return None
        return Found(measure, self._start_ns, rules, tuple(self._samples))

    def _measure(self) -> int | float | None:
        kind = self._correlation.kind
        if kind is Kind.VALUE_COUNT:
            return len(self._distinct)
        if kind is Kind.VALUE_SUM:
            return self._sum if self._values else None
        if kind is Kind.VALUE_AVG:
            enough = self._values >= self._correlation.min_values
            return self._sum / self._values if enough else None
        return self._count

    def plain(self) -> list[Any]:
        """Return the state as plain data."""
        return [
            list(self.group),
            self._start_ns,
            self._count,
            self._number,
            sorted(self._distinct),
            self._samples,
            self._values,
            self._sum,
            sorted(self._rules),
            kept_event.plain(self.event),
        ]

    @classmethod
    def restored(cls, correlation: Correlation, plain: list[Any]) -> OpenWindow:
        """Return a window from plain data; KeyError, TypeError or ValueError if it is none."""
        group, start_ns, count, number, distinct, samples, values, total, rules, event = plain
        window = cls(correlation, tuple(group), int(start_ns))
        window._count, window._number = int(count), int(number)
        window._distinct = {int(key) for key in distinct}
        window._samples = [str(sample) for sample in samples]
        window._values, window._sum = int(values), total + 0
        window._rules = {str(rule) for rule in rules}
        window.event = kept_event.restored(event)
        return window

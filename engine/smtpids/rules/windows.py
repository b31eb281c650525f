"""What is remembered of one group of a correlation, and when that is enough for a match.

Each kind keeps as little as its question needs: a count of ten, the ten newest times. Hits come in
order of time. A window is closed on both sides: `now - timespan <= time <= now`. The state turns
into plain lists and back, so that it can be written to a file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from smtpids.rules.correlation import Kind, holds
from smtpids.rules.hits import SAMPLE_CHARS, SAMPLES, Found, digest, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.rules.correlation import Correlation
    from smtpids.rules.hits import Hit

#: What a window is made of, as plain data.
Plain = list[Any]


class Window(ABC):
    """The memory of one group; each kind of correlation has one of its own."""

    __slots__ = ("last_ns",)

    def __init__(self) -> None:
        self.last_ns = 0
        """When it was last used; set by whoever keeps it."""

    @abstractmethod
    def add(self, hit: Hit) -> Found | None:
        """Count a hit; return what was found if the question is answered with yes."""

    def size(self) -> int:
        """Return how many hits, or values, are remembered; 0 where any may be the last."""
        return 0

    @abstractmethod
    def plain(self) -> Plain:
        """Return the state as plain data."""

    @abstractmethod
    def fill(self, plain: Plain) -> None:
        """Take over a state from plain data; ValueError, TypeError if it is none."""


def window_for(correlation: Correlation, most: int) -> Callable[[], Window]:
    """Return what makes the windows of a correlation that is judged at each match.

    No window holds more than `most` matches.
    """
    span, rules = correlation.timespan_ns, correlation.rules
    kind, threshold, enough = correlation.kind, correlation.threshold, enough_for(correlation, most)
    if kind is Kind.TEMPORAL_ORDERED:
        return lambda: Chain(span, rules)
    if threshold is None:
        return lambda: Together(span, correlation)
    if kind in {Kind.VALUE_SUM, Kind.VALUE_AVG}:
        is_sum, same = kind is Kind.VALUE_SUM, threshold.op == "gte"
        return lambda: Total(span, rules, most, threshold.number, enough, is_sum=is_sum, same=same)
    if kind is Kind.VALUE_COUNT:
        return lambda: Distinct(span, rules, enough)
    return lambda: Count(span, rules, enough)


def enough_for(correlation: Correlation, most: int) -> int:
    """Return how many hits, or values, a group has at least when there is an answer."""
    threshold = correlation.threshold
    if threshold is None:
        return 1
    if correlation.kind in {Kind.VALUE_SUM, Kind.VALUE_AVG}:
        return min(correlation.min_values, most)
    return min(max(int(threshold.number) + (threshold.op == "gt"), 1), most)


#: Stands for the times of rules where there is only one; nobody writes to it.
_NONE: Final[dict[str, int]] = {}


class Rules:
    """Which of several rules matched last when; of one rule that is known without asking."""

    __slots__ = ("_last", "_only")

    def __init__(self, rules: tuple[str, ...]) -> None:
        self._only = rules if len(rules) == 1 else ()
        self._last = _NONE if self._only else {}

    def add(self, hit: Hit) -> None:
        """Note the rule of a hit."""
        if not self._only:
            self._last[hit.rule] = hit.ts_ns

    def since(self, ts_ns: int) -> tuple[str, ...]:
        """Return the rules that matched since then, in order of name."""
        return self._only or tuple(sorted(n for n, last in self._last.items() if last >= ts_ns))

    def plain(self) -> Plain:
        """Return the state as plain data."""
        return [[name, last] for name, last in self._last.items()]

    def fill(self, plain: Plain) -> None:
        """Take over a state."""
        self._last = {str(name): int(last) for name, last in plain}


class Count(Window):
    """`event_count` with `gt` or `gte`: the newest times, as many as are enough."""

    __slots__ = ("_enough", "_number", "_only_ns", "_rules", "_span", "_times")

    def __init__(self, span: int, rules: tuple[str, ...], enough: int) -> None:
        super().__init__()
        self._span = span
        self._enough = enough
        self._number = -1
        self._times: array[int] | None = None
        self._only_ns: int | None = None
        """The time of one hit: most groups have no more, and need no array."""
        self._rules: Rules | tuple[str, ...] = Rules(rules) if len(rules) > 1 else rules

    def add(self, hit: Hit) -> Found | None:
        """Count a hit; an event that several rules match counts once."""
        if isinstance(self._rules, Rules):
            self._rules.add(hit)
        if hit.number == self._number:
            return None
        self._number = hit.number
        times = self._times
        if times is None:
            if self._only_ns is None and self._enough > 1:
                self._only_ns = hit.ts_ns
                return None
            times = self._times = self._all()
        times.append(hit.ts_ns)
        if len(times) > self._enough:
            del times[0]
        if len(times) < self._enough or times[0] < hit.ts_ns - self._span:
            return None
        rules = self._rules
        counted = rules if isinstance(rules, tuple) else rules.since(times[0])
        return Found(len(times), times[0], counted)

    def size(self) -> int:
        """Return how many hits are remembered."""
        times = self._times
        return len(times) if times is not None else int(self._only_ns is not None)

    def _all(self) -> array[int]:
        only = () if self._only_ns is None else (self._only_ns,)
        return array("q", only) if self._times is None else self._times

    def plain(self) -> Plain:
        """Return the state as plain data."""
        rules = self._rules.plain() if isinstance(self._rules, Rules) else []
        return [self._number, list(self._all()), rules]

    def fill(self, plain: Plain) -> None:
        """Take over a state."""
        number, times, rules = plain
        self._number, self._times = int(number), array("q", times[-self._enough :])
        if isinstance(self._rules, Rules):
            self._rules.fill(rules)


class Distinct(Window):
    """`value_count` with `gt` or `gte`: the distinct values seen last, as many as are enough."""

    __slots__ = ("_enough", "_rules", "_samples", "_span", "_times")

    def __init__(self, span: int, rules: tuple[str, ...], enough: int) -> None:
        super().__init__()
        self._span = span
        self._enough = enough
        self._times: OrderedDict[int, int] = OrderedDict()
        self._samples: dict[int, str] = {}
        self._rules = Rules(rules)

    def add(self, hit: Hit) -> Found | None:
        """Count the values of a hit."""
        self._rules.add(hit)
        times = self._times
        for value in hit.values:
            key = digest(value)
            times[key] = hit.ts_ns
            times.move_to_end(key)
            _sample(self._samples, key, value)
            if len(times) > self._enough:
                times.popitem(last=False)
        oldest = hit.ts_ns - self._span
        while times and next(iter(times.values())) < oldest:
            times.popitem(last=False)
        if not hit.values or len(times) < self._enough:
            return None
        first = next(iter(times.values()))
        shown = tuple(text for key, text in self._samples.items() if key in times)
        return Found(len(times), first, self._rules.since(first), shown)

    def size(self) -> int:
        """Return how many values are remembered."""
        return len(self._times)

    def plain(self) -> Plain:
        """Return the state as plain data."""
        times = [[key, time] for key, time in self._times.items()]
        return [times, [[key, text] for key, text in self._samples.items()], self._rules.plain()]

    def fill(self, plain: Plain) -> None:
        """Take over a state."""
        times, samples, rules = plain
        self._times = OrderedDict((int(key), int(time)) for key, time in times[-self._enough :])
        self._samples = {int(key): str(text) for key, text in samples[-SAMPLES:]}
        self._rules.fill(rules)


class Total(Window):
    """`value_sum` and `value_avg` with `gt` or `gte`: times and values, to a limit.

    Of fewer than `min_values` there is no answer.
    """

    __slots__ = (
        "_first",
        "_is_sum",
        "_kept",
        "_least",
        "_min_values",
        "_most",
        "_number",
        "_rules",
        "_same",
        "_span",
        "_sum",
    )

    def __init__(
        self,
        span: int,
        rules: tuple[str, ...],
        most: int,
        least: float,
        min_values: int,
        *,
        is_sum: bool,
        same: bool,
    ) -> None:
        super().__init__()
        self._span = span
        self._is_sum = is_sum
        self._least = least
        self._same = same  # is enough, too
        self._min_values = min_values
        self._most = most
        self._number = -1
        # a deque would take 760 octets, and most of very many groups have a value or two
        self._kept: list[tuple[int, int | float]] = []
        self._first = 0
        """Where those that count begin; as many at most stand before them."""
        self._sum: int | float = 0
        self._rules = Rules(rules)

    def add(self, hit: Hit) -> Found | None:
        """Count the values of a hit; an event that several rules match counts once."""
        self._rules.add(hit)
        values = numbers(hit)
        if hit.number == self._number or not values:
            return None
        self._number = hit.number
        kept = self._kept
        for value in values:
            kept.append((hit.ts_ns, value))
            self._sum += value
        first, oldest = self._first, hit.ts_ns - self._span
        while len(kept) - first > self._most or kept[first][0] < oldest:
            self._sum -= kept[first][1]
            first += 1
        if first > len(kept) // 2:
            del kept[:first]
            first = 0
        self._first = first
        count = len(kept) - first
        if count < self._min_values:
            return None
        measure = self._sum if self._is_sum else self._sum / count
        if not (measure > self._least or (self._same and measure == self._least)):
            return None
        first_ns = kept[first][0]
        return Found(measure, first_ns, self._rules.since(first_ns))

    def size(self) -> int:
        """Return how many values are remembered."""
        return len(self._kept) - self._first

    def plain(self) -> Plain:
        """Return the state as plain data."""
        kept = [list(pair) for pair in self._kept[self._first :]]
        return [self._number, kept, self._rules.plain()]

    def fill(self, plain: Plain) -> None:
        """Take over a state."""
        number, kept, rules = plain
        self._number = int(number)
        self._kept = [(int(time), value + 0) for time, value in kept[-self._most :]]
        self._first = 0
        self._sum = sum(value for _, value in self._kept)
        self._rules.fill(rules)


class Together(Window):
    """`temporal`: the last time of each rule."""

    __slots__ = ("_all", "_last", "_span", "_wanted")

    def __init__(self, span: int, correlation: Correlation) -> None:
        super().__init__()
        self._span = span
        self._all = len(correlation.rules)
        self._wanted = correlation.wanted
        self._last: dict[str, int] = {}

    def add(self, hit: Hit) -> Found | None:
        """Note the rule of a hit."""
        self._last[hit.rule] = hit.ts_ns
        oldest = hit.ts_ns - self._span
        seen = {name: last for name, last in self._last.items() if last >= oldest}
        wanted = self._wanted
        if len(seen) < self._all if wanted is None else not holds(wanted, seen):
            return None
        return Found(len(seen), min(seen.values()), tuple(sorted(seen)))

    def plain(self) -> Plain:
        """Return the state as plain data."""
        return [[name, last] for name, last in self._last.items()]

    def fill(self, plain: Plain) -> None:
        """Take over a state."""
        self._last = {str(name): int(last) for name, last in plain}


class Chain(Window):
    """`temporal_ordered`: for each step, the latest start of a chain that came so far.

    A later start is never worse, so nothing else need be remembered. One event takes one step at
    most: a step reads what the step before it was before this event.
    """

    __slots__ = ("_rules", "_span", "_steps")

    def __init__(self, span: int, rules: tuple[str, ...]) -> None:
        super().__init__()
        self._span = span
        self._rules = rules
        #: By step: start, number of the event that took it, start before that event.
        self._steps: list[tuple[int | None, int, int | None]] = [(None, -1, None)] * len(rules)

    def add(self, hit: Hit) -> Found | None:
        """Take the step of a hit's rule, if the step before it was taken."""
        step = self._rules.index(hit.rule)
        start: int | None = hit.ts_ns
        if step:
            before, number, earlier = self._steps[step - 1]
            start = earlier if number == hit.number else before
        if start is None or start < hit.ts_ns - self._span:
            return None
        known, number, earlier = self._steps[step]
        self._steps[step] = start, hit.number, earlier if number == hit.number else known
        if step + 1 < len(self._rules):
            return None
        return Found(len(self._rules), start, tuple(sorted(self._rules)))

    def plain(self) -> Plain:
        """Return the state as plain data."""
        return [list(step) for step in self._steps]

    def fill(self, plain: Plain) -> None:
        """Take over a state."""
        if len(plain) != len(self._steps):
            raise ValueError("a chain of another length")
        self._steps = [(start, int(number), earlier) for start, number, earlier in plain]


def _sample(samples: dict[int, str], key: int, value: str | float) -> None:
    """Keep a value readable, the newest last."""
    samples.pop(key, None)
    samples[key] = str(value)[:SAMPLE_CHARS]
    if len(samples) > SAMPLES:
        del samples[next(iter(samples))]

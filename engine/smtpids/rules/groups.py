"""The groups of one correlation: which of them a match counts for, and what they find.

A group is the values of the `group-by` fields, as texts. Groups that nobody came back to within the
timespan are forgotten, and beyond a limit the one that was left alone for longest.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from hashlib import blake2b
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.rules.correlation import Correlated, Kind
from smtpids.rules.hits import NOWHERE, Hit
from smtpids.rules.open_window import OpenWindow
from smtpids.rules.windows import enough_for, window_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.config import Limits
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.hits import Found, Key, Keyed
    from smtpids.rules.windows import Window
    from smtpids.smtp.events import Event, Fields, Value

#: The longest value that a group is known by as it is; of others a digest stands.
LONGEST: Final = 64

#: So many matches of a group may come out of order, and each alert still tells the event that is
#: the last by its time. Of a greater number that are enough, half of them may.
SPARE: Final = 4

#: Of a match that counts for more groups than these the event is kept until it is counted: it is
#: smaller than the keys of them, of which a hostile one has `Limits.correlation_keys`.
MOST_NAMED: Final = 8

#: A time beyond all packets.
NEVER: Final = sys.maxsize


class Fired(NamedTuple):
    """A group in which the correlation is true."""

    correlated: Correlated
    ts_ns: int
    event: Event
    group: Fields
    """The group's values under the names of `group-by`, as they were."""


class Groups:
    """Counts the matches of one correlation, each in its groups."""

    def __init__(self, correlation: Correlation, limits: Limits, *, mixed: bool = False) -> None:
        self.correlation = correlation
        self.evicted = 0
        """Groups forgotten before their time."""
        self.without_group = 0
        """Matches that lacked a field of `group-by` and were not counted."""
        self._keys = limits.correlation_keys
        self._most = limits.groups
        self._new = window_for(correlation, limits.correlation_values)
        # matches of a correlation come when they are counted, so nobody can await them
        self._wanted_from = 0 if mixed else _wanted_from(correlation, limits.correlation_values)
        self._last_step = correlation.rules[-1] if correlation.kind is Kind.TEMPORAL_ORDERED else ""
        """The rule whose match alone makes a chain true."""
        self._windows: OrderedDict[Key, Window] = OrderedDict()
        self._open: OrderedDict[Key, OpenWindow] = OrderedDict()
        self._awaited: dict[Key, int] = {}
        """How many hits, or values of them, are held of a group and not counted yet."""
        self._latest: dict[Key, Event] = {}
        """Of these groups, where an alert is near, the event that came last."""
        self._unnamed = 0
        """As many hits or values are held whose groups are not named: they may be any."""
        self._unnamed_last: Event | None = None
        """The event of the last of these."""
        self._first_ns = NEVER
        """No window was last used before this."""
        self._at_end = correlation.at_end
        self._value_field = correlation.value_field
        self._timespan_ns = correlation.timespan_ns
        self._names = {
            rule: tuple(
                correlation.aliases.get(name, {}).get(rule, name) for name in correlation.group_by
            )
            for rule in correlation.rules
        }
        """By rule, the fields that `group-by` means."""
        if self._at_end:
            self._most = min(limits.groups, limits.correlation_windows)

    def __len__(self) -> int:
        """Return how many groups are remembered."""
        return len(self._windows) + len(self._open)

    @property
    def next_end_ns(self) -> int | None:
        """When the first open window is over, if the correlation is judged then."""
        return next(iter(self._open.values())).end_ns if self._open else None

    def clear(self) -> None:
        """Forget all groups."""
        self._windows.clear()
        self._open.clear()

    def hit(self, ts_ns: int, number: int, rule: str, fields: Fields) -> Hit:
        """Return what of a match counts: its values, and the groups that it counts for."""
        hit = Hit(ts_ns, number, rule)
        if self._value_field:
            hit.values = self._values(fields)
            if not hit.values:
                return hit
        group: list[Value] = []
        has_lists, is_key = False, True
        for name in self._names[rule]:
            value = fields.get(name)
            if isinstance(value, list):
                if len(value) == 1 and value[0] is not None:
                    value = value[0]  # most lists, and nothing is to be combined
                else:
                    has_lists = True
            if value is None:
                hit.keyed = None
                return hit
            if is_key and not (type(value) is str and len(value) <= LONGEST):
                is_key = False
            group.append(value)
        if has_lists:
            named = list(islice(self._combined(group), MOST_NAMED + 1))
            if len(named) > MOST_NAMED:
                hit.lists = group
            else:
                hit.keyed = _keyed(named) or None
            return hit
        one: tuple[Any, ...] = tuple(group)
        # most are texts that are no longer than they may be
        hit.keyed = [(one if is_key else tuple([_key(value) for value in one]), one)]
        return hit

    def expect(self, hit: Hit, event: Event | None) -> bool:
        """Note a hit that will be taken; tell whether an alert may want its event.

        Most groups are far from what is asked for, and the event of none of their hits is told.
        """
        if self._last_step:
            # where groups are not named, a snapshot knows them by the event alone
            return hit.rule == self._last_step or hit.lists is not None
        if not self._wanted_from:
            return True
        if hit.lists is not None:
            self._unnamed += len(hit.values) or 1
            self._unnamed_last = event
            return True
        is_wanted = False
        for key, _ in hit.keyed or NOWHERE:
            hits = (self._awaited.get(key) or 0) + (len(hit.values) or 1)
            self._awaited[key] = hits
            hits += self._unnamed
            window = self._windows.get(key)
            if window is not None:
                hits += window.size()
            if hits >= self._wanted_from:
                is_wanted = True
                if event is not None:
                    self._latest[key] = event
        return is_wanted

    def take(self, hit: Hit, event: Event | None) -> tuple[Fired, ...]:
        """Count a hit; they come in order of time."""
        keyed = hit.keyed
        if keyed is None:
            self.without_group += 1
            return ()
        if hit.lists is not None:
            keyed = _keyed(self._combined(hit.lists))
            self._unnamed = max(self._unnamed - (len(hit.values) or 1), 0)
        if len(keyed) == 1:
            key, group = keyed[0]
            return self._count(key, group, hit, event)
        fired: list[Fired] = []
        for key, group in keyed:
            fired += self._count(key, group, hit, event)
        return tuple(fired)

    def _count(
        self, key: Key, group: tuple[Value, ...], hit: Hit, event: Event | None
    ) -> tuple[Fired, ...]:
        """Count a hit for one group."""
        if self._at_end:
            self._note(key, group, hit, event)
            return ()
        found = self._window(key, hit.ts_ns).add(hit)
        latest = None
        if self._awaited and hit.lists is None:
            latest = self._arrived(key, hit)
        if found is None:
            return ()
        told = (latest or self._unnamed_last) if event is None else event
        # nobody knows one if it was restored, and the rules changed
        return () if told is None else (self._fired(found, group, hit.ts_ns, told),)

    def _arrived(self, key: Key, hit: Hit) -> Event | None:
        """Await a hit no longer; return the event of the last of its group that came.

        It is told if a hit without an event is found to be the last one by its time.
        """
        latest = self._latest.get(key) if self._latest else None
        awaited = self._awaited.get(key)
        left = 0 if awaited is None else awaited - (len(hit.values) or 1)
        if left > 0:
            self._awaited[key] = left
            return latest
        if awaited is not None:
            del self._awaited[key]
        if latest is not None:
            del self._latest[key]
        return latest

    def end_first(self) -> Fired | None:
        """Close the open window that ends first; return what it is if it is as asked for."""
        _, window = self._open.popitem(last=False)
        found = window.judge()
        if found is None:
            return None
        return self._fired(found, window.group, window.end_ns, window.event)

    # -- groups ------------------------------------------------------------------------------------

    def _values(self, fields: Fields) -> tuple[str | int | float, ...]:
        """Return the values of the field that is counted or added."""
        value = fields.get(self._value_field)
        if isinstance(value, list):
            return tuple([one for one in value if isinstance(one, (str, int, float))])
        return (value,) if isinstance(value, (str, int, float)) else ()

    def _combined(self, values: list[Value]) -> Iterable[tuple[Value, ...]]:
        """Return each group of a match with lists: it counts for each of their elements."""
        parts: list[list[Value]] = []
        for value in values:
            several = value if isinstance(value, list) else (value,)
            distinct = {text(one): one for one in several if one is not None}
            if not distinct:
                return []
            parts.append(list(distinct.values()))
        return islice(product(*parts), self._keys)

    def _window(self, key: Key, now_ns: int) -> Window:
        """Return the window of a group, which is then the one used last."""
        windows = self._windows
        known = windows.get(key)
        if known is not None:
            windows.move_to_end(key)
            known.last_ns = now_ns
            self._first_ns = min(self._first_ns, now_ns)
            return known
        oldest = now_ns - self._timespan_ns
        if self._first_ns < oldest:  # else there is nothing to look for
            self._forget_before(oldest)
        self._first_ns = min(self._first_ns, now_ns)
        if len(windows) >= self._most:
            windows.popitem(last=False)
            self.evicted += 1
        window = windows[key] = self._new()
        window.last_ns = now_ns
        return window

    def _forget_before(self, oldest: int) -> None:
        windows = self._windows
        while windows:
            last_ns = next(iter(windows.values())).last_ns
            if last_ns >= oldest:
                self._first_ns = last_ns
                return
            windows.popitem(last=False)
        self._first_ns = NEVER

    def _note(self, key: Key, group: tuple[Value, ...], hit: Hit, event: Event | None) -> None:
        """Count a hit in the open window of a group, or open one."""
        if event is None:  # it was restored, and the rules changed
            return
        window = self._open.get(key)
        if window is None:
            if len(self._open) >= self._most:
                self._open.popitem(last=False)
                self.evicted += 1
            window = self._open[key] = OpenWindow(self.correlation, group, hit.ts_ns)
        window.add(hit, event)

    def _fired(self, found: Found, group: tuple[Value, ...], ts_ns: int, event: Event) -> Fired:
        names = self.correlation.group_by
        told = tuple((name, text(value)) for name, value in zip(names, group, strict=True))
        correlated = Correlated(
            self.correlation.kind,
            found.measure,
            told,
            found.first_ns,
            ts_ns,
            found.rules,
            found.values,
            self.correlation.value_field,
            self.correlation.meaning,
        )
        return Fired(correlated, ts_ns, event, dict(zip(names, group, strict=True)))

    # -- as plain data -----------------------------------------------------------------------------

    def plain(self) -> list[Any]:
        """Return all groups as plain data."""
        windows = [[list(k), window.last_ns, window.plain()] for k, window in self._windows.items()]
        return [windows, [[list(key), window.plain()] for key, window in self._open.items()]]

    def fill(self, plain: list[Any]) -> None:
        """Take over groups from plain data; KeyError, TypeError or ValueError if it is none."""
        windows, still_open = plain
        for key, last_ns, state in windows[-self._most :]:
            window = self._new()
            window.fill(state)
            window.last_ns = int(last_ns)
            self._first_ns = min(self._first_ns, window.last_ns)
            self._windows[_checked(key)] = window
        for key, state in still_open[-self._most :]:
            self._open[_checked(key)] = OpenWindow.restored(self.correlation, state)


def _wanted_from(correlation: Correlation, most: int) -> int:
    """Return how many hits a group has, those to come included, when an event may be told.

    With fewer there would be no answer though some came out of order: see `SPARE`.
    """
    enough = 1 if correlation.at_end else enough_for(correlation, most)
    return max(enough - max(enough // 2, SPARE), 0)


def _keyed(groups: Iterable[tuple[Value, ...]]) -> list[Keyed]:
    return [(tuple([_key(value) for value in one]), one) for one in groups]


def text(value: Value) -> str:
    """Return a value as groups are told and compared: a number is equal to its text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _key(value: Value) -> str:
    shown = value if type(value) is str else text(value)
    if len(shown) <= LONGEST:
        return shown
    octets = shown.encode("utf-8", "surrogatepass")
    return "#" + blake2b(octets, digest_size=16).hexdigest()


def _checked(key: list[str]) -> Key:
    return tuple(str(part) for part in key)

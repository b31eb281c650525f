"""Counts the matches of rules together, by the time of their packets.

A match is held until no earlier one can come (`Limits.correlation_lateness_ns`), so matches are
counted in order of time whatever the order of their packets; an alert is as late as that. What is
dear in an event is made only if an alert tells it, so held matches keep the octets of messages;
where no alert is near, they keep of their event no more than what is counted.
What comes later still is not counted and said in `late`. A match of a correlation is a match like
others and counts for those that name it, whether or not it becomes an alert.

Time that runs backwards by more than the longest timespan is another capture's: what is counted is
then begun anew.
"""

from __future__ import annotations

import sys
from bisect import insort
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Protocol

from smtpids.config import Limits
from smtpids.mime import LATE
from smtpids.rules import kept_event
from smtpids.rules.groups import NEVER, Groups
from smtpids.rules.hits import Hit, View
from smtpids.rules.matcher import HISTORY
from smtpids.rules.rule import Level, Match

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.rules.correlation import Correlation
    from smtpids.rules.groups import Fired
    from smtpids.rules.rule import Rule
    from smtpids.rules.ruleset import RuleSet
    from smtpids.smtp.events import Event, Fields

#: Before all packets.
LONG_AGO: Final = -sys.maxsize
#: Octets of messages kept with the matches that are held, as a part of what sessions may hold
#: (`Limits.sessions_octets`): what a gigabit brings in two seconds, the time that matches are held.
#: With more, the hashes of the oldest are made at once, and nothing is lost by it.
LATE_SHARE: Final = 2
#: Of the plain data; in the first version each match that is held had its event. Of a version that
#: is not known nothing is taken over.
VERSION: Final = 2
READABLE: Final = frozenset({1, VERSION})


class Past(Protocol):
    """What was known before a session: `history.Past`."""

    def put_off(self, event: Event, /) -> None:
        """Let `Event.complete` put it into an event as it is now."""


class Correlator:
    """Counts matches for all correlations of a rule set."""

    def __init__(self, ruleset: RuleSet, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        running = ruleset.running
        self.silent = ruleset.silenced | {
            rule.name for rule in ruleset.rules if rule.level is Level.INFORMATIONAL
        }
        """The names of rules that make no alert by themselves."""
        self.named = frozenset(name for one in running for name in one.rules)
        """The names of the rules and correlations whose matches count."""
        self.asks_history = any(map(_asks_history, running))
        """A correlation counts by what was known before, so its events must say it at once."""
        self.late = 0
        """Matches that came too late to be counted."""
        self.overflowed = 0
        """Matches counted before their time because too many were held."""
        self.due_ns = NEVER
        """The packet time at which `tick` has something to do."""
        inner = {one.rule.name for one in running}
        self._groups = [Groups(one, limits, mixed=_is_mixed(one, inner)) for one in running]
        self._with_end = [groups for groups in self._groups if groups.correlation.at_end]
        self._by_rule: dict[str, list[Groups]] = {}
        for groups in self._groups:
            for name in groups.correlation.rules:
                self._by_rule.setdefault(name, []).append(groups)
        self._lateness_ns = limits.correlation_lateness_ns
        self._most_held = limits.correlation_held
        spans = [correlation.timespan_ns for correlation in running]
        self._turn_ns = max(spans, default=0) + self._lateness_ns
        self._held: deque[View] = deque()
        """In order of time; most come in it, so a heap would only stir what is cold by then."""
        self._asks_late = any(not LATE.isdisjoint(one.fields) for one in running)
        """A correlation reads what is made late."""
        self._late: deque[View] = deque()
        """The held matches that keep octets, and those behind the first that do not any more."""
        self._late_octets = 0
        self._most_late_octets = limits.sessions_octets // LATE_SHARE
        self._now_ns = self._counted_ns = LONG_AGO
        self._number = 0
        self._event: Event | None = None
        self._event_number = 0
        self._evicted: dict[str, int] = {}
        self._without_group: dict[str, int] = {}

    @property
    def groups(self) -> dict[str, int]:
        """How many groups are remembered, by correlation."""
        return {groups.correlation.rule.name: len(groups) for groups in self._groups}

    @property
    def evicted(self) -> dict[str, int]:
        """Groups forgotten before their time, by correlation; also by former ones."""
        return self._counted(self._evicted, lambda groups: groups.evicted)

    @property
    def without_group(self) -> dict[str, int]:
        """Matches that lacked a field of `group-by`, by correlation; also by former ones."""
        return self._counted(self._without_group, lambda groups: groups.without_group)

    def _counted(self, before: dict[str, int], of: Callable[[Groups], int]) -> dict[str, int]:
        now = {groups.correlation.rule.name: of(groups) for groups in self._groups}
        return {**before, **{name: before.get(name, 0) + number for name, number in now.items()}}

    def matched(self, rule: Rule, event: Event, past: Past | None = None) -> list[Match]:
        """Take the match of a rule; return the matches of correlations that are sure by now.

        What was known in the `past` is put into the event if an alert tells it.
        """
        name = rule.name
        if name not in self.named:
            return []
        ts_ns = event.ts_ns
        matches: list[Match] = []
        if ts_ns < self._now_ns - self._turn_ns:
            matches = self._begin_anew(ts_ns)
        if ts_ns < self._counted_ns:
            self.late += 1
            return matches
        if event is not self._event:
            self._event, self._event_number = event, self._next_number()
            if event.late is not None and self._asks_late:
                if past is not None:
                    past.put_off(event)
                event.complete()
        view = View(ts_ns, self._event_number, name, event)
        if self._read(view, event.fields):
            if past is not None:
                past.put_off(event)
            if event.late_octets:
                self._put_off(view, event)
        self._hold(view)
        self.due_ns = min(self.due_ns, ts_ns + self._lateness_ns + 1)
        if len(self._held) > self._most_held:
            self.overflowed += 1
            matches += self._count_until(self._held[0].ts_ns + 1)
        told = self.tick(ts_ns)
        return matches + told if matches else told

    def tick(self, ts_ns: int) -> list[Match]:
        """Let packet time pass."""
        self._now_ns = max(self._now_ns, ts_ns)
        until_ns = self._now_ns - self._lateness_ns
        if self._now_ns >= self.due_ns:
            return self._count_until(until_ns)
        self._counted_ns = max(self._counted_ns, until_ns)
        return []

    def finish(self) -> list[Match]:
        """End of input: count what is held, and judge open windows as if they were over."""
        matches = self._count_until(NEVER)
        self._counted_ns = self._now_ns
        return matches

    # -- counting ----------------------------------------------------------------------------------

    def _begin_anew(self, ts_ns: int) -> list[Match]:
        matches = self.finish()
        for groups in self._groups:
            groups.clear()
        self._now_ns, self._counted_ns = ts_ns, LONG_AGO
        return matches

    def _count_until(self, until_ns: int) -> list[Match]:
        """Count what is held, and judge windows that are over, from before `until_ns`, in order."""
        matches: list[Match] = []
        while True:
            held_ns = self._held[0].ts_ns if self._held else NEVER
            ending = self._ending(held_ns)
            first_ns = held_ns if ending is None else ending.next_end_ns or 0
            if first_ns >= until_ns or (ending is None and not self._held):
                break
            if ending is not None:
                fired = ending.end_first()
                if fired is not None:
                    self._fire(ending, fired, self._next_number(), matches)
            else:
                view = self._held.popleft()
                if view.late_octets:
                    self._let_go(view)
                self._feed(view, matches)
        self._counted_ns = max(self._counted_ns, until_ns)
        self.due_ns = NEVER if first_ns == NEVER else first_ns + self._lateness_ns + 1
        return matches

    def _hold(self, view: View) -> None:
        """Put a match where its time is, after those of the same time."""
        if self._held and view.ts_ns < self._held[-1].ts_ns:
            insort(self._held, view, key=_time)
        else:
            self._held.append(view)

    def _read(self, view: View, fields: Fields) -> bool:
        """Read what of a match counts; tell whether its event is kept until it is counted."""
        is_wanted = False
        for groups in self._by_rule[view.rule]:
            hit = groups.hit(view.ts_ns, view.number, view.rule, fields)
            view.hits.append(hit)
            if groups.expect(hit, view.event):
                is_wanted = True
        if not is_wanted:
            view.event = None
        return is_wanted

    def _put_off(self, view: View, event: Event) -> None:
        """Make what is dear in an event later, unless it is too much."""
        if self._late and self._late[-1].event is event:
            return
        view.late_octets = event.late_octets
        self._late_octets += event.late_octets
        self._late.append(view)
        while self._late_octets > self._most_late_octets:
            oldest = self._late[0]
            self._let_go(oldest)
            if oldest.event is not None:
                oldest.event.complete()

    def _let_go(self, view: View) -> None:
        """Count the octets of a match no more."""
        self._late_octets -= view.late_octets
        view.late_octets = 0
        while self._late and not self._late[0].late_octets:
            self._late.popleft()

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _ending(self, best_ns: int) -> Groups | None:
        """Return the correlation whose window is over first, and before a time.

        Of several it is the innermost.
        """
        best: Groups | None = None
        for groups in self._with_end:
            end_ns = groups.next_end_ns
            if end_ns is not None and end_ns < best_ns:
                best, best_ns = groups, end_ns
        return best

    def _feed(self, view: View, matches: list[Match]) -> None:
        hits = view.hits
        for at, groups in enumerate(self._by_rule[view.rule]):
            for fired in groups.take(hits[at], view.event):
                self._fire(groups, fired, view.number, matches)

    def _fire(self, groups: Groups, fired: Fired, number: int, matches: list[Match]) -> None:
        rule = groups.correlation.rule
        if rule.name not in self.silent:
            matches.append(Match(rule, fired.event, 0, fired.correlated))
        if rule.name in self._by_rule:
            fields = {**fired.event.fields, **fired.group}
            view = View(fired.ts_ns, number, rule.name, fired.event)
            self._read(view, fields)
            self._feed(view, matches)

    def take_over(self, former: Correlator) -> None:
        """Go on where another correlator was, with what is still the same; its figures stay."""
        self.restore(former.snapshot())
        self.late, self.overflowed = former.late, former.overflowed
        self._evicted, self._without_group = former.evicted, former.without_group

    # -- as plain data -----------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Return all that is counted, as plain data."""
        return {
            "version": VERSION,
            "now_ns": self._now_ns,
            "counted_ns": self._counted_ns,
            "number": self._number,
            "held": [[view.number, view.rule, self._plain(view)] for view in self._held],
            "correlations": {
                groups.correlation.rule.name: [groups.correlation.fingerprint, groups.plain()]
                for groups in self._groups
            },
        }

    def restore(self, data: dict[str, Any]) -> list[str]:
        """Take over what was counted, where the correlation is still the same.

        Return the names of those that are not. KeyError, TypeError or ValueError if the data is no
        snapshot; the correlator is then of no use.
        """
        if data["version"] not in READABLE:
            return sorted(data["correlations"])
        ours = {groups.correlation.rule.name: groups for groups in self._groups}
        dropped: list[str] = []
        for name, (fingerprint, plain) in data["correlations"].items():
            groups = ours.get(name)
            if groups is None or groups.correlation.fingerprint != fingerprint:
                dropped.append(name)
            else:
                groups.fill(plain)
        self._now_ns, self._counted_ns = int(data["now_ns"]), int(data["counted_ns"])
        self._number = int(data["number"])
        for number, name, plain in data["held"]:
            if name in self.named:
                self._hold(self._restored(int(number), name, plain, dropped))
        self._count_until(self._counted_ns)
        return sorted(dropped)

    def _plain(self, view: View) -> dict[str, Any]:
        """Return a match that is held as plain data: its event, or what of it counts."""
        if view.event is not None:
            return kept_event.plain(view.event)
        names = [groups.correlation.rule.name for groups in self._by_rule[view.rule]]
        hits = {name: hit.plain() for name, hit in zip(names, view.hits, strict=True)}
        return {"ts_ns": view.ts_ns, "hits": hits}

    def _restored(self, number: int, rule: str, plain: dict[str, Any], dropped: list[str]) -> View:
        """Return a match from plain data; correlations that are dropped do not count it."""
        if "hits" not in plain:
            event = kept_event.restored(plain)
            view = View(event.ts_ns, number, rule, event)
            self._read(view, event.fields)
            return view
        view = View(int(plain["ts_ns"]), number, rule, None)
        for groups in self._by_rule[rule]:
            name = groups.correlation.rule.name
            hit = Hit(view.ts_ns, number, rule)
            if name in plain["hits"] and name not in dropped:
                hit.fill(plain["hits"][name])
            groups.expect(hit, None)
            view.hits.append(hit)
        return view


def _is_mixed(correlation: Correlation, correlations: set[str]) -> bool:
    """Tell whether it counts matches of rules, and of some of the correlations, too."""
    return 0 < len(correlations.intersection(correlation.rules)) < len(set(correlation.rules))


def _asks_history(correlation: Correlation) -> bool:
    rule = correlation.rule
    held_back = (rule.once_per, *(rule.suppress.by if rule.suppress is not None else ()))
    return any(name.startswith(HISTORY) for name in (*correlation.fields, *held_back))


def _time(view: View) -> int:
    return view.ts_ns

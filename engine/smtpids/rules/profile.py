"""Asks the rules of each event one by one and takes the time of each: `--profile-rules`.

Each rule is a matcher with nobody else in it, so what is timed is a compiled program, and a rule
that fails is treated as it is among all. Their sum is more than the rules cost a run that takes no
times, where a field is fetched and a question asked once for all of them; which are dear and which
are not is the same. A rule is asked of events of which it can be true, so the others cost nothing.

What is timed holds one reading of the clock, some 50 ns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtpids.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.rules.matcher import Asking
    from smtpids.rules.rule import Rule
    from smtpids.rules.ruleset import RuleSet
    from smtpids.smtp.events import Event


@dataclass
class Cost:
    """What one rule has cost."""

    events: int = 0
    """How many it was asked of."""
    matches: int = 0
    ns: int = 0


class Profiler:
    """Finds the same rules as `Matcher`, and adds to `costs` what each took.

    `clock` gives nanoseconds that never go back. `costs` is by the name of the rule and may hold
    what others have added: the rules before a reload.
    """

    def __init__(self, ruleset: RuleSet, clock: Callable[[], int], costs: dict[str, Cost]) -> None:
        self._clock = clock
        self._matchers: list[Matcher] = []
        self._asked: dict[str, list[tuple[Matcher, Cost]]] = {}
        """Those whose rule can be true of an event, by `event.action`."""
        self.errors: dict[str, int] = {}
        """How often a rule could not be asked at all, by its name."""
        self.fallbacks: dict[str, int] = {}
        """How often a rule was asked in the plain way because it raised, by `event.action`."""
        for source in ruleset.asked:
            # with the correlations, which say whether a rule is asked that does not alert
            matcher = Matcher(replace(ruleset, sources=(source,)))
            matcher.count_on(self)
            self._matchers.append(matcher)
            cost = costs.setdefault(source.rule.name, Cost())
            for action in matcher.actions:
                self._asked.setdefault(action, []).append((matcher, cost))
        self.history = frozenset(action for one in self._matchers for action in one.history)
        """The values of `event.action` of whose events a rule asks what was known before."""
        self.fields = frozenset(name for one in self._matchers for name in one.fields)
        """The fields that the rules ask."""

    @property
    def disabled(self) -> tuple[str, ...]:
        """The rules that are off because they failed too often."""
        return tuple(name for matcher in self._matchers for name in matcher.disabled)

    def match(self, event: Event) -> Sequence[Rule]:
        """Return the rules that are true of `event`, ordered by name."""
        asked = self._asked.get(event.action)
        if asked is None:
            return ()
        clock = self._clock
        found: list[Rule] = []
        for matcher, cost in asked:
            begun = clock()
            true = matcher.match(event)
            cost.ns += clock() - begun
            cost.events += 1
            if true:
                cost.matches += 1
                found.extend(true)
        return found

    def count_on(self, before: Asking) -> None:
        """Count on where the rules before a reload have come to; see `Matcher.count_on`."""
        self.errors, self.fallbacks = before.errors, before.fallbacks
        for matcher in self._matchers:
            matcher.count_on(before)

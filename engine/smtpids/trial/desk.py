"""Makes alerts of events as the pipeline does, where there are no packets.

Rules are asked, correlations count what matched, and what was said already is held back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from smtpids.rules.rule import Level, Match
from smtpids.rules.suppress import Suppressor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Event


class Counting(Protocol):
    """What counts the matches of rules for the correlations that name them."""

    def matched(self, rule: Rule, event: Event) -> Sequence[Match]:
        """Take the match of a rule; return the matches of correlations that are sure by now."""

    def tick(self, ts_ns: int) -> Sequence[Match]:
        """Let packet time pass."""

    def finish(self) -> Sequence[Match]:
        """Judge what is still open."""


Counters: TypeAlias = "Callable[[RuleSet], Counting]"


class Desk:
    """Takes events in order; `alerts` are what becomes of them."""

    __slots__ = ("_ask", "_counting", "_silent", "_suppressor", "alerts")

    def __init__(
        self,
        ask: Callable[[Event], Sequence[Rule]],
        silent: frozenset[str] = frozenset(),
        counting: Counting | None = None,
    ) -> None:
        self._ask = ask
        self._silent = silent
        self._counting = counting
        self._suppressor = Suppressor()
        self.alerts: list[Match] = []

    def take(self, events: Iterable[Event]) -> list[Match]:
        """Take all events to the end and return the alerts."""
        counting = self._counting
        for event in events:
            if counting is not None:
                self._admit(counting.tick(event.ts_ns))
            for rule in self._ask(event):
                self._admit([Match(rule, event)])
                if counting is not None:
                    self._admit(counting.matched(rule, event))
        if counting is not None:
            self._admit(counting.finish())
        return self.alerts

    def _admit(self, matches: Iterable[Match]) -> None:
        for match in matches:
            if match.rule.name in self._silent:
                continue
            held = self._suppressor.admit(match.rule, match.event, match.correlated)
            if held is not None:
                self.alerts.append(Match(match.rule, match.event, held, match.correlated))


def silent_in(ruleset: RuleSet) -> frozenset[str]:
    """Return the rules that make no alert by themselves."""
    quiet = {rule.name for rule in ruleset.rules if rule.level is Level.INFORMATIONAL}
    return ruleset.silenced | quiet

"""How often each rule would match some traffic, and alert, before it is put to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtpids.config import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules.rule import Match, Rule
    from smtpids.smtp.events import Event
    from smtpids.verdicts import EventMatcher

#: Sessions told apart for each rule; of more, nobody knows whether they were counted.
MOST_SESSIONS = Limits().groups


@dataclass(slots=True)
class RuleCount:
    """One rule: its matches, and what becomes of them."""

    rule: Rule
    matches: int = 0
    alerts: int = 0
    sessions: set[object] = field(default_factory=set)
    first_packet: int = 0
    """Its number in the file in which it was."""


class Tally:
    """Stands before the matcher and counts what it finds."""

    def __init__(self, matcher: EventMatcher) -> None:
        self._matcher = matcher
        self.history = matcher.history
        self.fields = matcher.fields
        self.counts: dict[str, RuleCount] = {}

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Return the rules that are true of an event, and count them."""
        rules = self._matcher.match(event)
        for rule in rules:
            self._of(rule, event).matches += 1
        return rules

    def alert(self, match: Match) -> None:
        """Count an alert."""
        count = self._of(match.rule, match.event)
        count.alerts += 1
        if match.correlated is not None:
            count.matches += 1 + match.suppressed

    def busiest(self) -> list[RuleCount]:
        """Return the rules that matched, the most frequent first."""
        return sorted(self.counts.values(), key=lambda one: (-one.matches, one.rule.name))

    def _of(self, rule: Rule, event: Event) -> RuleCount:
        count = self.counts.get(rule.name)
        if count is None:
            count = self.counts[rule.name] = RuleCount(rule, first_packet=event.packet)
        if len(count.sessions) < MOST_SESSIONS:
            count.sessions.add(event.fields.get("session.id"))
        return count

"""What the rules say of an event, and what becomes of it: an alert, a count, or nothing.

A match makes an alert, counts for correlations, or both; a correlation's match makes an alert that
is as late as its matches were held. What was said already is held back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from smtpids.metrics import count_alert, count_match
from smtpids.mime import HIDDEN
from smtpids.rules import Correlator, Matcher, RuleSet
from smtpids.rules.rule import Match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.history import Past
    from smtpids.metrics import Counts
    from smtpids.rules import Suppressor
    from smtpids.rules.correlation import Correlated
    from smtpids.rules.rule import Rule
    from smtpids.smtp import Event


class EventMatcher(Protocol):
    """Whatever tells which rules are true of an event: `rules.Matcher`."""

    @property
    def history(self) -> frozenset[str]:
        """The values of `event.action` of whose events a rule asks what was known before."""

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that a rule asks."""

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Return the rules that are true of `event`."""


class Verdicts:
    """Asks the rules and hands on alerts."""

    def __init__(
        self,
        counts: Counts,
        suppressor: Suppressor,
        matcher: EventMatcher | None = None,
        correlator: Correlator | None = None,
        on_alert: Callable[[Match], None] | None = None,
    ) -> None:
        self.correlator = Correlator(RuleSet(())) if correlator is None else correlator
        self._counts = counts
        self._suppressor = suppressor
        self._matcher = matcher
        self._plain = matcher if isinstance(matcher, Matcher) else None
        """The same if it is the usual one: that is called, others are looked up."""
        self._on_alert = on_alert
        self._next: Correlator | None = None

    def judge(self, event: Event, past: Past) -> None:
        """Ask the rules of an event."""
        plain, matcher = self._plain, self._matcher
        if plain is not None:
            if event.action in plain.history:
                past.enrich(event)
            self._take(plain.match(event), event, past)
        elif matcher is not None:
            if event.action in matcher.history:
                past.enrich(event)
            self._take(tuple(matcher.match(event)), event, past)
        if self._next is not None or event.ts_ns >= self.correlator.due_ns:
            self.tick(event.ts_ns)

    def tick(self, ts_ns: int) -> None:
        """Let the time of the packets pass for what is counted together."""
        if self._next is not None:
            former, self.correlator, self._next = self.correlator, self._next, None
            self.correlator.take_over(former)
        if ts_ns >= self.correlator.due_ns:
            self._alert_all(self.correlator.tick(ts_ns))

    def finish(self) -> None:
        """End of input: what is counted together is judged."""
        self._alert_all(self.correlator.finish())

    def swap(self, matcher: EventMatcher, correlator: Correlator | None = None) -> None:
        """Use other rules from the next event on; what was suppressed stays so.

        It may be called from another thread, so what was counted is taken over at the next event.
        """
        self._matcher = matcher
        self._plain = matcher if isinstance(matcher, Matcher) else None
        self._next = Correlator(RuleSet(())) if correlator is None else correlator

    def _take(self, matched: tuple[Rule, ...], event: Event, past: Past) -> None:
        """Take the rules that are true of an event."""
        if event.action == "message":
            fields = event.fields
            for name in HIDDEN:  # nobody behind the rules sees them
                fields.pop(name, None)
        for rule in matched:
            self._matched(rule, event, past)

    def _matched(self, rule: Rule, event: Event, past: Past) -> None:
        correlator = self.correlator
        if rule.name in correlator.silent:
            count_match(self._counts, rule)
        else:
            self._alert(rule, event, None, past)
        if rule.name in correlator.named:
            if correlator.asks_history:
                past.enrich(event)
            self._alert_all(correlator.matched(rule, event, past))

    def _alert_all(self, matches: Sequence[Match]) -> None:
        for match in matches:
            self._alert(match.rule, match.event, match.correlated)

    def _alert(
        self, rule: Rule, event: Event, correlated: Correlated | None, past: Past | None = None
    ) -> None:
        """Hand on an alert, unless it is held back."""
        count_match(self._counts, rule)
        held = self._suppressor.admit(rule, event, correlated)
        if held is None:
            self._counts.suppressed(rule)
        elif self._on_alert is not None:
            if past is not None and event.late is None:
                past.lay_beside(event)
            elif past is not None:
                past.enrich(event)
            event.complete()
            count_alert(self._counts, rule)
            self._on_alert(Match(rule, event, held, correlated))

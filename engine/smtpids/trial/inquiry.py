"""Asks one rule of traffic and keeps why it was true, or how near it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smtpids.rules.explain import Finding, distance, failures, reasons
from smtpids.rules.interpreter import evaluate
from smtpids.rules.matcher import actions_with_history
from smtpids.rules.places import Places
from smtpids.rules.suppress import Suppressor
from smtpids.rules.tree import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules import RuleSource
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Event

#: Events that are kept of each kind, true and nearly true.
MOST_KEPT: Final = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says to an event: why it is true, or what keeps it from being true."""

    event: Event
    findings: tuple[Finding, ...]
    held: bool = False
    """The rule is true, but `suppress` or `once_per` holds the alert back."""


class Inquiry:
    """One rule; with `packet`, only the events of that packet are told."""

    def __init__(self, source: RuleSource, packet: int | None = None) -> None:
        self.source = source
        self.places = Places(source.rule.path)
        self.hits: list[Answer] = []
        self.misses: list[Answer] = []
        """The nearest first."""
        self.true = 0
        self.held = 0
        self.asked = 0
        """Events of the kinds that the rule is about."""
        self._packet = packet
        self._suppressor = Suppressor()

    def ask(self, event: Event) -> None:
        """Ask the rule of an event."""
        rule, condition = self.source.rule, self.source.condition
        if not evaluate(condition, event.fields):
            if self._packet in {None, event.packet}:
                self._miss(event)
            return
        held = self._suppressor.admit(rule, event) is None
        if self._packet not in {None, event.packet}:
            return
        self.asked += 1
        self.true += 1
        self.held += held
        if len(self.hits) < MOST_KEPT:
            self.hits.append(Answer(event, tuple(reasons(condition, event.fields)), held))

    def _miss(self, event: Event) -> None:
        """Keep an event if it is among the nearest."""
        if event.action not in self.source.rule.actions:
            return
        self.asked += 1
        lacks = tuple(failures(self.source.condition, event.fields))
        self.misses.append(Answer(event, lacks))
        self.misses.sort(key=lambda answer: distance(answer.findings))
        del self.misses[MOST_KEPT:]


class Inquirer:
    """Stands where the matcher stands and asks each inquiry of every event."""

    def __init__(self, inquiries: Sequence[Inquiry]) -> None:
        self.inquiries = inquiries
        self.history = actions_with_history([one.source for one in inquiries])
        self.fields = frozenset(name for one in inquiries for name in names(one.source.condition))

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Ask; no rule makes an alert here."""
        for inquiry in self.inquiries:
            inquiry.ask(event)
        return ()

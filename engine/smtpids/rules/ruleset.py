"""The rules of a run, as the loader hands them over and the matcher takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from smtpids.rules.rule import Level

if TYPE_CHECKING:
    from smtpids.errors import RuleError
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node


class RuleSource(NamedTuple):
    """A rule and its condition, filters included."""

    rule: Rule
    condition: Node


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules that were read, those that are off too, ordered by name."""

    sources: tuple[RuleSource, ...]
    warnings: tuple[RuleError, ...] = ()
    """What is legal but unwise in their files."""
    correlations: tuple[Correlation, ...] = ()
    """Ordered so that what one names stands before it."""
    silenced: frozenset[str] = frozenset()
    """Rules that a correlation without `generate` names: they do not alert by themselves."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules without their conditions, correlations included, ordered by name."""
        rules = [source.rule for source in self.sources]
        rules += [correlation.rule for correlation in self.correlations]
        return tuple(sorted(rules, key=lambda rule: rule.name))

    @property
    def running(self) -> tuple[Correlation, ...]:
        """The correlations that are on and lead to an alert, by themselves or through others."""
        needed: set[str] = set()
        found: list[Correlation] = []
        for correlation in reversed(self.correlations):
            rule = correlation.rule
            if rule.enabled and (self.alerts(rule) or rule.name in needed):
                needed.update(correlation.rules)
                found.append(correlation)
        return tuple(reversed(found))

    @property
    def asked(self) -> tuple[RuleSource, ...]:
        """The rules that are asked of events: those that alert or count for a correlation."""
        return tuple(self.numbered.values())

    @property
    def numbered(self) -> dict[int, RuleSource]:
        """The rules that are asked, by their place among all."""
        needed = {name for correlation in self.running for name in correlation.rules}
        return {
            number: source
            for number, source in enumerate(self.sources)
            if source.rule.enabled and (self.alerts(source.rule) or source.rule.name in needed)
        }

    @property
    def alerting(self) -> tuple[Rule, ...]:
        """The rules and correlations that make alerts, ordered by name."""
        return tuple(rule for rule in self.rules if rule.enabled and self.alerts(rule))

    def alerts(self, rule: Rule) -> bool:
        """Tell whether a rule makes alerts when it is on."""
        return rule.level is not Level.INFORMATIONAL and rule.name not in self.silenced

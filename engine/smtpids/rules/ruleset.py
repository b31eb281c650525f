"""The rules of a run, as the loader hands them over and the matcher takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpids.errors import RuleError
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node


@dataclass(frozen=True, slots=True)
class RuleSource:
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

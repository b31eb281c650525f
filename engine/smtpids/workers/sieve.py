"""The rules as a worker asks them, which knows nothing of earlier sessions.

What a rule asks of the history (`history.*`) is taken as answered in its favour. So a rule that is
not true of an event here is not true of it at all; one that is, and asks the history, is asked once
more by the parent, with the whole event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smtpids.rules.matcher import Matcher, actions_with_history, asks_history
from smtpids.rules.ruleset import RuleSource
from smtpids.rules.tree import FALSE, TRUE, Always, And, Check, Not, conjoin, disjoin, names, negate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node
    from smtpids.smtp import Event


class Sieve:
    """Finds the rules that are, or may be, true of an event."""

    def __init__(self, ruleset: RuleSet) -> None:
        asked = ruleset.asked
        self.history = actions_with_history(asked)
        """As `Matcher.history` of the rules as they are."""
        self.fields = frozenset(name for one in asked for name in names(one.condition))
        """As `Matcher.fields` of the rules as they are."""
        self.counted = _counted(ruleset)
        """The names of the fields that correlations read."""
        self._silent = frozenset(one.rule.name for one in asked if not ruleset.alerts(one.rule))
        loose: dict[str, Node] = {}
        """Of the rules that ask the history; the others stay the very same."""
        for one in asked:
            condition = loosened(one.condition)
            if condition != one.condition:
                loose[one.rule.name] = condition
        self._unsure = frozenset(loose)
        self.matcher = Matcher(
            replace(
                ruleset,
                sources=tuple(
                    RuleSource(one.rule, loose.get(one.rule.name, one.condition))
                    for one in ruleset.sources
                ),
            )
        )

    def match(self, event: Event) -> Sequence[Rule]:
        """Return the rules that may be true of `event`, ordered by name."""
        return self.matcher.match(event)

    def is_silent(self, rules: Sequence[Rule]) -> bool:
        """Tell whether rules only count for correlations, and make no alert by themselves."""
        return all(rule.name in self._silent for rule in rules)

    def is_sure(self, rules: Sequence[Rule]) -> bool:
        """Tell whether rules that may be true are true, and no other is."""
        return not self._unsure or self._unsure.isdisjoint([rule.name for rule in rules])


def _counted(ruleset: RuleSet) -> frozenset[str]:
    found: set[str] = set()
    for correlation in ruleset.running:
        rule = correlation.rule
        found.update(correlation.fields)
        if rule.once_per:
            found.add(rule.once_per)
        if rule.suppress is not None:
            found.update(rule.suppress.by)
    return frozenset(found)


def loosened(node: Node, *, answer: bool = True) -> Node:
    """Return `node` with all that asks the history answered by `answer`, its opposite in a Not."""
    if isinstance(node, Check):
        if not asks_history(node):
            return node
        return TRUE if answer else FALSE
    if isinstance(node, Not):
        return negate(loosened(node.part, answer=not answer))
    if isinstance(node, Always):
        return node
    parts = [loosened(part, answer=answer) for part in node.parts]
    return conjoin(parts) if isinstance(node, And) else disjoin(parts)

"""The rules as a worker asks them, which knows nothing of earlier sessions.

What a rule asks of the history (`history.*`) is taken as answered in its favour. So a rule that is
not true of an event here is not true of it at all; one that is, and asks the history, is asked once
more by the parent, with the whole event.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from smtpids.alerts.reason import names_past
from smtpids.rules.matcher import Matcher, actions_with_history, asks_history
from smtpids.rules.ruleset import RuleSource
from smtpids.rules.tree import FALSE, TRUE, Always, And, Check, Not, conjoin, disjoin, names, negate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtpids.rules import RuleSet
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node
    from smtpids.smtp import Event

#: The field that outputs sort alerts by.
CLIENT: Final = "source.ip"
NOTHING: Final = frozenset[str]()


class Sieve:
    """Finds the rules that are, or may be, true of an event."""

    def __init__(self, ruleset: RuleSet) -> None:
        asked = ruleset.asked
        self.history = actions_with_history(asked)
        """As `Matcher.history` of the rules as they are."""
        self.fields = frozenset(name for one in asked for name in names(one.condition))
        """As `Matcher.fields` of the rules as they are."""
        self._counted = _counted(ruleset)
        """The fields that correlations read, by the rule or correlation that counts for them."""
        self._silent = frozenset(one.rule.name for one in asked if not ruleset.alerts(one.rule))
        self._keys = {rule.name: (CLIENT, *_keys(rule)) for rule in _drafted(ruleset)}
        """The fields that are asked for beside drafts of alerts, by rule."""
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
        return self._silent.issuperset([rule.name for rule in rules])

    def counted(self, rules: Sequence[Rule]) -> Iterable[str]:
        """Return the names of the fields that correlations read of a match of all these rules."""
        if len(rules) == 1:
            return self._counted.get(rules[0].name, NOTHING)
        return NOTHING.union(*[self._counted.get(rule.name, NOTHING) for rule in rules])

    def are_drafted(self, rules: Sequence[Rule]) -> bool:
        """Tell whether rules only make alerts, whose lines need nothing but the event."""
        return self._keys.keys() >= {rule.name for rule in rules}

    def keys_of(self, rules: Sequence[Rule]) -> Iterable[str]:
        """Return the names of the fields that are asked for beside drafts of alerts."""
        if len(rules) == 1:
            return self._keys[rules[0].name]
        return [name for rule in rules for name in self._keys[rule.name]]

    def is_sure(self, rules: Sequence[Rule]) -> bool:
        """Tell whether rules that may be true are true, and no other is."""
        return not self._unsure or self._unsure.isdisjoint([rule.name for rule in rules])


def _counted(ruleset: RuleSet) -> dict[str, frozenset[str]]:
    """Return what correlations read, and those that count these: what one names stands before."""
    found: dict[str, frozenset[str]] = {}
    for correlation in reversed(ruleset.running):
        rule = correlation.rule
        read = correlation.fields.union(_keys(rule), found.get(rule.name, NOTHING))
        for name in correlation.rules:
            found[name] = read.union(found.get(name, NOTHING))
    return found


def _drafted(ruleset: RuleSet) -> list[Rule]:
    """Return the rules whose matches make alerts and nothing else, with nothing of the past."""
    counted = {name for correlation in ruleset.running for name in correlation.rules}
    rules = [one.rule for one in ruleset.asked if ruleset.alerts(one.rule)]
    return [rule for rule in rules if rule.name not in counted and not names_past(rule)]


def _keys(rule: Rule) -> tuple[str, ...]:
    """Return the fields by which alerts of a rule are held back."""
    by = () if rule.suppress is None else rule.suppress.by
    return (rule.once_per, *by) if rule.once_per else by


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

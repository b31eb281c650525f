"""Asks the rules of each event, as cheaply as possible and whatever one of them does.

The compiler's functions answer for all rules of a kind of event at once. They trust the table of
fields; if one raises all the same (a value of another type, a text that RE2 refuses), the rules of
that kind are asked one by one in the plain way, so that a rule which cannot stand an event never
hides what the others have to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.rules.compiler import compile_rules
from smtpids.rules.fields import ALL
from smtpids.rules.interpreter import REFERENCES, evaluate
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import FALSE, checks, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from smtpids.rules.rule import Rule
    from smtpids.rules.ruleset import RuleSet, RuleSource
    from smtpids.rules.tree import Check, Node
    from smtpids.smtp.events import Event

#: How the fields begin that say what earlier sessions told.
HISTORY: Final = "history."


class Matcher:
    """Finds the rules that are true of an event.

    Rules that are off, or never alert and count for no correlation, are not asked.
    """

    __slots__ = (
        "_asks",
        "_conditions",
        "_rules",
        "_sources",
        "errors",
        "fallbacks",
        "fields",
        "history",
    )

    def __init__(self, ruleset: RuleSet) -> None:
        asked = ruleset.asked
        self._rules: list[Rule] = [source.rule for source in asked]
        self._conditions: dict[str, dict[int, Node]] = {}
        self._sources: dict[str, str] = {}
        self._asks: dict[str, Callable[[Mapping[str, object]], tuple[int, ...]]] = {}
        self.errors: dict[str, int] = {}
        """How often a rule could not be asked at all, by its name."""
        self.fallbacks: dict[str, int] = {}
        """How often rules were asked one by one, by `event.action`."""
        self.history = actions_with_history(asked)
        """The values of `event.action` of whose events a rule asks what was known before."""
        self.fields = frozenset(name for one in asked for name in names(one.condition))
        """The fields that the rules ask."""
        for action in sorted(ALL):
            special = [specialise(source.condition, action) for source in asked]
            conditions = {number: node for number, node in enumerate(special) if node != FALSE}
            if conditions:
                self._conditions[action] = conditions
                program = compile_rules(action, conditions)
                self._sources[action] = program.source
                self._asks[action] = program.match

    def match(self, event: Event) -> Sequence[Rule]:
        """Return the rules that are true of `event`, ordered by name."""
        ask = self._asks.get(event.action)
        if ask is None:
            return ()
        try:
            found: Sequence[int] = ask(event.fields)
        except Exception:  # noqa: BLE001 - whatever one rule does, the others are asked
            found = self._one_by_one(event)
        if not found:
            return ()
        return [self._rules[number] for number in sorted(found)]

    def source(self, action: str) -> str:
        """Return the Python that answers for events of `action`; empty if no rule asks for them."""
        return self._sources.get(action, "")

    def _one_by_one(self, event: Event) -> list[int]:
        self.fallbacks[event.action] = self.fallbacks.get(event.action, 0) + 1
        found: list[int] = []
        for number, condition in self._conditions[event.action].items():
            try:
                if evaluate(condition, event.fields):
                    found.append(number)
            except Exception:  # noqa: BLE001 - this rule is counted, the next is asked
                name = self._rules[number].name
                self.errors[name] = self.errors.get(name, 0) + 1
        return found


def actions_with_history(sources: Iterable[RuleSource]) -> frozenset[str]:
    """Return the actions of whose events a rule asks a field of the history.

    Keywords and `suppress` by such a field ask for it, too.
    """
    found: set[str] = set()
    for source in sources:
        rule = source.rule
        suppressed = (rule.once_per, *(rule.suppress.by if rule.suppress is not None else ()))
        whole = any(name.startswith(HISTORY) for name in suppressed)
        for action in ALL - found:
            condition = specialise(source.condition, action)
            if condition != FALSE and (whole or any(map(_asks_history, checks(condition)))):
                found.add(action)
    return frozenset(found)


def _asks_history(check: Check) -> bool:
    if check.field is None or check.field.startswith(HISTORY):
        return True
    return check.op in REFERENCES and str(check.operand).startswith(HISTORY)

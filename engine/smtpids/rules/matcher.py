"""Asks the rules of each event, as cheaply as possible and whatever one of them does.

The compiler's functions answer for all rules of a kind of event at once. They trust the table of
fields; if one raises all the same (a value of another type, a bug), the rules of that kind are
asked one by one in the plain way, so that a rule which cannot stand an event never hides what the
others have to say. If the line that raised is for one rule, this one is asked in the plain way from
then on and the others are compiled without it. A rule that fails even so is switched off in time.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Protocol

from smtpids.buglog import LOG
from smtpids.fields import ALL
from smtpids.rules.compiler import compile_rules
from smtpids.rules.interpreter import REFERENCES, evaluate
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import FALSE, checks, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from smtpids.rules.program import Program
    from smtpids.rules.rule import Rule
    from smtpids.rules.ruleset import RuleSet, RuleSource
    from smtpids.rules.tree import Check, Node
    from smtpids.smtp.events import Event

#: How the fields begin that say what earlier sessions told.
HISTORY: Final = "history."
#: A rule that failed so often is off until the rules are loaded again: an odd event may come now
#: and then, a hundred are a bug of ours, each of them costs an exception, and no alert is lost that
#: the rule could have made of events like these.
MOST_FAILURES: Final = 100


class Asking(Protocol):
    """What is told of rules that fail by whoever asks them: `Matcher`, or `profile.Profiler`."""

    errors: dict[str, int]
    """How often a rule could not be asked at all, by its name."""
    fallbacks: dict[str, int]
    """How often rules were asked one by one, by `event.action`."""

    @property
    def disabled(self) -> tuple[str, ...]:
        """The rules that are off because they failed too often."""


class Matcher:
    """Finds the rules that are true of an event.

    Rules that are off, or never alert and count for no correlation, are not asked.
    """

    __slots__ = (
        "_conditions",
        "_failures",
        "_functions",
        "_plain",
        "_programs",
        "_rules",
        "_sources",
        "disabled",
        "errors",
        "fallbacks",
        "fields",
        "history",
    )

    def __init__(self, ruleset: RuleSet) -> None:
        self._sources: dict[int, RuleSource] = ruleset.numbered
        self._rules: dict[int, Rule] = {n: source.rule for n, source in self._sources.items()}
        self._conditions: dict[str, dict[int, Node]] = {}
        """What is left of them for an action, where somebody wanted to know."""
        self._plain: dict[str, dict[int, Node]] = {}
        """Those of the conditions that are not compiled any more."""
        self._programs: dict[str, Program] = {}
        self._functions: dict[str, Callable[[Mapping[str, object]], tuple[int, ...]]] = {}
        """Those of the programs, one look-up away."""
        self._failures: dict[int, int] = {}
        self.errors: dict[str, int] = {}
        """How often a rule could not be asked at all, by its name."""
        self.fallbacks: dict[str, int] = {}
        """How often rules were asked one by one, by `event.action`."""
        self.disabled: tuple[str, ...] = ()
        """The rules that are off because they failed too often."""
        asked = tuple(self._sources.values())
        self.history = actions_with_history(asked)
        """The values of `event.action` of whose events a rule asks what was known before."""
        self.fields = frozenset(name for one in asked for name in names(one.condition))
        """The fields that the rules ask."""
        for action in map(sys.intern, sorted(ALL)):  # those of events are, too
            if self._asked_of(action):
                self._compile(action)

    def match(self, event: Event) -> tuple[Rule, ...]:
        """Return the rules that are true of `event`, ordered by name."""
        ask = self._functions.get(event.action)
        if ask is None:
            return ()
        try:
            found: Sequence[int] = ask(event.fields)
        except Exception as error:  # noqa: BLE001 - whatever one rule does, the others are asked
            found = self._one_by_one(event, self._programs[event.action], error)
        else:
            if self._plain:
                found = [*found, *self._asked(self._plain.get(event.action, {}), event)]
        if not found:
            return ()
        if len(found) == 1:
            return (self._rules[found[0]],)
        return tuple([self._rules[number] for number in sorted(found)])

    @property
    def actions(self) -> tuple[str, ...]:
        """The values of `event.action` of which a rule can be true."""
        return tuple(self._programs)

    def count_on(self, before: Asking) -> None:
        """Count on where the matcher of the rules before a reload has come to.

        A counter of Prometheus never goes back, and the other may still be at its last event.
        """
        self.errors, self.fallbacks = before.errors, before.fallbacks

    def source(self, action: str) -> str:
        """Return the Python that answers for events of `action`; empty if no rule asks for them."""
        program = self._programs.get(action)
        return "" if program is None else program.source

    def _asked_of(self, action: str) -> dict[int, Node]:
        """Return what is asked of events of `action`, by the numbers of the rules."""
        found = self._conditions.get(action)
        if found is None:
            found = self._conditions[action] = {}
            for number, source in self._sources.items():
                condition = specialise(source.condition, action)
                if condition != FALSE:
                    found[number] = condition
        return found

    def _compile(self, action: str) -> None:
        plain, conditions = self._plain.get(action, {}), self._asked_of(action)
        program = self._programs[action] = compile_rules(
            action, {number: node for number, node in conditions.items() if number not in plain}
        )
        self._functions[action] = program.match

    def _one_by_one(self, event: Event, program: Program, error: Exception) -> list[int]:
        """Ask all rules in the plain way; take the one that raised `error` out of the program."""
        action = event.action
        self.fallbacks[action] = self.fallbacks.get(action, 0) + 1
        conditions = self._asked_of(action)
        found = self._asked(conditions, event)
        culprit = program.culprit(error)
        if culprit is not None and culprit in conditions:
            plain = self._plain.setdefault(action, {})
            plain[culprit] = conditions[culprit]
            self._compile(action)
        return found

    def _asked(self, conditions: Mapping[int, Node], event: Event) -> list[int]:
        """Return those of the rules that are true, each asked by itself."""
        found: list[int] = []
        for number, condition in tuple(conditions.items()):
            try:
                if evaluate(condition, event.fields):
                    found.append(number)
            except Exception as error:  # noqa: BLE001 - this rule is counted, the next is asked
                self._failed(number, error)
        return found

    def _failed(self, number: int, error: Exception) -> None:
        """Count a rule that could not be asked, and switch it off in time."""
        name = self._sources[number].rule.name
        self.errors[name] = self.errors.get(name, 0) + 1
        failures = self._failures[number] = self._failures.get(number, 0) + 1
        if failures != MOST_FAILURES:
            return
        self.disabled = (*self.disabled, name)
        for action in self._programs:
            if self._asked_of(action).pop(number, None) is not None:
                self._plain.get(action, {}).pop(number, None)
                self._compile(action)
        kind = type(error).__name__
        LOG.error("rule %s is off: it failed %d times, last by %s", name, failures, kind)


def actions_with_history(sources: Iterable[RuleSource]) -> frozenset[str]:
    """Return the actions of whose events a rule asks a field of the history.

    Keywords and `suppress` by such a field ask for it, too.
    """
    found: set[str] = set()
    for source in sources:
        rule = source.rule
        suppressed = (rule.once_per, *(rule.suppress.by if rule.suppress is not None else ()))
        whole = any(name.startswith(HISTORY) for name in suppressed)
        if not whole and not any(map(asks_history, checks(source.condition))):
            continue
        for action in ALL - found:
            condition = specialise(source.condition, action)
            if condition != FALSE and (whole or any(map(asks_history, checks(condition)))):
                found.add(action)
    return frozenset(found)


def asks_history(check: Check) -> bool:
    """Tell whether a check reads what was known before; keywords read all that an event has."""
    if check.field is None or check.field.startswith(HISTORY):
        return True
    return check.op in REFERENCES and str(check.operand).startswith(HISTORY)

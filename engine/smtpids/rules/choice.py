"""Which question is best asked next, where many rules wait for an answer.

Three things spare work: a question that several rules need, asked once with these rules below it;
a field that many rules compare with different words or numbers, looked up once with a block for
each value; and a guard, which looks for the words of many rules in one go. Each is priced by what
the rules below it would cost otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from smtpids.rules.guard import search_of
from smtpids.rules.questions import Variable, cost, is_many, variable_of, variables, work
from smtpids.rules.tree import TRUE, And, Check, Op, Or

if TYPE_CHECKING:
    from smtpids.rules.tree import Node, Operand

#: How often an answer is yes, where nothing is known of the question.
LIKELY: Final = 0.5
#: Finding the block of a value, by `COSTS`.
LOOK_UP: Final = 60
#: A rule that takes more values of a field is asked by itself: it would stand in too many blocks.
MOST_VALUES: Final = 4
#: Rules that stand in a second block, or a further one, of the same function: the source grows.
MOST_COPIES: Final = 2000


class Part:
    """A question that a rule needs to be true; equal questions are one object."""

    __slots__ = ("cost", "node", "order", "search", "values", "variables", "work")

    def __init__(self, node: Node, order: int) -> None:
        self.node = node
        self.order = order
        self.cost = cost(node)
        self.work = work(node)
        self.variables = variables([node])
        self.search = search_of(node)
        self.values = _values_of(node)
        """A field with one value and what it must be equal to, if this is such a question."""


Rules: TypeAlias = "list[tuple[int, tuple[Part, ...]]]"
"""Rules by number, each with the questions that are still open, the cheapest first."""


class Parts:
    """Makes one object of equal questions."""

    def __init__(self) -> None:
        self._known: dict[Node, Part] = {}

    def required(self, node: Node) -> tuple[Part, ...]:
        """Return the parts of `node` that must all be true, the cheapest first."""
        if node == TRUE:
            return ()
        found = []
        for one in node.parts if isinstance(node, And) else (node,):
            part = self._known.get(one)
            if part is None:
                part = self._known[one] = Part(one, len(self._known))
            found.append(part)
        return tuple(sorted(found, key=lambda part: (part.cost, part.order)))


def _values_of(node: Node) -> tuple[Variable, tuple[Operand, ...]] | None:
    alternatives = node.parts if isinstance(node, Or) else (node,)
    if len(alternatives) > MOST_VALUES:
        return None
    compared: Variable | None = None
    values: list[Operand] = []
    for check in alternatives:
        if not isinstance(check, Check) or check.op is not Op.EQUALS or is_many(check.field):
            return None
        variable = variable_of(check)
        if variable is None or variable != (compared or variable):
            return None
        if isinstance(check.operand, bool):
            return None
        compared = variable
        values.append(check.operand)
    return None if compared is None else (compared, tuple(values))


class Shared(NamedTuple):
    """Ask `part` once, with the rules `below` it."""

    part: Part
    below: Rules
    others: Rules


class Switch(NamedTuple):
    """Look at a value once, with a block of rules for each value, or values."""

    variable: Variable
    branches: list[tuple[tuple[Operand, ...], Rules]]
    copies: int
    """How many rules stand in several blocks, counted for each block but the first."""
    others: Rules


class Guard(NamedTuple):
    """Look for the expressions of many rules at once."""

    variable: Variable
    patterns: dict[str, list[int]]
    """The rules by the expressions one of which they need."""
    guarded: Rules
    others: Rules


Plan: TypeAlias = "Shared | Switch | Guard"


def choose(rules: Rules, guard_from: int, most_copies: int) -> Plan | None:
    """Return what spares most work among `rules`; None if they stand best side by side."""
    shared: dict[Part, list[float]] = {}
    switches: dict[Variable, list[float]] = {}
    values: dict[Variable, set[Operand]] = {}
    copies: dict[Variable, int] = {}
    guards: dict[Variable, float] = {}
    searches: dict[Variable, int] = {}
    for _, parts in rules:
        whole = _expected(parts)
        for part in parts:
            rest = _expected([other for other in parts if other is not part])
            shared.setdefault(part, []).append(rest * (1 - LIKELY) + part.work)
            if part.values is not None:
                variable, operands = part.values
                switches.setdefault(variable, []).append(rest)
                values.setdefault(variable, set()).update(operands)
                copies[variable] = copies.get(variable, 0) + len(operands) - 1
            if part.search is not None:
                variable, _, price = part.search
                guards[variable] = guards.get(variable, 0.0) + whole
                searches[variable] = searches.get(variable, 0) + price
    best: Part | Variable | None = None
    most = 0.0
    for part, spared in shared.items():
        gain = sum(spared) - part.work
        if len(spared) > 1 and gain > most:
            best, most = part, gain
    for variable, rests in switches.items():
        different = len(values[variable])
        gain = sum(rests) * different / (different + 1) + 20 * len(rests) - LOOK_UP
        if len(rests) > 2 and different > 1 and copies[variable] <= most_copies and gain > most:
            best, most = variable, gain
    scanned: Variable | None = None
    for variable, spared_by_all in guards.items():
        gain = spared_by_all - guard_from
        if searches[variable] >= guard_from and gain > most:
            scanned, most = variable, gain
    if scanned is not None:
        return _guard(scanned, rules)
    if isinstance(best, Part):
        return _shared(best, rules)
    return None if best is None else _switch(best, rules)


def _expected(parts: tuple[Part, ...] | list[Part]) -> float:
    """Return what a rule costs by itself: a later question is asked if those before say yes."""
    total, odds = 0.0, 1.0
    for part in parts:
        total += part.work * odds
        odds *= LIKELY
    return total


def _shared(part: Part, rules: Rules) -> Shared:
    below = [(number, _without(parts, part)) for number, parts in rules if part in parts]
    return Shared(part, below, [rule for rule in rules if part not in rule[1]])


def _without(parts: tuple[Part, ...], part: Part) -> tuple[Part, ...]:
    return tuple(other for other in parts if other is not part)


def _switch(variable: Variable, rules: Rules) -> Switch:
    others: Rules = []
    by_value: dict[Operand, Rules] = {}
    copies = 0
    for number, parts in rules:
        for part in parts:
            if part.values is not None and part.values[0] == variable:
                rest = (number, _without(parts, part))
                copies += len(part.values[1]) - 1
                for value in part.values[1]:
                    by_value.setdefault(value, []).append(rest)
                break
        else:
            others.append((number, parts))
    alike: dict[tuple[tuple[int, tuple[Part, ...]], ...], list[Operand]] = {}
    for value, below in by_value.items():
        alike.setdefault(tuple(below), []).append(value)
    branches = [(tuple(some), list(below)) for below, some in alike.items()]
    return Switch(variable, branches, copies, others)


def _guard(variable: Variable, rules: Rules) -> Guard:
    patterns: dict[str, list[int]] = {}
    guarded: Rules = []
    others: Rules = []
    for number, parts in rules:
        for part in parts:
            if part.search is not None and part.search[0] == variable:
                guarded.append((number, parts))
                for pattern in part.search[1]:
                    patterns.setdefault(pattern, []).append(number)
                break
        else:
            others.append((number, parts))
    return Guard(variable, patterns, guarded, others)

"""Rules into Python: one function for each `event.action`, which answers for all rules at once.

Asking each rule by itself costs the rules times the fields; here each field is fetched and
lower-cased once, a question that several rules share is asked once and the rest of them stands
below it, cheap questions go first, and a list of values is one look-up in a set. The result for
two tests of one field looks like this:

    def match(f, k0=k0):
        out = ()
        g = f.get
        v0 = g('tls.established')
        if v0 is False:
            l1 = (g('smtp.auth.mechanism') or '').lower()
            if l1 in k0:
                out += (3,)
        return out

What a rule's author wrote gets into the source as `repr` of a text or number, or not at all but as
a constant beside it. The functions trust the table of fields: a value of another type may raise,
and the matcher then asks the interpreter.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.rules.fields import FIELDS, Type
from smtpids.rules.interpreter import REFERENCES, ask, refers, texts
from smtpids.rules.operands import address_number, finder, glob_pattern, network_mask, time_part
from smtpids.rules.tree import Always, And, Check, Not, Op, Or, TimePart, checks, disjoin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from smtpids.rules.tree import Node, Operand


#: What a question costs, roughly in nanoseconds; on lists three times that.
COSTS: Final[dict[Op, int]] = {
    Op.EQUALS: 20,
    Op.NULL: 30,
    Op.EXISTS: 30,
    Op.STARTSWITH: 60,
    Op.ENDSWITH: 60,
    Op.CONTAINS: 40,
    Op.CIDR: 400,
    Op.GLOB: 1000,
    Op.REGEX: 1000,
    Op.TIME_PART: 1000,
    **dict.fromkeys((Op.LT, Op.LTE, Op.GT, Op.GTE), 25),
    **dict.fromkeys(REFERENCES, 1500),
}
#: A question to every value of the event.
KEYWORD_COST: Final = 100_000
#: Fetching a text and lower-casing it.
LOWER_COST: Final = 90
#: Python allows a hundred levels of indent; from here on questions stand side by side.
MOST_DEPTH: Final = 40

_NO_VARIABLE: Final = frozenset({Op.NULL, Op.EXISTS, *REFERENCES})
_COMPARED_LOWER: Final = frozenset({Op.EQUALS, Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH, Op.GLOB})
_NEVER_OF_NONE: Final = frozenset({Op.EQUALS, Op.CIDR, Op.TIME_PART})
_SIGNS: Final = {Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}
_TEXTUAL: Final = frozenset({Type.TEXT, Type.KEYWORD})
#: What generated functions call.
_CALLED: Final[dict[str, object]] = {
    "number": address_number,
    "part": time_part,
    "refers": refers,
    "texts": texts,
}


class Variable(NamedTuple):
    """A local variable: a field as it is (`v`), in lower case (`l`), or as an address (`n`)."""

    form: str
    field: str | None


class Program(NamedTuple):
    """The compiled rules of one `event.action`."""

    source: str
    match: Callable[[Mapping[str, object]], tuple[int, ...]]


def compile_rules(action: str, conditions: Mapping[int, Node]) -> Program:
    """Compile the numbered conditions, already specialised to `action`, into one function."""
    writer = _Writer(conditions.values())
    writer.block([(number, _required(node)) for number, node in conditions.items()], 1, frozenset())
    parameters = "".join(f", {name}={name}" for name in writer.constants)
    head = [f"def match(f{parameters}):", "    out = ()", "    g = f.get"]
    source = "\n".join([*head, *writer.lines, "    return out"]) + "\n"
    space: dict[str, object] = {**_CALLED, **writer.constants}
    code = compile(source, f"<rules for {action}>", "exec")
    exec(code, space)  # noqa: S102 - the source is written above; rule text is only constants in it
    match = space["match"]
    assert callable(match)
    return Program(source, match)


def _required(node: Node) -> tuple[Node, ...]:
    """Return the parts that must all be true."""
    if node == Always(answer=True):
        return ()
    return node.parts if isinstance(node, And) else (node,)


class _Writer:
    """Writes the body of one function."""

    def __init__(self, conditions: Iterable[Node]) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self._numbers: dict[str | None, int] = {}
        self._unsafe: set[Variable] = set()
        """Variables in lower case for which a missing field must not stand as an empty text."""
        for node in conditions:
            for check in checks(node):
                variable = variable_of(check)
                if variable and variable.form == "l" and ask(check, {str(check.field): ""}):
                    self._unsafe.add(variable)

    def block(
        self,
        rules: list[tuple[int, tuple[Node, ...]]],
        depth: int,
        have: frozenset[Variable],
    ) -> None:
        """Write what finds the matching ones of `rules`; the variables `have` hold values."""
        for number, parts in rules:
            if not parts:
                self._write(depth, f"out += ({number},)")
        rules = [rule for rule in rules if rule[1]]
        while (shared := _shared(rules)) is not None and depth < MOST_DEPTH:
            have = self._fetch([shared], depth, have)
            self._write(depth, f"if {self.expression(shared)}:")
            below = [
                (number, tuple(part for part in parts if part != shared))
                for number, parts in rules
                if shared in parts
            ]
            self.block(below, depth + 1, have)
            rules = [rule for rule in rules if shared not in rule[1]]
        times = Counter(variable for _, parts in rules for variable in variables(parts))
        have = self._assign((each for each in times if times[each] > 1), depth, have)
        for number, parts in rules:
            self._rule(number, parts, depth, have)

    def _rule(
        self, number: int, parts: tuple[Node, ...], depth: int, have: frozenset[Variable]
    ) -> None:
        """Write one rule: the cheapest question, below it what the next one needs, and so on."""
        asked: list[str] = []
        for part in sorted(parts, key=cost):
            if asked and depth < MOST_DEPTH and not variables([part]) <= have:
                self._write(depth, f"if {' and '.join(asked)}:")
                depth += 1
                asked = []
            have = self._fetch([part] if depth < MOST_DEPTH else parts, depth, have)
            asked.append(self.expression(part))
        self._write(depth, f"if {' and '.join(asked)}:")
        self._write(depth + 1, f"out += ({number},)")

    def _write(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def _fetch(
        self, parts: Sequence[Node], depth: int, have: frozenset[Variable]
    ) -> frozenset[Variable]:
        return self._assign(variables(parts), depth, have)

    def _assign(
        self, wanted: Iterable[Variable], depth: int, have: frozenset[Variable]
    ) -> frozenset[Variable]:
        """Write the assignments of the variables that are wanted and not yet there."""
        missing = [variable for variable in wanted if variable not in have]
        for variable in sorted(missing, key=lambda each: (each.field or "", each.form)):
            for line in self._assignment(variable):
                self._write(depth, line)
        return have.union(missing)

    def _assignment(self, variable: Variable) -> list[str]:
        name, form = self._name(variable), variable.form
        if is_many(variable.field):
            values = "texts(f)" if variable.field is None else f"g({variable.field!r}) or ()"
            each = {"l": "e.lower()", "n": "number(e)", "v": "e"}[form]
            return [f"{name} = [{each} for e in {values}]"]
        value = f"g({variable.field!r})"
        if form == "v":
            return [f"{name} = {value}"]
        if form == "n":
            return [f"{name} = number({value})"]
        if variable not in self._unsafe:
            return [f"{name} = ({value} or '').lower()"]
        return [f"{name} = {value}", f"if {name} is not None: {name} = {name}.lower()"]

    def _name(self, variable: Variable) -> str:
        number = self._numbers.setdefault(variable.field, len(self._numbers))
        return f"{variable.form}{number}"

    def expression(self, node: Node) -> str:
        """Return the expression that asks `node`; its variables must hold values."""
        if isinstance(node, Not):
            return f"not ({self.expression(node.part)})"
        if isinstance(node, And):
            return " and ".join(
                f"({self.expression(part)})" for part in sorted(node.parts, key=cost)
            )
        if isinstance(node, Or):
            alternatives = self._alternatives(node)
            # `and` binds closer than `or`, and this may become a part of an `and`
            return f"({' or '.join(alternatives)})"
        if isinstance(node, Always):
            return repr(node.answer)
        return self._question(node, [node.operand])

    def _alternatives(self, node: Or) -> list[str]:
        """Return the expressions of an `Or`: questions of one kind to one field are one."""
        alike: dict[tuple[object, ...], list[Check]] = {}
        others = [part for part in node.parts if not isinstance(part, Check)]
        for part in node.parts:
            if isinstance(part, Check):
                alike.setdefault((part.field, part.op, part.cased), []).append(part)
        priced: list[tuple[int, str]] = [(cost(part), self.expression(part)) for part in others]
        for group in alike.values():
            question = self._question(group[0], [check.operand for check in group])
            priced.append((cost(disjoin(group)), question))
        ordered = sorted(priced, key=lambda each: each[0])
        return [text if len(ordered) == 1 else f"({text})" for _, text in ordered]

    def _question(self, check: Check, operands: Sequence[Operand]) -> str:
        """Return the expression for one question with one or several operands."""
        variable = variable_of(check)
        if variable is None:
            return " or ".join(_of_the_event(check, operand) for operand in operands)
        name = self._name(variable)
        if is_many(check.field):
            if check.op is Op.EQUALS:
                return f"not {self._constant(frozenset(operands))}.isdisjoint({name})"
            return f"any({self._of_one(check, 'e', operands)} for e in {name})"
        question = self._of_one(check, name, operands)
        if check.op in _NEVER_OF_NONE or (variable.form == "l" and variable not in self._unsafe):
            return question
        return f"{name} is not None and ({question})"

    def _of_one(self, check: Check, name: str, operands: Sequence[Operand]) -> str:
        """Return the expression that asks one value."""
        op = check.op
        if op is Op.EQUALS and len(operands) > 1:
            return f"{name} in {self._constant(frozenset(operands))}"
        if op in {Op.STARTSWITH, Op.ENDSWITH}:
            return f"{name}.{op}({self._constant(tuple(operands))})"
        return " or ".join(self._with(op, name, operand) for operand in operands)

    def _with(self, op: Op, name: str, operand: Operand) -> str:
        if op is Op.EQUALS:
            return f"{name} is {operand}" if isinstance(operand, bool) else f"{name} == {operand!r}"
        if op is Op.CONTAINS:
            return f"{operand!r} in {name}"
        if op is Op.CIDR:
            mask, result = network_mask(str(operand))
            return f"{name} & {mask} == {result}"
        if isinstance(operand, TimePart):
            return f"part({name}, {operand.part!r}) == {operand.number}"
        if isinstance(operand, tuple):
            return f"{self._constant(finder(glob_pattern(operand)))}({name}) is not None"
        if op is Op.REGEX:
            return f"{self._constant(finder(str(operand)))}({name}) is not None"
        return f"{name} {_SIGNS[op]} {operand!r}"

    def _constant(self, value: object) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name


def _of_the_event(check: Check, operand: Operand) -> str:
    """Return the expression that needs the event and no variable."""
    if check.op is Op.NULL:
        return f"g({check.field!r}) is None"
    if check.op is Op.EXISTS:
        return f"{check.field!r} {'in' if operand else 'not in'} f"
    return f"refers({REFERENCES[check.op]!r}, g({check.field!r}), g({operand!r}))"


def is_many(name: str | None) -> bool:
    """Tell whether a field, or all fields together, have several values."""
    return name is None or (name in FIELDS and FIELDS[name].many)


def variable_of(check: Check) -> Variable | None:
    """Return the variable that a check reads, if it reads one."""
    if check.op in _NO_VARIABLE:
        return None
    if check.op is Op.CIDR:
        return Variable("n", check.field)
    textual = check.field is None or FIELDS[check.field].type in _TEXTUAL
    lower = textual and not check.cased and check.op in _COMPARED_LOWER
    return Variable("l" if lower else "v", check.field)


def variables(parts: Iterable[Node]) -> frozenset[Variable]:
    """Return the variables that `parts` read."""
    found = (variable_of(check) for part in parts for check in checks(part))
    return frozenset(variable for variable in found if variable is not None)


def cost(node: Node) -> int:
    """Return what asking `node` costs, relative to others."""
    total = 0
    for check in checks(node):
        if check.field is None:
            total += KEYWORD_COST
            continue
        variable = variable_of(check)
        price = COSTS[check.op] + (LOWER_COST if variable and variable.form == "l" else 0)
        total += 3 * price if is_many(check.field) else price
    return total


def _shared(rules: list[tuple[int, tuple[Node, ...]]]) -> Node | None:
    """Return the question that most rules need, the cheapest of these; None if none share one."""
    times = Counter(part for _, parts in rules for part in parts)
    shared = [part for part, count in times.items() if count > 1]
    if not shared:
        return None
    return max(shared, key=lambda part: (times[part], -cost(part), repr(part)))

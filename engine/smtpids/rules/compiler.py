"""Rules into Python: one function for each `event.action`, which answers for all rules at once.

Asking each rule by itself costs the rules times the fields; here each field is fetched and
lower-cased once, a question that several rules share is asked once and the rest of them stands
below it, cheap questions go first, and a list of values is one look-up in a set. The result for
two tests of one field looks like this:

    def match(f: Fields) -> tuple[int, ...]:
        out: tuple[int, ...] = ()
        v0 = f.get('tls.established')
        if v0 is False:
            l1 = (f.get('smtp.auth.mechanism') or '').lower()
            if l1 in k0:
                out += (3,)
        return out

What a rule's author wrote gets into the source as `repr` of a text or number, or not at all but as
a constant beside it. The functions trust the table of fields: a value of another type may raise,
and the matcher then asks the interpreter.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from smtpids.rules import beginnings
from smtpids.rules.choice import MOST_COPIES, Parts, Shared, Switch, choose
from smtpids.rules.exact import exact
from smtpids.rules.guard import GUARD_FROM, UNGUARDED
from smtpids.rules.interpreter import refers, texts
from smtpids.rules.local_variables import LocalVariables
from smtpids.rules.needed import sieve
from smtpids.rules.operands import (
    LOWER_VERBS,
    address_number,
    calm_finder,
    glob_finder,
    glob_pattern,
    network_mask,
    time_part,
)
from smtpids.rules.program import Line, Program, first_line
from smtpids.rules.questions import (
    SEPARATOR,
    Variable,
    cost,
    is_long,
    is_many,
    late_lists,
    of_a_list,
    of_the_event,
    sign_of,
    variable_of,
    variables,
)
from smtpids.rules.scanner import scanner
from smtpids.rules.tree import Always, And, Check, Not, Op, Or, TimePart, disjoin, factored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from smtpids.rules.choice import Guard, Part, Rules
    from smtpids.rules.operands import Finder
    from smtpids.rules.tree import Node, Operand

#: Python allows a hundred levels of indent; from here on questions stand side by side.
MOST_DEPTH: Final = 40
#: Up to so many values of a field are compared one after the other, more are looked up.
MOST_COMPARED: Final = 4

_NEVER_OF_NONE: Final = frozenset({Op.EQUALS, Op.CIDR, Op.TIME_PART})
_SIGNS: Final = {Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">="}
#: What generated functions use.
_CALLED: Final[dict[str, object]] = {
    "number": address_number,
    "part": time_part,
    "refers": refers,
    "texts": texts,
    "verbs": LOWER_VERBS,
}


def compile_rules(
    action: str, conditions: Mapping[int, Node], *, guard_from: int = GUARD_FROM
) -> Program:
    """Compile the numbered conditions, already specialised to `action`, into one function.

    Searches that cost `guard_from` together get a guard.
    """
    nodes = {number: factored(exact(node)) for number, node in conditions.items()}
    writer = _Writer(nodes.values(), guard_from)
    parts = Parts()
    writer.block([(number, parts.required(node)) for number, node in nodes.items()], 1, frozenset())
    head: list[Line] = [(first_line("match"), None), ("    out: tuple[int, ...] = ()", None)]
    lines = [*writer.functions, *head, *writer.drawn_up(), ("    return out", None)]
    source = "\n".join(text for text, _ in lines) + "\n"
    name = f"<rules for {action}>"
    space: dict[str, object] = {**_CALLED, **writer.constants, "__name__": name}
    code = compile(source, name, "exec")
    exec(code, space)  # noqa: S102 - the source is written above; rule text is only constants in it
    match = space["match"]
    assert callable(match)
    owners = tuple(owner for _, owner in lines)
    return Program(source, match, name, owners)


class _Writer:
    """Writes the body of one function."""

    def __init__(self, conditions: Iterable[Node], guard_from: int) -> None:
        self.lines: list[Line] = []
        self.functions: list[Line] = []
        """What stands before the function: one function for each rule behind a guard."""
        self.constants: dict[str, object] = {}
        self._guard_from = guard_from
        self._branches = 0
        self._guarded = False
        self._copies = MOST_COPIES
        self._late: frozenset[Variable] = frozenset()  # what a question makes itself
        self._variables = LocalVariables(conditions)

    def drawn_up(self) -> list[Line]:
        """Return the lines of the function, what is made more than once made first."""
        return self._variables.drawn_up(self.lines)

    def block(self, rules: Rules, depth: int, have: frozenset[Variable]) -> None:
        """Write what finds the matching ones of `rules`; the variables `have` hold values."""
        for number, parts in rules:
            if not parts:
                self._write(depth, f"out += ({number},)", number)
        rules = [rule for rule in rules if rule[1]]
        while depth < MOST_DEPTH:
            plan = choose(rules, self._guard_from, self._copies)
            if plan is None:
                break
            if isinstance(plan, Shared):
                have = self._assign(variables([plan.part.node]), depth, have)
                self._write(depth, f"if {self.expression(plan.part.node)}:")
                self.block(plan.below, depth + 1, have)
            elif isinstance(plan, Switch):
                have = self._assign([plan.variable], depth, have)
                self._copies -= plan.copies
                self._switch(plan, depth, have)
            else:
                guarded = self._guard(plan, depth, have)
                if guarded is None:
                    self._guard_from = UNGUARDED
                    continue
                have = guarded
            rules = plan.others
        times = Counter(
            variable for _, parts in rules for variable in variables(part.node for part in parts)
        )
        have = self._assign((each for each in times if times[each] > 1), depth, have)
        for number, parts in rules:
            self._rule(number, parts, depth, have)

    def _switch(self, plan: Switch, depth: int, have: frozenset[Variable]) -> None:
        """Write one block for each value, or values, of a field."""
        name = self._name(plan.variable)
        if len(plan.branches) <= MOST_COMPARED:
            word = "if"
            for values, rules in plan.branches:
                one = values[0] if len(values) == 1 else None
                equal = f"== {one!r}" if one is not None else f"in {self._constant(set(values))}"
                self._write(depth, f"{word} {name} {equal}:")
                self.block(rules, depth + 1, have)
                word = "elif"
            return
        table = {
            value: number for number, (values, _) in enumerate(plan.branches) for value in values
        }
        branch = f"b{self._branches}"
        self._branches += 1
        self._write(depth, f"{branch} = {self._constant(table)}.get({name})")
        self._write(depth, f"if {branch} is not None:")
        self._halves(branch, list(enumerate(rules for _, rules in plan.branches)), depth + 1, have)

    def _halves(
        self,
        branch: str,
        branches: list[tuple[int, Rules]],
        depth: int,
        have: frozenset[Variable],
    ) -> None:
        """Write the branches of a look-up, found by halving."""
        if len(branches) == 1:
            self.block(branches[0][1], depth, have)
            return
        middle = len(branches) // 2
        self._write(depth, f"if {branch} < {branches[middle][0]}:")
        self._halves(branch, branches[:middle], depth + 1, have)
        self._write(depth, "else:")
        self._halves(branch, branches[middle:], depth + 1, have)

    def _guard(
        self, plan: Guard, depth: int, have: frozenset[Variable]
    ) -> frozenset[Variable] | None:
        """Write a guard, and a function for each rule behind it; None if RE2 cannot.

        Return what variables there are now. For words all elements of a list are looked at at once.
        """
        many = plan.variable.form != "j" and is_many(plan.variable.field)
        scan = scanner(plan.patterns, many=many)
        if scan is None:
            return None
        prefix, entries = self._constant(scan), []
        lines, self.lines, self._guarded = self.lines, [], True
        for number, parts in plan.guarded:
            name = f"{prefix}_rule_{number}"
            entries.append(f"{number}: {name}")
            self._write(0, first_line(name), number)
            self._rule(number, parts, 1, frozenset(), f"return ({number},)")
            self._write(1, "return ()", number)
        functions, self.lines, self._guarded = self.lines, lines, False
        self.functions += functions
        self.functions.append((f"{prefix}_rules = {{{', '.join(entries)}}}", None))
        looked, lower = plan.variable, plan.variable.form != "v"
        if many:
            looked = Variable("j" if lower else "r", looked.field)
        text = self._name(looked)
        first = sieve(plan.patterns, text, lower=lower, is_long=is_long(looked.field))
        have = self._assign([looked] if first else [plan.variable], depth, have)
        searched = self._name(plan.variable)
        if first:
            self._write(depth, f"if {text} and {first}:")
            depth += 1
            self._assign([plan.variable], depth, have)
        one = beginnings.question(plan.patterns, "e") if many and plan.variable.form == "v" else ""
        if one:
            self._write(depth, f"if any({one} for e in {searched}):")
            depth += 1
        self._write(depth, f"for n in {prefix}({searched}): out += {prefix}_rules[n](f)")
        return have

    def _rule(
        self,
        number: int,
        parts: tuple[Part, ...],
        depth: int,
        have: frozenset[Variable],
        found: str = "",
    ) -> None:
        """Write one rule: the cheapest question, below it what the next one needs, and so on."""
        asked: list[str] = []
        first = len(self.lines)
        for part in parts:
            self._late = late_lists(part.node) - have if depth < MOST_DEPTH else frozenset()
            read = part.variables - self._late
            if asked and depth < MOST_DEPTH and not read <= have:
                self._write(depth, f"if {' and '.join(asked)}:")
                depth += 1
                asked = []
            wanted = read if depth < MOST_DEPTH else variables(each.node for each in parts)
            have = self._assign(wanted, depth, have)
            asked.append(self.expression(part.node))
        self._late = frozenset()
        self._write(depth, f"if {' and '.join(asked)}:")
        self._write(depth + 1, found or f"out += ({number},)")
        self.lines[first:] = [(text, number) for text, _ in self.lines[first:]]

    def _write(self, depth: int, line: str, owner: int | None = None) -> None:
        self.lines.append(("    " * depth + line, owner))

    def _assign(
        self, wanted: Iterable[Variable], depth: int, have: frozenset[Variable]
    ) -> frozenset[Variable]:
        """Write the assignments of the variables that are wanted and not yet there."""
        missing = [variable for variable in dict.fromkeys(wanted) if variable not in have]
        for variable in sorted(missing, key=lambda each: (each.field or "", each.form)):
            if not self._guarded:
                self._variables.note(variable, len(self.lines), depth)
            for line in self._variables.made(variable):
                self._write(depth, line)
        return have.union(missing)

    def _name(self, variable: Variable) -> str:
        return self._variables.name(variable)

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
                kind = (part.op, part.cased, part.field, variable_of(part), sign_of(part))
                alike.setdefault(kind, []).append(part)
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
            return " or ".join(of_the_event(check, operand) for operand in operands)
        name = self._name(variable)
        if sign := sign_of(check):
            found = " or ".join(f"{operand!r} in {name}.lower()" for operand in operands)
            there = name if variable.form == "r" else f"{name} is not None"
            return f"{there} and {sign!r} in {name} and ({found})"
        if variable.form == "j":
            return self._of_joined(check, name, operands)
        if is_many(check.field):
            if check.op is Op.EQUALS:
                one_of, is_late = self._constant(frozenset(operands)), variable in self._late
                return of_a_list(one_of, check.field, "" if is_late else name)
            return f"{name} and any({self._of_one(check, 'e', operands)} for e in {name})"
        question = self._of_one(check, name, operands)
        if check.op in _NEVER_OF_NONE or self._variables.is_text(variable):
            return question
        return f"{name} is not None and ({question})"

    def _of_joined(self, check: Check, name: str, operands: Sequence[Operand]) -> str:
        """Return the expression that asks all elements of a list at once.

        An element may hold the separator, so a beginning or end that is found is looked at again.
        """
        if check.op is Op.CONTAINS:
            return self._of_one(check, name, operands)
        begins = check.op is Op.STARTSWITH
        texts_ = [f"{SEPARATOR}{one}" if begins else f"{one}{SEPARATOR}" for one in operands]
        found = " or ".join(f"{text!r} in {name}" for text in texts_)
        values = "texts(f)" if check.field is None else f"f[{check.field!r}]"
        again = f"any({self._of_one(check, 'e.lower()', operands)} for e in {values})"
        return f"({found}) and {again}"

    def _of_one(self, check: Check, name: str, operands: Sequence[Operand]) -> str:
        """Return the expression that asks one value."""
        op = check.op
        if op is Op.EQUALS and len(operands) > 1:
            return f"{name} in {self._constant(frozenset(operands))}"
        if op in {Op.STARTSWITH, Op.ENDSWITH}:
            return f"{name}.{op}({self._constant(tuple(operands))})"
        return " or ".join(self._with(check, name, operand) for operand in operands)

    def _with(self, check: Check, name: str, operand: Operand) -> str:
        op, long = check.op, is_long(check.field)
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
            first = self._sieve(glob_pattern(operand), name, long=long)
            return self._search(glob_finder(operand), first, name)
        if op is Op.REGEX:
            first = self._sieve(str(operand), name, long=long)
            return self._search(calm_finder(str(operand)), first, name)
        return f"{name} {_SIGNS[op]} {operand!r}"

    def _sieve(self, pattern: str, name: str, *, long: bool) -> str:
        """Return the look for words of a search; behind a guard they are there already."""
        if self._guarded:
            return ""
        asked = (beginnings.first_letter(pattern, name), sieve([pattern], name, is_long=long))
        return " and ".join(filter(None, asked))

    def _search(self, search: Finder, first: str, name: str) -> str:
        look = f"{self._constant(search)}({name}) is not None"
        return f"{first} and {look}" if first else look

    def _constant(self, value: object) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

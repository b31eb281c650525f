"""What a question reads and what it costs: the compiler's view of a check.

A check reads a variable of the generated function: the field as it is, in lower case, as a number
that stands for an address, or, of a list, all elements joined. Costs order the questions and tell
whether a guard is worth its price; only their proportions matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.fields import FIELDS
from smtpids.fields.field import TEXTUAL
from smtpids.rules.interpreter import REFERENCES
from smtpids.rules.needed import SIGNS
from smtpids.rules.tree import And, Check, Not, Op, Or, checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smtpids.rules.tree import Node, Operand

#: What a question costs, roughly in nanoseconds; on the elements of a list three times that.
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
#: How much dearer it is to look at each element of a list.
LIST_FACTOR: Final = 3

_NO_VARIABLE: Final = frozenset({Op.NULL, Op.EXISTS, *REFERENCES})
_COMPARED_LOWER: Final = frozenset({Op.EQUALS, Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH, Op.GLOB})
_JOINED: Final = frozenset({Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH})
#: What stands before, between and behind the elements of a list that are joined: in no word of the
#: shipped rules, as the octet 0 is.
SEPARATOR: Final = "\x1f"


class Variable(NamedTuple):
    """A local variable of the generated function.

    It holds a field as it is (`v`), in lower case (`l`), as an address (`n`), or all elements of a
    list in one text, as they are (`r`) or in lower case (`j`).
    """

    form: str
    field: str | None


def is_many(name: str | None) -> bool:
    """Tell whether a field, or all fields together, have several values."""
    return name is None or (name in FIELDS and FIELDS[name].many)


def is_long(name: str | None) -> bool:
    """Tell whether a field, or all fields together, have texts of any length."""
    return name is None or (name in FIELDS and FIELDS[name].hidden)


def variable_of(check: Check) -> Variable | None:
    """Return the variable that a check reads, if it reads one."""
    if check.op in _NO_VARIABLE:
        return None
    if check.op is Op.CIDR:
        return Variable("n", check.field)
    textual = check.field is None or FIELDS[check.field].type in TEXTUAL
    if not textual or check.cased or check.op not in _COMPARED_LOWER:
        return Variable("v", check.field)
    many = is_many(check.field)
    if check.op in _JOINED and many and _is_within_one(check):
        return Variable("r" if sign_of(check) else "j", check.field)
    return Variable("v" if sign_of(check) and not many else "l", check.field)


def sign_of(check: Check) -> str:
    """Return a character of the words looked for that few texts hold and that has no case.

    A text without it need not be put in lower case. Empty if there is none, or nothing to spare.
    """
    if check.op is not Op.CONTAINS or check.cased or check.field is None:
        return ""
    return next((sign for sign in SIGNS if sign in str(check.operand)), "")


def _is_within_one(check: Check) -> bool:
    """Tell whether a text that is found in joined elements is found in one of them."""
    return bool(check.operand) and SEPARATOR not in str(check.operand)


def variables(parts: Iterable[Node]) -> frozenset[Variable]:
    """Return the variables that `parts` read."""
    found = (variable_of(check) for part in parts for check in checks(part))
    return frozenset(variable for variable in found if variable is not None)


def late_lists(node: Node) -> frozenset[Variable]:
    """Return the lists in lower case that one of several questions asks, once those before it say.

    They are made where they are asked, for most events never.
    """
    asked = list(_asked(node))
    if len(asked) < 2:
        return frozenset()
    return frozenset(
        variable
        for variable, op in asked
        if variable is not None
        and variable.form == "l"
        and is_many(variable.field)
        and op is Op.EQUALS
        and [other for other, _ in asked].count(variable) == 1
    )


def _asked(node: Node) -> Iterator[tuple[Variable | None, Op]]:
    """Yield what is asked one by one: values of which a list is to hold one are asked at once."""
    if isinstance(node, Check):
        yield variable_of(node), node.op
    elif isinstance(node, Not):
        yield from _asked(node.part)
    elif isinstance(node, Or):
        alike = {(variable_of(part), part.op) for part in node.parts if isinstance(part, Check)}
        yield from alike
        for part in node.parts:
            yield from () if isinstance(part, Check) else _asked(part)
    elif isinstance(node, And):
        for part in node.parts:
            yield from _asked(part)


def of_a_list(one_of: str, field: str | None, name: str) -> str:
    """Return the expression that looks for `one_of` in a list, a late one if it has no `name`."""
    if not name:
        return f"(x := f.get({field!r})) and not {one_of}.isdisjoint([e.lower() for e in x])"
    return f"{name} and not {one_of}.isdisjoint({name})"


def of_the_event(check: Check, operand: Operand) -> str:
    """Return the expression that needs the event and no variable."""
    if check.op is Op.NULL:
        return f"f.get({check.field!r}) is None"
    if check.op is Op.EXISTS:
        return f"{check.field!r} {'in' if operand else 'not in'} f"
    return f"refers({REFERENCES[check.op]!r}, f.get({check.field!r}), f.get({operand!r}))"


def work(node: Node) -> int:
    """Return what asking `node` costs, its variables being there, relative to others."""
    total = 0
    for check in checks(node):
        if check.field is None:
            total += KEYWORD_COST
            continue
        variable = variable_of(check)
        joined = variable is not None and variable.form == "j"
        dear = is_many(check.field) and not joined
        total += COSTS[check.op] * (LIST_FACTOR if dear else 1)
    return total


def cost(node: Node) -> int:
    """Return what asking `node` costs, its variables being made for it."""
    lowered = sum(variable.form in {"l", "j"} for variable in variables([node]))
    return work(node) + LOWER_COST * lowered

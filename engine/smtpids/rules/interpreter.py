"""Asks a condition of an event in the plainest way: the meaning of the rule language.

The compiled rules must say the same; tests compare the two on random rules and events. Where a
compiled rule fails on a value it did not expect, this takes its place, so it raises for no value.
What it knows of a field is only the value, and that what is hidden is not for keywords.
"""

from __future__ import annotations

import operator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from smtpids.fields import HIDDEN
from smtpids.rules.operands import finder, is_like, time_part
from smtpids.rules.tree import And, Check, Not, Op, Or, TimePart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from smtpids.rules.tree import Node


def evaluate(node: Node, fields: Mapping[str, object]) -> bool:
    """Tell whether `node` is true of an event's `fields`."""
    if isinstance(node, Check):
        return ask(node, fields)
    if isinstance(node, And):
        return all(evaluate(part, fields) for part in node.parts)
    if isinstance(node, Or):
        return any(evaluate(part, fields) for part in node.parts)
    if isinstance(node, Not):
        return not evaluate(node.part, fields)
    return node.answer


def ask(check: Check, fields: Mapping[str, object]) -> bool:
    """Tell whether one check is true of an event's `fields`."""
    if check.field is None:
        return any(_is(check, value) for value in texts(fields))
    if check.op is Op.EXISTS:
        return (check.field in fields) is check.operand
    value = fields.get(check.field)
    if check.op is Op.NULL:
        return value is None
    if check.op in REFERENCES:
        other = fields.get(str(check.operand))
        return refers(REFERENCES[check.op], value, other)
    return any(_is(check, one) for one in _each(value))


def texts(fields: Mapping[str, object]) -> Iterator[str]:
    """Yield every text and number of an event, those in lists too: what keywords search."""
    for name, value in fields.items():
        if name in HIDDEN:
            continue
        for one in _each(value):
            if isinstance(one, (str, int, float)) and not isinstance(one, bool):
                yield str(one)


def _each(value: object) -> Sequence[object]:
    """Return the values that a field has: a list's elements, none if it is missing."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _is(check: Check, value: object) -> bool:
    op, operand = check.op, check.operand
    if op is Op.EQUALS:
        return _equals(check, value)
    if op is Op.CIDR:
        return _in_network(value, str(operand))
    if op in COMPARISONS:
        return _compares(op, value, operand)
    if isinstance(operand, TimePart):
        return time_part(value, operand.part) == operand.number
    if not isinstance(value, str):
        return False
    if op is Op.REGEX:
        # a lone surrogate would raise; an event's texts have none
        shown = value.encode("utf-8", "backslashreplace").decode()
        return finder(str(operand))(shown) is not None
    text = value if check.cased else value.lower()
    if isinstance(operand, tuple):
        return is_like(text, operand)
    return TEXT_TESTS[op](text, str(operand))


TEXT_TESTS: Final[dict[Op, Callable[[str, str], bool]]] = {
    Op.CONTAINS: str.__contains__,
    Op.STARTSWITH: str.startswith,
    Op.ENDSWITH: str.endswith,
}
COMPARISONS: Final[dict[Op, Callable[[Any, Any], bool]]] = {
    Op.LT: operator.lt,
    Op.LTE: operator.le,
    Op.GT: operator.gt,
    Op.GTE: operator.ge,
}
REFERENCES: Final = {
    Op.REF_EQUALS: "equals",
    Op.REF_CONTAINS: "contains",
    Op.REF_STARTSWITH: "startswith",
    Op.REF_ENDSWITH: "endswith",
}


def _equals(check: Check, value: object) -> bool:
    operand = check.operand
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    if isinstance(value, str):
        return (value if check.cased else value.lower()) == str(operand)
    if isinstance(value, (int, float)):
        return value == operand if isinstance(operand, (int, float)) else str(value) == operand
    return False


def _compares(op: Op, value: object, operand: object) -> bool:
    """Compare numbers; a text that is a number counts as one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return False
    return COMPARISONS[op](number, operand)


def _in_network(value: object, network: str) -> bool:
    try:
        address: IPv4Address | IPv6Address = ip_address(str(value))
    except ValueError:
        return False
    net = ip_network(network)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.version == 4 and net.version == 6:
        mapped = IPv6Address(f"::ffff:{address}")
        return net.subnet_of(ip_network("::ffff:0:0/96")) and mapped in net  # type: ignore[arg-type]
    return address in net


def refers(how: str, value: object, other: object) -> bool:
    """Tell whether a value of one field equals, contains, begins or ends with one of another."""
    return any(_agree(how, mine, its) for mine in _each(value) for its in _each(other))


def _agree(how: str, value: object, other: object) -> bool:
    if isinstance(value, str) and isinstance(other, str):
        mine, its = value.lower(), other.lower()
        if how == "contains":
            return its in mine
        return mine == its if how == "equals" else bool(getattr(mine, how)(its))
    same_kind = isinstance(value, bool) is isinstance(other, bool)
    return how == "equals" and same_kind and value == other

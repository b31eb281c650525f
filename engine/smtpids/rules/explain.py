"""Why a condition is true of an event, or which of its parts are not: for people who write rules.

The words are those of the rule file as far as the tree still knows them. Values of events come from
the wire, so they are shown as JSON in ASCII, and cut.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smtpids.fields import HIDDEN
from smtpids.rules.interpreter import ask, evaluate
from smtpids.rules.tree import Always, And, Check, Not, Op, Or, TimePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from smtpids.rules.tree import Node
    from smtpids.smtp.events import Event

#: Characters of a value that are shown.
SHOWN: Final = 100
SIGNS: Final = {
    Op.LT: "<", Op.LTE: "<=", Op.GT: ">", Op.GTE: ">=", Op.CIDR: "in", Op.EQUALS: ":", Op.GLOB: ":",
}  # fmt: skip

#: In place of what is never written, such as the text of a message.
NOT_SHOWN: Final = "[not shown]"


@dataclass(frozen=True, slots=True)
class Finding:
    """One question of a condition, and what an event says to it."""

    node: Node
    words: str
    answer: bool
    wanted: bool
    """The answer that the condition needs: false behind `not`."""
    field: str
    value: object
    """What the event has there; of a list, the elements that count; None if it has nothing."""

    @property
    def text(self) -> str:
        """The finding as a line for people."""
        question = self.words if self.wanted else f"not {self.words}"
        return f"{question} ({shown(self.value)})" if self.field else question


@dataclass(frozen=True, slots=True)
class Nearest:
    """The event that came nearest to a condition, and what it lacked."""

    event: Event
    failures: tuple[Finding, ...]


def reasons(node: Node, fields: Mapping[str, Any], *, wanted: bool = True) -> list[Finding]:
    """Return what makes a condition answer `wanted`; nothing if it does not."""
    if evaluate(node, fields) is not wanted:
        return []
    if isinstance(node, Always) or is_one_question(node):
        return [_finding(node, fields, wanted=wanted)]
    if isinstance(node, Not):
        return reasons(node.part, fields, wanted=not wanted)
    assert isinstance(node, And | Or)
    return [finding for part in node.parts for finding in reasons(part, fields, wanted=wanted)]


def failures(node: Node, fields: Mapping[str, Any], *, wanted: bool = True) -> list[Finding]:
    """Return what keeps a condition from answering `wanted`; nothing if it does.

    Of alternatives, the one that lacks least is told.
    """
    if evaluate(node, fields) is wanted:
        return []
    if isinstance(node, Always) or is_one_question(node):
        return [_finding(node, fields, wanted=wanted)]
    if isinstance(node, Not):
        return failures(node.part, fields, wanted=not wanted)
    assert isinstance(node, And | Or)
    told = [failures(part, fields, wanted=wanted) for part in node.parts]
    if isinstance(node, And) is wanted:
        return [finding for part in told for finding in part]
    return min(told, key=len)


def nearest(node: Node, events: Iterable[Event]) -> Nearest | None:
    """Return the first event that lacks least; None if there is no event."""
    best: Nearest | None = None
    for event in events:
        lacks = failures(node, event.fields)
        if best is None or distance(lacks) < distance(best.failures):
            best = Nearest(event, tuple(lacks))
    return best


def distance(lacks: Sequence[Finding]) -> tuple[bool, int]:
    """Return how far an event is away: another kind of event further than any field."""
    return any(one.field == "event.action" for one in lacks), len(lacks)


def is_one_question(node: Node) -> bool:
    """Tell whether a node asks one field, for one or for several values."""
    if isinstance(node, Check):
        return True
    if not isinstance(node, And | Or):
        return False
    asked = {part.field if isinstance(part, Check) else None for part in node.parts}
    return len(asked) == 1 and None not in asked


def words(node: Node) -> str:
    """Return a condition in words."""
    if isinstance(node, Check):
        return _asked(node)
    if isinstance(node, Not):
        inner = words(node.part)
        simple = is_one_question(node.part)
        return f"not {inner}" if simple else f"not ({inner})"
    if isinstance(node, Always):
        return "always" if node.answer else "never"
    joint = " and " if isinstance(node, And) else " or "
    if is_one_question(node):
        checks = [part for part in node.parts if isinstance(part, Check)]
        heads = {_head(check) for check in checks}
        if len(heads) == 1:
            return heads.pop() + " " + joint.join(_operand(check) for check in checks)
        return joint.join(_asked(check) for check in checks)
    parts = []
    for part in node.parts:
        inner = words(part)
        loose = isinstance(part, And | Or) and not is_one_question(part)
        parts.append(f"({inner})" if loose else inner)
    return joint.join(parts)


def _asked(check: Check) -> str:
    if check.op is Op.NULL:
        return f"{check.field} is missing"
    if check.op is Op.EXISTS:
        return f"{check.field} is {'there' if check.operand else 'not there'}"
    return f"{_head(check)} {_operand(check)}"


def _head(check: Check) -> str:
    name = check.field or "any value"
    sign = SIGNS.get(check.op)
    if sign == ":":
        return f"{name}:"
    if sign is not None:
        return f"{name} {sign}"
    if isinstance(check.operand, TimePart):
        return f"{name}|{check.operand.part}:"
    return f"{name}|{check.op.replace(' ', '|')}:"


def _operand(check: Check) -> str:
    operand = check.operand
    if isinstance(operand, TimePart):
        return str(operand.number)
    if isinstance(operand, bool):
        return str(operand).lower()
    if isinstance(operand, tuple):
        return shown(
            "".join(part if isinstance(part, str) else part.value for part in operand)
        ).strip('"')
    if isinstance(operand, str):
        return shown(operand).strip('"') or "''"
    return str(operand)


def shown(value: object) -> str:
    """Return a value of an event as people may see it."""
    if value is None:
        return "missing"
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _finding(node: Node, fields: Mapping[str, Any], *, wanted: bool) -> Finding:
    checks = [node] if isinstance(node, Check) else getattr(node, "parts", ())
    name = next((check.field or "" for check in checks), "")
    value = fields.get(name)
    if isinstance(value, list):
        counted = [one for one in value if any(ask(c, {name: [one]}) for c in checks)]
        value = counted or value
    if name in HIDDEN:
        value = NOT_SHOWN if name in fields else None
    return Finding(node, words(node), evaluate(node, fields), wanted, name, value)

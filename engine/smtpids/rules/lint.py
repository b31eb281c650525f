"""What is legal in a rule and yet unwise: warnings, which `check --strict` takes for errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from smtpids.document import Items, Mapping, Scalar
from smtpids.faults import nearest
from smtpids.fields import ALL, FIELDS
from smtpids.rules import attack
from smtpids.rules.correlation import Kind
from smtpids.rules.tree import And, Check, Not, Op, Or

if TYPE_CHECKING:
    from smtpids.errors import Location
    from smtpids.faults import Faults
    from smtpids.rules.condition import Condition
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.rule import Rule
    from smtpids.rules.tree import Node


def rule(rule: Rule, document: Mapping, faults: Faults) -> None:
    """Look at what a rule says of itself."""
    if not rule.uuid and document.get("id") is None and rule.name:
        made = uuid5(NAMESPACE_URL, f"smtpids:{rule.name}")
        faults.warning(document.place, f"no id; add 'id: {made}'")
    if not rule.description:
        faults.warning(document.place, "no description; say what is found and why it matters")
    _tags(document, faults)


def _tags(document: Mapping, faults: Faults) -> None:
    value = document.get("tags")
    seen: set[str] = set()
    for scalar in value.items if isinstance(value, Items) else ():
        if not isinstance(scalar, Scalar):
            continue
        tag = scalar.text
        if tag in seen:
            faults.warning(scalar.place, f"the tag '{tag}' stands there twice")
        seen.add(tag)
        word = tag.removeprefix("attack.")
        if word == tag or attack.is_known(word):
            continue
        if attack.looks_like_technique(word):
            faults.warning(scalar.place, f"ATT&CK has no technique {word.upper()}")
            continue
        near = nearest(word.replace("_", "-"), attack.TACTICS)
        hint = f"; write 'attack.{near}'" if near else ""
        faults.warning(scalar.place, f"'{tag}' is neither a tactic nor a technique{hint}")


def actions(found: frozenset[str], place: Location, faults: Faults) -> None:
    """Look at the kinds of event on which a rule can be true."""
    if found == ALL:
        faults.warning(
            place, "the rule is asked of every event; add 'event.action' to each selection"
        )


def correlation(found: Correlation, document: Mapping, faults: Faults) -> None:
    """Look at a correlation."""
    if not found.group_by and found.kind is Kind.EVENT_COUNT:
        faults.warning(
            document.place,
            "no group-by: the events of all clients count together; add 'group-by: [source.ip]'",
        )


#: What a filter may have by Sigma's grammar, and nobody reads.
_IDLE_IN_FILTERS: Final = ("level", "tags", "falsepositives", "fields")


def filter_(document: Mapping, faults: Faults) -> None:
    """Look at a filter."""
    for key in _IDLE_IN_FILTERS:
        if key in document.entries:
            faults.warning(document.key(key), f"'{key}' has no effect in a filter; remove it")
    inner = document.get("filter")
    condition = inner.get("condition") if isinstance(inner, Mapping) else None
    if isinstance(condition, Scalar) and "not" not in condition.text.split():
        faults.warning(
            condition.place,
            "the condition is added to the rules'; write 'not selection' for what is to pass",
        )


def condition(place: Location, node: Node, text: str, found: Condition, faults: Faults) -> None:
    """Look at a condition and at what it makes of the selections."""
    kept = sorted(name for name in found.plain if name.startswith(("filter", "exclu")))
    if kept and re.search(r"\ball of them\b", text):
        faults.warning(
            place,
            f"'all of them' asks for '{kept[0]}', too; name the selections, and the filters behind"
            " 'not'",
        )
    elif kept:
        faults.warning(
            place, f"'{kept[0]}' is asked for, not filtered out; write 'and not {kept[0]}'"
        )
    tree(place, node, faults)


def tree(place: Location, node: Node, faults: Faults) -> None:
    """Look for what can never be true, and for alternatives that others include."""
    if isinstance(node, Not):
        tree(place, node.part, faults)
        return
    if not isinstance(node, (And, Or)):
        return
    for part in node.parts:
        tree(place, part, faults)
    if isinstance(node, And):
        _contradiction(place, node, faults)
        return
    kept = set(node.parts)
    for part in node.parts:
        if isinstance(part, And) and kept & set(part.parts):
            faults.warning(
                place, "one alternative is part of another, which therefore adds nothing"
            )
            return


def _contradiction(place: Location, node: And, faults: Faults) -> None:
    parts = set(node.parts)
    if any(isinstance(part, Not) and part.part in parts for part in parts):
        faults.warning(place, "the same is asked for and excluded; this is never true")
    asked: dict[str, Check] = {}
    for part in node.parts:
        if not isinstance(part, Check) or part.op is not Op.EQUALS or part.field not in FIELDS:
            continue
        first = asked.setdefault(part.field, part)
        if first.operand != part.operand and not FIELDS[part.field].many:
            faults.warning(
                place,
                f"'{part.field}' cannot be '{_said(first)}' and '{_said(part)}' at once",
            )
            return


def _said(check: Check) -> str:
    return str(check.operand).lower() if isinstance(check.operand, bool) else str(check.operand)

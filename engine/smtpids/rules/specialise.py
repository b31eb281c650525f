"""What is left of a condition when the kind of event is known.

`event.action` is then a constant, and so is every question to a field that such events never
carry. Rules thus sort themselves: where nothing is left but False, the rule need not be asked.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from smtpids.fields import ALL, FIELDS
from smtpids.rules.interpreter import REFERENCES, ask
from smtpids.rules.tree import FALSE, fold

if TYPE_CHECKING:
    from smtpids.rules.tree import Check, Node

ACTION = "event.action"


def specialise(node: Node, action: str) -> Node:
    """Return `node` as it is for events of one `event.action`."""
    return fold(node, lambda check: _known(check, action))


def actions_of(node: Node) -> frozenset[str]:
    """Return the values of `event.action` on which `node` can be true."""
    return frozenset(action for action in ALL if specialise(node, action) != FALSE)


def carried_by(name: str) -> frozenset[str]:
    """Return the values of `event.action` whose events may carry a field."""
    field = FIELDS.get(name)
    return ALL if field is None else field.actions


# a check is asked for when it is read, judged, finished and compiled, and has one answer
@lru_cache(maxsize=1 << 14)
def _known(check: Check, action: str) -> bool | None:
    if check.field is None:
        return None
    absent = action not in carried_by(check.field)
    if check.op in REFERENCES:
        return False if absent or action not in carried_by(str(check.operand)) else None
    if check.field == ACTION:
        return ask(check, {ACTION: action})
    return ask(check, {}) if absent else None

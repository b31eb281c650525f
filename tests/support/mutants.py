"""Rules made weaker by one condition at a time: what no test notices, no test covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.rules.tree import And, Check, Not, Or, checks, conjoin, disjoin, negate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.rules.tree import Node


def mutants(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each condition in `node`, and what is left of `node` without it.

    A list of values of one field is one condition; the kind of event is none.
    """
    if isinstance(node, Not):
        yield from ((dropped, negate(left)) for dropped, left in mutants(node.part))
    if not isinstance(node, And | Or) or is_one_question(node):
        return
    join = conjoin if isinstance(node, And) else disjoin
    for index, part in enumerate(node.parts):
        before, behind = node.parts[:index], node.parts[index + 1 :]
        if {check.field for check in checks(part)} != {"event.action"}:
            yield part, join((*before, *behind))
        for dropped, left in mutants(part):
            yield dropped, join((*before, left, *behind))


def is_one_question(node: And | Or) -> bool:
    """Tell whether a node asks one field for one of several values."""
    fields = {part.field if isinstance(part, Check) else None for part in node.parts}
    return len(fields) == 1 and None not in fields

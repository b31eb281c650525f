"""Rules changed in one place at a time: what no test notices, no test covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.rules.explain import is_one_question
from smtpids.rules.tree import And, Not, Or, checks, conjoin, disjoin, negate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.rules.correlation import Correlation
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


def correlation_mutants(correlation: Correlation) -> Iterator[tuple[str, Correlation]]:
    """Yield what is changed in a correlation, in words, and the changed one."""
    threshold = correlation.threshold
    if threshold is not None:
        for number in (threshold.number - 1, threshold.number + 1):
            changed = threshold._replace(number=number)
            words = f"{threshold.op}: {threshold.number} (not {number})"
            yield words, correlation._replace(threshold=changed)
    least = correlation.min_values
    for number in (least - 1, least + 1) if least > 1 else ():
        yield f"min_values: {least} (not {number})", correlation._replace(min_values=number)
    for name in correlation.group_by:
        left = tuple(one for one in correlation.group_by if one != name)
        yield f"group-by: {name}", correlation._replace(group_by=left)
    if len(correlation.rules) > 1 and correlation.wanted is None:
        for name in correlation.rules:
            others = tuple(one for one in correlation.rules if one != name)
            yield f"rules: {name}", correlation._replace(rules=others)

"""A rule's condition as a tree of plain values.

The loader builds it from Sigma; the compiler and the interpreter read it. Nodes are frozen and
compare by value, so equal questions of different rules are one question. A node made by `conjoin`,
`disjoin` and `negate` holds no constant but at the very top and no `And` right inside an `And`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Op(StrEnum):
    """What is asked of a value. All answers but those of `NULL` are false for a missing field."""

    EQUALS = "equals"
    """The whole value, or of a list one element."""
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"
    GLOB = "glob"
    """The whole value is like the operand, a tuple of texts and `Wild`."""
    REGEX = "re"
    """RE2 finds the operand somewhere in the value, upper and lower case being different."""
    CIDR = "cidr"
    """The address is in the network."""
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    NULL = "null"
    """The field is missing or has no value."""
    EXISTS = "exists"
    """The field is there (`True`), or not (`False`)."""
    TIME_PART = "time part"
    """The operand is a `TimePart`."""
    REF_EQUALS = "fieldref"
    """The operand of this and the next three is the name of another field."""
    REF_CONTAINS = "fieldref contains"
    REF_STARTSWITH = "fieldref startswith"
    REF_ENDSWITH = "fieldref endswith"


class Wild(Enum):
    """A wildcard in the operand of `GLOB`; never equal to the text `*` or `?`."""

    ANY = "*"
    ONE = "?"

    def __repr__(self) -> str:
        """Return the Python for it."""
        return str(self)


@dataclass(frozen=True, slots=True)
class TimePart:
    """A part of a time, in UTC, and the number that it must be."""

    part: str
    number: int


Glob: TypeAlias = "tuple[str | Wild, ...]"
Operand: TypeAlias = "str | int | float | bool | Glob | TimePart | None"


@dataclass(frozen=True, slots=True)
class Check:
    """One question to one field; without a field, to every text and number of the event."""

    field: str | None
    op: Op
    operand: Operand = None
    cased: bool = False
    """Texts that are not `cased` stand here in lower case and are compared in lower case."""


@dataclass(frozen=True, slots=True)
class Join:
    """Several nodes together: an `And` or an `Or`, which are never equal to each other."""

    parts: tuple[Node, ...]


class And(Join):
    """True if all parts are."""

    __slots__ = ()


class Or(Join):
    """True if one part is."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Not:
    """True if the part is not."""

    part: Node


@dataclass(frozen=True, slots=True)
class Always:
    """An answer that no event changes."""

    answer: bool


Node: TypeAlias = "Check | And | Or | Not | Always"

TRUE: Final = Always(answer=True)
FALSE: Final = Always(answer=False)


def conjoin(parts: Iterable[Node]) -> Node:
    """Return the node that is true if all `parts` are."""
    return _join(And, parts, neutral=TRUE, decisive=FALSE)


def disjoin(parts: Iterable[Node]) -> Node:
    """Return the node that is true if one of `parts` is."""
    return _join(Or, parts, neutral=FALSE, decisive=TRUE)


def _join(kind: type[And | Or], parts: Iterable[Node], neutral: Always, decisive: Always) -> Node:
    found: dict[Node, None] = {}
    for part in parts:
        if isinstance(part, Always):
            if part.answer is decisive.answer:
                return decisive
        elif isinstance(part, kind):
            found.update(dict.fromkeys(part.parts))
        else:
            found[part] = None
    if not found:
        return neutral
    return next(iter(found)) if len(found) == 1 else kind(tuple(found))


def negate(node: Node) -> Node:
    """Return the node that is true if `node` is not."""
    if isinstance(node, Always):
        return FALSE if node.answer else TRUE
    return node.part if isinstance(node, Not) else Not(node)


def factored(node: Node) -> Node:
    """Return what says the same as `node`, with what all alternatives need asked before them."""
    if isinstance(node, Not):
        return negate(factored(node.part))
    if isinstance(node, (Check, Always)):
        return node
    parts = [factored(part) for part in node.parts]
    if isinstance(node, And):
        return conjoin(parts)
    every = [part.parts if isinstance(part, And) else (part,) for part in parts]
    common = [part for part in every[0] if all(part in others for others in every[1:])]
    rest = (conjoin(part for part in needs if part not in common) for needs in every)
    return conjoin([*common, disjoin(rest)])


def fold(node: Node, answer: Callable[[Check], bool | None]) -> Node:
    """Return what is left of `node` when some checks are answered beforehand."""
    if isinstance(node, Check):
        known = answer(node)
        if known is None:
            return node
        return TRUE if known else FALSE
    if isinstance(node, Not):
        part = fold(node.part, answer)
        return node if part is node.part else negate(part)
    if isinstance(node, Always):
        return node
    decisive = FALSE if isinstance(node, And) else TRUE
    left: list[Node] = []
    is_changed = False
    for part in node.parts:
        folded = fold(part, answer)
        if folded is decisive:
            return decisive
        is_changed = is_changed or folded is not part
        left.append(folded)
    if not is_changed:
        return node
    return conjoin(left) if isinstance(node, And) else disjoin(left)


def checks(node: Node) -> Iterator[Check]:
    """Yield every check in `node`, repeated ones too."""
    if isinstance(node, Check):
        yield node
    elif isinstance(node, Not):
        yield from checks(node.part)
    elif not isinstance(node, Always):
        for part in node.parts:
            yield from checks(part)


def names(node: Node) -> frozenset[str]:
    """Return the fields that `node` reads, those named by `fieldref` too."""
    found: set[str] = set()
    for check in checks(node):
        if check.field is not None:
            found.add(check.field)
        if check.op.startswith("fieldref") and isinstance(check.operand, str):
            found.add(check.operand)
    return frozenset(found)

"""`selection and not 1 of filter_*` into a tree.

Sigma's condition is small: names, `not`, `and`, `or` in that order of strength, parentheses, and
`1 of` or `all of` with a pattern of names or `them`. It is read here rather than by pySigma so
that every fault has its column; a test holds the two to the same reading.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.faults import nearest, unknown
from smtpids.rules.tree import conjoin, disjoin, negate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.rules.tree import Node

#: Parentheses and `not`s within each other.
MOST_DEPTH: Final = 32
MOST_CHARS: Final = 4096
WORDS: Final = frozenset({"and", "or", "not", "of", "them", "all", "any", "1"})
"""What a selection cannot be called."""

_TOKEN: Final = re.compile(r"\s*(?:([A-Za-z0-9_*-]+)|([()])|(\S))", re.ASCII)
_QUANTIFIERS: Final = frozenset({"1", "any", "all"})


class ConditionError(ValueError):
    """A fault in a condition; `offset` counts characters from its beginning."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Condition(NamedTuple):
    """A condition that was understood."""

    node: Node
    used: frozenset[str]
    """The selections that it asks for."""
    plain: frozenset[str] = frozenset()
    """Those of them that do not stand behind a `not`."""


def parse_condition(
    text: str, selections: Mapping[str, Node], what: str = "selection"
) -> Condition:
    """Return the tree of a condition; raises `ConditionError` at its first fault.

    `what` is what its names stand for.
    """
    if len(text) > MOST_CHARS:
        raise ConditionError(0, f"the condition is longer than {MOST_CHARS} characters")
    parser = _Parser(text, selections, what)
    node = parser.either(0)
    word, offset = parser.take()
    if word == ")":
        raise ConditionError(offset, "')' closes nothing")
    if word:
        raise ConditionError(offset, _expected(word))
    return Condition(node, frozenset(parser.used), frozenset(parser.plain))


def _expected(word: str) -> str:
    if word.lower() in {"and", "or", "not"}:
        return f"'{word}' must be written in lower case"
    return f"expected 'and' or 'or' before '{word}'"


class _Parser:
    """Reads one condition from left to right."""

    def __init__(self, text: str, selections: Mapping[str, Node], what: str) -> None:
        self.selections = selections
        self.what = what
        self.used: set[str] = set()
        self.plain: set[str] = set()
        self.negated = False
        self.tokens: list[tuple[str, int]] = []
        for found in _TOKEN.finditer(text):
            offset = found.start(found.lastindex or 0)
            if found[3]:
                raise ConditionError(offset, _stray(text[offset : offset + 2]))
            self.tokens.append((found[1] or found[2], offset))
        self.tokens.append(("", len(text.rstrip())))
        self.at = 0

    def take(self, *words: str) -> tuple[str, int]:
        """Return the next token and step over it; with `words`, only if it is one of them."""
        word, offset = self.tokens[self.at]
        if words and word not in words:
            return "", offset
        self.at += 1
        return word, offset

    def either(self, depth: int) -> Node:
        """`a or b or c`."""
        parts = [self.both(depth)]
        while self.take("or")[0]:
            parts.append(self.both(depth))
        return disjoin(parts)

    def both(self, depth: int) -> Node:
        """`a and b and c`."""
        parts = [self.one(depth)]
        while self.take("and")[0]:
            parts.append(self.one(depth))
        return conjoin(parts)

    def one(self, depth: int) -> Node:
        """`not a`, `(a)`, `1 of a*`, `a`."""
        word, offset = self.take()
        if depth > MOST_DEPTH:
            raise ConditionError(offset, f"nested deeper than {MOST_DEPTH} levels")
        if word == "not":
            self.negated = not self.negated
            node = negate(self.one(depth + 1))
            self.negated = not self.negated
            return node
        if word == "(":
            node = self.either(depth + 1)
            after, end = self.take()
            if after == ")":
                return node
            if after:
                raise ConditionError(end, _expected(after))
            raise ConditionError(offset, "'(' is not closed")
        if word in _QUANTIFIERS and self.take("of")[0]:
            return self.several(word)
        if word in {"", "and", "or", "of", ")"}:
            found = f"'{word}'" if word else "the end"
            raise ConditionError(offset, f"expected the name of a {self.what} before {found}")
        return self.selection(word, offset)

    def several(self, quantifier: str) -> Node:
        """Answer what stands behind `1 of` and `all of`."""
        pattern, offset = self.take()
        if pattern in {"", "(", ")"}:
            raise ConditionError(offset, "expected 'them' or a pattern such as 'filter_*'")
        names = [name for name in self.selections if _is_meant(name, pattern)]
        if not names:
            raise ConditionError(offset, f"no {self.what} is called '{pattern}'")
        self.ask(*names)
        join = conjoin if quantifier == "all" else disjoin
        return join(self.selections[name] for name in names)

    def ask(self, *names: str) -> None:
        """Note the selections that are asked for, and whether behind `not`."""
        self.used.update(names)
        if not self.negated:
            self.plain.update(names)

    def selection(self, name: str, offset: int) -> Node:
        """Answer a name."""
        if name in self.selections:
            self.ask(name)
            return self.selections[name]
        if name.lower() in {"and", "or", "not"}:
            raise ConditionError(offset, _expected(name))
        if "*" in name:
            raise ConditionError(offset, f"write '1 of {name}' or 'all of {name}'")
        message = unknown(self.what, name, self.selections)
        if not nearest(name, self.selections):
            message += f"; there is {', '.join(self.selections) or 'none'}"
        raise ConditionError(offset, message)


def _is_meant(name: str, pattern: str) -> bool:
    """Tell whether a pattern means a selection; names that begin with `_` must be asked for."""
    if name.startswith("_") and not pattern.startswith("_"):
        return False
    return pattern == "them" or fnmatchcase(name, pattern)


#: What other languages write for the words of a condition.
_WORDS_OF_OTHERS: Final = {"&": "and", "||": "or", "!": "not"}


def _stray(chars: str) -> str:
    """Say what is wrong with one or two characters that begin no word."""
    for sign, word in _WORDS_OF_OTHERS.items():
        if chars.startswith(sign):
            return f"'{sign}' means nothing in a condition; write '{word}'"
    if chars[0] == "|":
        return (
            "'|' begins an aggregation of Sigma 1; count in a correlation, such as"
            " 'type: event_count'"
        )
    return f"'{chars[0]}' means nothing in a condition"

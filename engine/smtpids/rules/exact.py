"""Questions that ask the same of a text as it is as of one in lower case, asked of it as it is.

To put a text in lower case costs several times what is asked of it then. Nobody need, where a field
has a few words that the table of fields lists as the engine writes them, and where what is looked
for holds no letter: `../` is the same in any case, and no character becomes one of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from smtpids.rules.fields import FIELDS, Type
from smtpids.rules.tree import Always, And, Check, Not, Op, Or

if TYPE_CHECKING:
    from smtpids.rules.tree import Node

_TEXTUAL: Final = frozenset({Type.TEXT, Type.KEYWORD})
_PARTS: Final = frozenset({Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH})
#: ASCII without letters; another character may come of putting one in lower case (U+0130).
_CASELESS: Final = re.compile(r"[\x00-@\[-`{-\x7f]+")


def exact(node: Node) -> Node:
    """Return what says the same as `node`, without a text in lower case where it can."""
    if isinstance(node, Check):
        return _exact(node)
    if isinstance(node, Not):
        return Not(exact(node.part))
    if isinstance(node, And):
        return And(tuple(map(exact, node.parts)))
    if isinstance(node, Or):
        return Or(tuple(map(exact, node.parts)))
    assert isinstance(node, Always)
    return node


def _exact(check: Check) -> Check:
    field, text = FIELDS.get(check.field or ""), check.operand
    if field is None or check.cased or field.type not in _TEXTUAL or not isinstance(text, str):
        return check
    if check.op is Op.EQUALS:
        words = [word for word in field.values if word.lower() == text]
        return replace(check, operand=words[0], cased=True) if len(words) == 1 else check
    if check.op in _PARTS and not field.many and _CASELESS.fullmatch(text):
        return replace(check, cased=True)
    return check

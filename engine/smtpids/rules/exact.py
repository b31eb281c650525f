"""Questions that ask the same of a text as it is as of one in lower case, asked of it as it is.

To put a text in lower case costs several times what is asked of it then. Nobody need, where a field
has a few words that the table of fields lists as the engine writes them, and where what is looked
for holds no letter: `../` is the same in any case, and no character becomes one of it.
"""

from __future__ import annotations

import re
from operator import is_
from typing import TYPE_CHECKING, Final

from smtpids.fields import FIELDS
from smtpids.fields.field import TEXTUAL
from smtpids.rules.tree import Always, And, Check, Not, Op, Or

if TYPE_CHECKING:
    from smtpids.rules.tree import Node

#: By field and word in lower case, the word as it is; no two words of a field differ in case alone.
_WORDS: Final = {
    (field.name, word.lower()): word for field in FIELDS.values() for word in field.values
}
_PARTS: Final = frozenset({Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH})
#: ASCII without letters; another character may come of putting one in lower case (U+0130).
_CASELESS: Final = re.compile(r"[\x00-@\[-`{-\x7f]+")


def exact(node: Node) -> Node:
    """Return what says the same as `node`, without a text in lower case where it can."""
    if isinstance(node, Check):
        return _exact(node)
    if isinstance(node, Not):
        part = exact(node.part)
        return node if part is node.part else Not(part)
    if isinstance(node, Always):
        return node
    parts = tuple([exact(part) for part in node.parts])
    if all(map(is_, parts, node.parts)):
        return node
    return And(parts) if isinstance(node, And) else Or(parts)


def _exact(check: Check) -> Check:
    field, text = FIELDS.get(check.field or ""), check.operand
    if field is None or check.cased or field.type not in TEXTUAL or not isinstance(text, str):
        return check
    if check.op is Op.EQUALS:
        word = _WORDS.get((field.name, text))
        return check if word is None else Check(field.name, Op.EQUALS, word, cased=True)
    if check.op in _PARTS and not field.many and _CASELESS.fullmatch(text):
        return Check(field.name, check.op, text, cased=True)
    return check

"""One look at a text for the words and expressions of many rules.

Where dozens of rules search one field, most find nothing. Each of them needs one of its words to
be there; RE2 looks for the words of all of them at once, and only the rules whose word it found
are asked. A look costs as much as some forty searches by themselves, so few rules have no guard.

The guard may name a rule too many, never one too few: whatever cannot be said to RE2 exactly is
left to be asked in the plain way. `scanner.py` is the look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.rules.operands import PatternError, finder, glob_pattern, literal_pattern
from smtpids.rules.questions import COSTS, SEPARATOR, Variable, sign_of, variable_of
from smtpids.rules.tree import Check, Op, Or

if TYPE_CHECKING:
    from smtpids.rules.tree import Node

#: What questions must cost together before one look replaces them, by `COSTS`.
GUARD_FROM: Final = 2000
#: Questions never cost so much: no guard.
UNGUARDED: Final = 1 << 60
#: Shorter words are found too often to spare anything.
LEAST_CHARS: Final = 4
#: Longer words make RE2 build for seconds and spare no more than short ones.
MOST_CHARS: Final = 256

_FORMS: Final = frozenset({"l", "j", "v"})


def search_of(part: Node) -> tuple[Variable, tuple[str, ...], int] | None:
    """Return the variable that `part` searches, expressions one of which must be found, the cost.

    None if it is not such a search.
    """
    alternatives = part.parts if isinstance(part, Or) else (part,)
    patterns: list[str] = []
    searched: Variable | None = None
    price = 0
    for check in alternatives:
        if not isinstance(check, Check):
            return None
        variable = variable_of(check)
        if variable is None or variable.field is None or variable.form not in _FORMS:
            return None
        if sign_of(check):  # cheap by itself
            return None
        pattern = _pattern(check, variable)
        if pattern is None or variable != (searched or variable):
            return None
        searched = variable
        patterns.append(pattern)
        price += COSTS[check.op]
    return None if searched is None else (searched, tuple(patterns), price)


def _pattern(check: Check, variable: Variable) -> str | None:
    """Return an expression that is found where `check` is true; None if there is none of use."""
    if check.op is Op.REGEX:
        pattern = str(check.operand)
        return None if _finds(pattern, "") else pattern
    if isinstance(check.operand, tuple):
        return glob_pattern(check.operand) if variable.form != "j" else None
    text = check.operand
    if (
        not isinstance(text, str)
        or not LEAST_CHARS <= len(text) <= MOST_CHARS
        or not _is_sound(text)
    ):
        return None
    literal = literal_pattern(text)
    edge = literal_pattern(SEPARATOR)
    first, last = (edge, edge) if variable.form == "j" else (r"\A", r"\z")
    forms = {
        Op.CONTAINS: literal,
        Op.STARTSWITH: first + literal,
        Op.ENDSWITH: literal + last,
        Op.EQUALS: first + literal + last,
    }
    return forms.get(check.op)


def _finds(pattern: str, text: str) -> bool:
    try:
        return finder(pattern)(text) is not None
    except PatternError:
        return True


def _is_sound(text: str) -> bool:
    """Tell whether RE2 takes a text: it has no lone surrogate."""
    return all(not "\ud800" <= char <= "\udfff" for char in text)

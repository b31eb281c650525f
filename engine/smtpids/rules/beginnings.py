"""What is soon asked of a text where an expression is found at its beginning alone.

A letter is compared at once. `(?i)^SIZE=.*[^0-9]` needs a word that nearly every MAIL holds; what
else it needs is how long the text is, whether there are other characters than digits behind the
word, and a sign.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.rules.needed import further, needed, shortest, sign_among

if TYPE_CHECKING:
    from collections.abc import Collection

#: The word at the beginning and what is behind it, its last character not repeated.
_ANCHORED: Final = re.compile(r"(?:\(\?i\))?\^([A-Za-z]+=)(?![*+?{|])(.*)", re.DOTALL)
#: What may hold a bar or a bracket without meaning it.
_QUOTED: Final = re.compile(r"\\.|\[\^?\]?[^\]]*\]", re.DOTALL)
_GROUP: Final = re.compile(r"\([^()]*\)")
_BEYOND_DIGITS: Final = ".*[^0-9]"


#: Letters that are no form of a character beyond ASCII, unlike `k` and `s`.
_FIRST: Final = re.compile(r"(?:\(\?i\))?\^([A-JL-RT-Za-jl-rt-z])(?![*?{])(.*)", re.DOTALL)


class Beginning(NamedTuple):
    """What a text must be for an expression to be found in it."""

    word: str
    """What it begins with, in any case."""
    least: int
    """How many characters it has at least."""
    sign: str
    """Signs that are in it."""
    beyond_digits: bool
    """There is something other than digits behind the word."""


def beginning(pattern: str) -> Beginning | None:
    """Return what is needed of a text by an expression that begins with a word; None if by none."""
    found = _ANCHORED.fullmatch(pattern)
    words = needed(pattern)
    if found is None or words is None or _has_alternatives(found[2]):
        return None
    sign = sign_among((words, *further(pattern)))
    beyond_digits = found[2].startswith(_BEYOND_DIGITS)
    return Beginning(found[1].lower(), shortest(pattern), sign, beyond_digits)


def first_letter(pattern: str, name: str) -> str:
    """Return the question whether any text begins as the expression; empty if with no letter."""
    found = _FIRST.fullmatch(pattern)
    if found is None or _has_alternatives(found[2]):
        return ""
    return f"{name}.startswith({(found[1].upper(), found[1].lower())})"


def _has_alternatives(pattern: str) -> bool:
    rest, left = "", _QUOTED.sub("", pattern)
    while rest != left:
        rest, left = left, _GROUP.sub("", left)
    return "|" in left


def question(patterns: Collection[str], name: str) -> str:
    """Return an expression of Python that is false of a text in which none of `patterns` is found.

    `name` is the variable that holds the text. Empty if nothing is known of one of them.
    """
    asked: dict[str, list[str]] = {}
    for pattern in patterns:
        told = beginning(pattern)
        if told is None:
            return ""
        needs = [f"len({name}) >= {told.least}"]
        if told.beyond_digits:
            needs.append(f"not {name}[{len(told.word)}:].isdigit()")
        if told.sign:
            needs.append(f"{told.sign!r} in {name}")
        asked.setdefault(told.word, []).append(" and ".join(needs))
    parts = [
        f"{name}[:{len(word)}].lower() == {word!r} and ({' or '.join(needs)})"
        for word, needs in asked.items()
    ]
    return f"not {name}.isascii() or {' or '.join(parts)}"

"""What must stand in an ordinary command or reply for any rule to be true of it.

`EHLO name`, `MAIL FROM:<path>`, `RCPT TO:<path>` and `250 Ok: queued as ...` come in every session,
each unlike the others, and hardly ever is a rule true of one. What rules ask of their texts are
words, nearly always. So it is found out once, of all that are alike but for these texts, which
words the rules that may be true of them look for. What holds none of these words need not be told:
see `smtp/unasked.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.rules.interpreter import REFERENCES, ask
from smtpids.rules.needed import further, needed, shortest
from smtpids.rules.specialise import answered
from smtpids.rules.tree import FALSE, And, Check, Op, Or, fold
from smtpids.smtp.plain import ALIKE_OCTETS, SIZE_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smtpids.rules.tree import Node

    #: Each with the place where it stands.
    Words = frozenset[tuple[str, str]]

#: The texts that are looked at: the whole line, and of an address what stands before the @, where
#: rules look for what many a domain holds.
LINE: Final = "line"
LOCAL_PART: Final = "local part"
_PARAMETERS: Final = "smtp.command.parameters"
_OF_PATH: Final[Mapping[str, str]] = {
    "smtp.command.line": LINE,
    "smtp.command.argument": LINE,
    "smtp.command.domain": LINE,
    "smtp.command.local_part": LOCAL_PART,
}
#: By the verb of a command, or `reply`: fields that each has, with texts of its own, and where
#: these stand.
_PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "EHLO": {"smtp.command.line": LINE, "smtp.command.argument": LINE, "smtp.helo": LINE},
    "MAIL": _OF_PATH,
    "RCPT": _OF_PATH,
    "reply": {"smtp.reply.text": LINE},
}
#: Fields that are no more than the octets of a line.
_LENGTHS: Final = frozenset({"smtp.command.length", "smtp.reply.length"})
_MORE: Final = frozenset({Op.GT, Op.GTE})
_WORDS: Final = frozenset({Op.EQUALS, Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH})
_ANY_DIGIT: Final = ("[0-9]", "[^0-9]", r"\d", r"\D")


def words_asked(conditions: Iterable[Node], kind: str, known: Mapping[str, object]) -> Words | None:
    """Return words one of which stands in each text of which a condition is true.

    The kind is the verb of a command, or `reply`, the conditions are as they are for such events,
    and what is `known` is of one of them. The words are in lower case; a text may have them in any
    case. None if a condition may be true of one without such words.
    """
    places = _PLACES[kind]
    found: Words = frozenset()
    for condition in conditions:
        node = fold(condition, lambda check: _answered(check, places, known))
        if node != FALSE:
            words = _words(node, places)
            if words is None:
                return None
            found |= words
    return found


def _answered(check: Check, places: Mapping[str, str], known: Mapping[str, object]) -> bool | None:
    """Return what all that are alike answer, None if they may differ."""
    name = check.field
    if name is None or check.op in REFERENCES:
        return None
    if name in _LENGTHS:
        return False if check.op in _MORE and not ask(check, {name: ALIKE_OCTETS}) else None
    if name not in places:
        return _of_sizes(check, known) if name == _PARAMETERS else answered(check, known)
    if check.op in {Op.NULL, Op.EXISTS}:
        return ask(check, {name: ""})
    return False if _is_too_long(check, ALIKE_OCTETS) else None


def _of_sizes(check: Check, known: Mapping[str, object]) -> bool | None:
    """Return the answer for the parameters whatever the SIZE among them, None if it depends."""
    listed = known.get(_PARAMETERS)
    if not isinstance(listed, list):
        return ask(check, {})
    if _is_too_long(check, max(map(len, (*listed, "SIZE=" + "0" * SIZE_DIGITS)))):
        return False
    told = str(check.operand)
    for any_digit in _ANY_DIGIT:
        told = told.replace(any_digit, "")
    if any(char.isdigit() for char in told):
        return None
    sizes = ["SIZE=" + "0" * digits for digits in range(1, SIZE_DIGITS + 1)]
    answers = {ask(check, {_PARAMETERS: [size, *listed[1:]]}) for size in sizes}
    return answers.pop() if len(answers) == 1 else None


def _is_too_long(check: Check, most: int) -> bool:
    """Tell whether what is searched for is longer than any text."""
    return check.op is Op.REGEX and shortest(str(check.operand)) > most


def _words(node: Node, places: Mapping[str, str]) -> Words | None:
    """Return words one of which stands in what `node` is true of; None if it may be any."""
    if isinstance(node, Check):
        place = LINE if node.field == _PARAMETERS else places.get(node.field or "")
        if place is None:
            return None
        placed = [frozenset((place, word) for word in words) for words in _words_of(node)]
        return max(placed, key=_worth, default=None)
    if not isinstance(node, (And, Or)):
        return None
    every = [_words(part, places) for part in node.parts]
    known = [words for words in every if words is not None]
    if isinstance(node, And):
        return max(known, key=_worth, default=None)
    return frozenset().union(*known) if len(known) == len(every) else None


def _words_of(check: Check) -> Iterable[Iterable[str]]:
    """Return words of which there is one, and others of which there is one too."""
    told = str(check.operand)
    if check.op is Op.REGEX:
        words = needed(told)
        return () if words is None else (words, *further(told))
    return ([told.lower()],) if check.op in _WORDS and check.operand else ()


def _worth(words: Words) -> int:
    """Return how much the words say: the shortest is found most often."""
    return min(len(word) for _, word in words)

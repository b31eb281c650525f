"""`field|contains: value` into checks.

The table says which modifiers there are and which types they take; pySigma, which knows how they
change a value, is asked for each value by itself, so that a fault has the place of the value.
It takes a third of the time to the first alert to import pySigma, so a value that every reading of
the specification takes as it stands is answered here; a test holds that answer to pySigma's.
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.fields import FIELDS, Type
from smtpids.rules.tree import Check, Op, TimePart, Wild

if TYPE_CHECKING:
    from smtpids.document import Plain
    from smtpids.rules.tree import Glob

_TEXTS: Final = frozenset({Type.TEXT, Type.KEYWORD})
_NUMBERS: Final = frozenset({Type.INTEGER})
_TIMES: Final = frozenset({Type.TIME})
_VALUES: Final = frozenset(Type) - {Type.OBJECT}
_ALL: Final = frozenset(Type)


class Modifier(NamedTuple):
    """A word behind a bar."""

    types: frozenset[Type]
    """The types of field that it goes with."""
    takes: str
    """What the value must be: a text, a number, true or false, or any."""
    follows: frozenset[str]
    """The modifiers that may stand before it, `all` and `neq` aside."""


_FIRST: Final = frozenset[str]()
_AFTER_RE: Final = frozenset({"re", "i", "ignorecase", "m", "multiline", "s", "dotall"})
_AFTER_TEXT: Final = frozenset(
    {"contains", "startswith", "endswith", "cased", "windash", "fieldref"}
    | {"base64", "base64offset", "wide", "utf16", "utf16le", "utf16be"}
)

_EXPAND: Final = frozenset({"expand"})
#: What comes to the same; pySigma has one name.
ALIASES: Final = {"utf16le": "wide"}

MODIFIERS: Final[dict[str, Modifier]] = {
    "contains": Modifier(_TEXTS, "text", _AFTER_TEXT | _EXPAND),
    "startswith": Modifier(_TEXTS, "text", _AFTER_TEXT | _EXPAND),
    "endswith": Modifier(_TEXTS, "text", _AFTER_TEXT | _EXPAND),
    "cased": Modifier(_TEXTS, "text", _AFTER_TEXT | _EXPAND),
    "expand": Modifier(
        _TEXTS | _NUMBERS | {Type.IP},
        "text",
        _AFTER_RE | {"contains", "startswith", "endswith", "cased"},
    ),
    "all": Modifier(_ALL, "any", _AFTER_RE | _AFTER_TEXT | _EXPAND),
    "neq": Modifier(_ALL, "any", _FIRST),
    "exists": Modifier(_ALL, "true or false", _FIRST),
    "re": Modifier(_TEXTS, "text", _EXPAND),
    "i": Modifier(_TEXTS, "text", _AFTER_RE | _EXPAND),
    "ignorecase": Modifier(_TEXTS, "text", _AFTER_RE | _EXPAND),
    "m": Modifier(_TEXTS, "text", _AFTER_RE | _EXPAND),
    "multiline": Modifier(_TEXTS, "text", _AFTER_RE | _EXPAND),
    "s": Modifier(_TEXTS, "text", _AFTER_RE | _EXPAND),
    "dotall": Modifier(_TEXTS, "text", _AFTER_RE | _EXPAND),
    "cidr": Modifier(frozenset({Type.IP}), "text", _FIRST),
    "lt": Modifier(_NUMBERS, "number", _FIRST),
    "lte": Modifier(_NUMBERS, "number", _FIRST),
    "gt": Modifier(_NUMBERS, "number", _FIRST),
    "gte": Modifier(_NUMBERS, "number", _FIRST),
    "fieldref": Modifier(_VALUES, "text", _FIRST),
    "base64": Modifier(_TEXTS, "text", _AFTER_TEXT),
    "base64offset": Modifier(_TEXTS, "text", _AFTER_TEXT),
    "wide": Modifier(_TEXTS, "text", _AFTER_TEXT),
    "utf16": Modifier(_TEXTS, "text", _AFTER_TEXT),
    "utf16le": Modifier(_TEXTS, "text", _AFTER_TEXT),
    "utf16be": Modifier(_TEXTS, "text", _AFTER_TEXT),
    "windash": Modifier(_TEXTS, "text", _AFTER_TEXT),
    **{
        part: Modifier(_TIMES, "number", _FIRST)
        for part in ("minute", "hour", "day", "week", "month", "year")
    },
}

#: What to write instead of one modifier after another.
INSTEAD: Final[dict[tuple[str, str], str]] = {
    ("cidr", "expand"): "list the networks here, or ask 'session.client_role'",
    ("expand", "cidr"): "list the networks here, or ask 'session.client_role'",
    **{
        (word, "re"): "write the place into the expression, as in '^mail' or '[.]example$'"
        for word in ("contains", "startswith", "endswith")
    },
    ("cased", "re"): "an expression is cased unless it has 'i'",
    ("re", "contains"): "an expression is found anywhere without it",
}

#: What to write instead, by modifier and type of the field.
ADVICE: Final[dict[tuple[str, Type], str]] = {
    **{
        (word, kind): advice
        for word in ("contains", "startswith", "endswith", "re")
        for kind, advice in (
            (Type.IP, "write '{field}|cidr: 192.0.2.0/24'"),
            (Type.INTEGER, "write '{field}|gte: 500', or list the numbers"),
            (Type.BOOLEAN, "write '{field}: true'"),
        )
    },
    **{
        (word, Type.TIME): "times are compared by minute, hour, day, week, month or year"
        for word in ("lt", "lte", "gt", "gte")
    },
}


#: What is asked of a value that is taken as it stands, by its modifiers.
_PLAIN_TEXT: Final[dict[tuple[str, ...], Op]] = {
    (): Op.EQUALS,
    ("contains",): Op.CONTAINS,
    ("startswith",): Op.STARTSWITH,
    ("endswith",): Op.ENDSWITH,
}
_PLAIN_NUMBER: Final[dict[tuple[str, ...], Op]] = {
    (): Op.EQUALS,
    ("lt",): Op.LT,
    ("lte",): Op.LTE,
    ("gt",): Op.GT,
    ("gte",): Op.GTE,
}
_PLAIN_ANSWER: Final[dict[tuple[str, ...], Op]] = {(): Op.EQUALS, ("exists",): Op.EXISTS}
_PLAIN_REFERENCE: Final[dict[tuple[str, ...], Op]] = {
    ("fieldref",): Op.REF_EQUALS,
    ("fieldref", "contains"): Op.REF_CONTAINS,
    ("fieldref", "startswith"): Op.REF_STARTSWITH,
    ("fieldref", "endswith"): Op.REF_ENDSWITH,
}
#: The flags of an expression, as RE2 writes them.
_FLAGS: Final = {
    "i": "i",
    "ignorecase": "i",
    "m": "m",
    "multiline": "m",
    "s": "s",
    "dotall": "s",
}
#: An escaped wildcard, a wildcard, a text. What escapes something else, or marks a placeholder
#: (`%`), is left to pySigma.
_PIECES: Final = re.compile(r"\\([*?])|([*?])|([^*?\\%]+)")


class ValueFaultError(ValueError):
    """A value cannot be compared as the rule says."""


def checks_of(name: str | None, modifiers: tuple[str, ...], value: Plain) -> list[Check]:
    """Return the checks, one of which must be true, for one value of a field.

    `all` and `neq` concern the values together and must not be among the `modifiers`. Raises
    `ValueFaultError`.
    """
    plain = None if name is None else _plain_check(name, modifiers, value)
    return sigma_checks(name, modifiers, value) if plain is None else [plain]


def _plain_check(name: str, modifiers: tuple[str, ...], value: Plain) -> Check | None:
    """Return the check for a value that is taken as it stands, or None if it may not be."""
    if isinstance(value, bool):
        op = _PLAIN_ANSWER.get(modifiers)
        return None if op is None else Check(name, op, value)
    if isinstance(value, int):
        op = _PLAIN_NUMBER.get(modifiers)
        return None if op is None else Check(name, op, value)
    if not value:
        return _nothing(name, modifiers, value)
    if not isinstance(value, str):
        return None
    if modifiers[:1] == ("re",):
        return _expression(name, modifiers[1:], value)
    if modifiers in _PLAIN_REFERENCE and value in FIELDS:
        return Check(name, _PLAIN_REFERENCE[modifiers], value)
    if modifiers == ("cidr",):
        return _network(name, value)
    return _plain_text(name, modifiers, value)


def _nothing(name: str, modifiers: tuple[str, ...], value: Plain) -> Check | None:
    """Return the check for no value, or for the empty text."""
    if modifiers or value not in {None, ""}:
        return None
    if value is None:
        return Check(name, Op.NULL)
    return Check(name, Op.EQUALS, "", _is_cased(name))


def _expression(name: str, flags: tuple[str, ...], value: str) -> Check | None:
    if not _FLAGS.keys() >= set(flags):
        return None
    letters = "".join(sorted({_FLAGS[flag] for flag in flags}))
    return Check(name, Op.REGEX, f"(?{letters}){value}" if letters else value)


def _network(name: str, value: str) -> Check | None:
    try:
        return Check(name, Op.CIDR, str(ip_network(value)))
    except ValueError:
        return None


def _plain_text(name: str, modifiers: tuple[str, ...], value: str) -> Check | None:
    op = _PLAIN_TEXT.get(tuple(word for word in modifiers if word != "cased"))
    pieces = list(_PIECES.finditer(value))
    if op is None or sum(len(piece[0]) for piece in pieces) != len(value):
        return None
    cased = "cased" in modifiers or _is_cased(name)
    glob = [Wild(piece[2]) if piece[2] else piece[1] or piece[3] for piece in pieces]
    if any(isinstance(part, Wild) for part in glob):
        return None if modifiers else _glob_check(name, glob, cased=cased)
    text = "".join(map(str, glob))
    return Check(name, op, text if cased else text.lower(), cased)


def sigma_checks(name: str | None, modifiers: tuple[str, ...], value: Plain) -> list[Check]:
    """Return the same as `checks_of`, by pySigma alone."""
    from sigma.exceptions import SigmaError
    from sigma.rule.detection import SigmaDetectionItem

    key = "|".join((name or "", *(ALIASES.get(word, word) for word in modifiers)))
    plain: Any = value
    try:
        item = SigmaDetectionItem.from_mapping(key, plain, policy=_policy())
    except SigmaError as error:
        raise ValueFaultError(_worded(error)) from error
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueFaultError(str(error)) from error
    expanded = [inner for one in item.value for inner in _expanded(one)]
    return [_check(name, one) for one in expanded]


def _worded(error: Exception) -> str:
    """Return pySigma's words in the way of ours."""
    words = str(error).split(" in rule")[0].strip().rstrip(".")
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


@cache
def _policy() -> Any:
    """Return pySigma's settings: expressions are RE2's, and it is silent."""
    from sigma.policy import SigmaPolicy
    from sigma.policy.regex_engine import PythonRegexEngine

    class Unchecked(PythonRegexEngine):
        """Takes any expression: `operands.finder` judges it, in words of ours."""

        def compile(self, pattern: str, flags: int = 0) -> Any:
            return None

    return SigmaPolicy(regex_engine=Unchecked())


def _expanded(value: Any) -> list[Any]:
    """Return the values that a modifier such as `base64offset` made of one."""
    from sigma.types import SigmaExpansion

    if isinstance(value, SigmaExpansion):
        return [inner for one in value.values for inner in _expanded(one)]
    return [value]


def _check(name: str | None, value: Any) -> Check:
    """Return the check for a value of pySigma's."""
    from sigma import types

    if isinstance(value, types.SigmaString):
        return _text_check(name, value)
    if isinstance(value, types.SigmaBool):
        return Check(name, Op.EQUALS, value.boolean)
    if isinstance(value, types.SigmaNull):
        return Check(name, Op.NULL)
    if isinstance(value, types.SigmaExists):
        return Check(name, Op.EXISTS, value.exists)
    if isinstance(value, types.SigmaRegularExpression):
        return Check(name, Op.REGEX, _pattern(value))
    if isinstance(value, types.SigmaCIDRExpression):
        return Check(name, Op.CIDR, str(value.network))
    if isinstance(value, types.SigmaCompareExpression):
        return Check(name, Op[value.op.name], value.number.number)
    if isinstance(value, types.SigmaTimestampPart):
        part = value.timestamp_part.name.lower()
        return Check(name, Op.TIME_PART, TimePart(part, int(value.number)))
    if isinstance(value, types.SigmaNumber):
        return Check(name, Op.EQUALS, value.number)
    if isinstance(value, types.SigmaFieldReference):
        return Check(name, _reference(value), value.field)
    raise ValueFaultError(f"values of {type(value).__name__} are not supported")


def _reference(value: Any) -> Op:
    if value.starts_with and value.ends_with:
        return Op.REF_CONTAINS
    if value.starts_with:
        return Op.REF_STARTSWITH
    return Op.REF_ENDSWITH if value.ends_with else Op.REF_EQUALS


def _pattern(value: Any) -> str:
    """Return the expression with its flags, as RE2 writes them."""
    from sigma.types import SigmaRegularExpressionFlag as Flag

    letters = {Flag.IGNORECASE: "i", Flag.MULTILINE: "m", Flag.DOTALL: "s"}
    flags = "".join(sorted(letters[flag] for flag in value.flags))
    return f"(?{flags}){value.regexp}" if flags else str(value.regexp)


def _text_check(name: str | None, value: Any) -> Check:
    """Return the check for a text with or without wildcards."""
    from sigma.types import Placeholder, SigmaCasedString, SpecialChars

    cased = isinstance(value, SigmaCasedString) or _is_cased(name)
    parts: list[str | Wild] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise ValueFaultError(f"the placeholder %{part.name}% has no value; write the values")
        if isinstance(part, SpecialChars):
            parts.append(Wild.ANY if part is SpecialChars.WILDCARD_MULTI else Wild.ONE)
        else:
            parts.append(part)
    return _glob_check(name, parts, cased=cased)


def _glob_check(name: str | None, glob: list[str | Wild], *, cased: bool) -> Check:
    """Return the check for texts and wildcards in a row."""
    parts: list[str | Wild] = []
    for part in glob:
        if isinstance(part, Wild):
            if parts[-1:] != [Wild.ANY] or part is Wild.ONE:
                parts.append(part)
            continue
        text = part if cased else part.lower()
        if parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text)
    if name is None:
        parts = _found_anywhere(parts)
    return _simplest(name, tuple(parts), cased=cased)


def _is_cased(name: str | None) -> bool:
    """Tell whether a field's values are compared as they stand without being asked to."""
    return name in FIELDS and FIELDS[name].type is Type.IP


def _found_anywhere(parts: list[str | Wild]) -> list[str | Wild]:
    """A keyword is found anywhere in a value."""
    head = [] if parts[:1] == [Wild.ANY] else [Wild.ANY]
    tail = [] if parts[-1:] == [Wild.ANY] else [Wild.ANY]
    return [*head, *parts, *tail]


def _simplest(name: str | None, glob: Glob, *, cased: bool) -> Check:
    """Return the plainest check that says the same as `glob`."""
    texts = [part for part in glob if isinstance(part, str)]
    text = texts[0] if texts else ""
    plain: dict[Glob, Op] = {
        (): Op.EQUALS,
        (Wild.ANY,): Op.CONTAINS,
        (text,): Op.EQUALS,
        (Wild.ANY, text, Wild.ANY): Op.CONTAINS,
        (text, Wild.ANY): Op.STARTSWITH,
        (Wild.ANY, text): Op.ENDSWITH,
    }
    op = plain.get(glob)
    return Check(name, Op.GLOB, glob, cased) if op is None else Check(name, op, text, cased)

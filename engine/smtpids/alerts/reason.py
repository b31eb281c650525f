"""The sentence of an alert: a rule's message with the event's values in it.

A template names fields in braces: `{source.ip} sent AUTH {smtp.auth.mechanism} without TLS`. The
substitution is our own because `str.format` reads attributes and raises. It goes over the
template once, so a value that holds braces stays a value.
"""

from __future__ import annotations

import re
from sys import intern
from typing import TYPE_CHECKING, Any, Final

from smtpids.alerts.moment import rfc3339
from smtpids.alerts.nesting import is_time
from smtpids.alerts.text import cut, escape
from smtpids.fields import FIELDS
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.rules.correlation import Correlated
    from smtpids.rules.rule import Rule
    from smtpids.smtp.events import Event

VALUE_CHARS = 128
"""Characters of one value in the sentence."""
SENTENCE_CHARS = 1024
"""Characters of the whole sentence, as `config.Limits.text_chars` has it for other texts."""
LISTED = 5
"""Items named of a list; the rest are counted."""

TIMES = frozenset({"smtpids.correlation.start", "smtpids.correlation.end"})
"""Moments that are no fields of events."""

_TIMES: Final = frozenset(name for name in FIELDS if is_time(name)) | TIMES

FIELD = Pattern(r"\{(@?[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)\}", re.ASCII)
"""A field's name in a template; other braces are text."""


def reason(rule: Rule, fields: dict[str, Any], correlated: Correlated | None = None) -> str:
    """Return the sentence (`event.reason`); the rule's title if it has no message.

    A field that the event lacks reads `unknown`. Of a correlation, the group stands before the
    fields of the last event.
    """
    if correlated is not None:
        fields = {**fields, **correlated.fields}
    pieces = _sentence(rule.message).pieces.copy()
    for place in range(1, len(pieces), 2):
        pieces[place] = _worded(pieces[place], fields.get(pieces[place]))
    return cut(escape("".join(pieces)) or escape(rule.title), SENTENCE_CHARS)


def plain_reason(rule: Rule, event: Event) -> str:
    """Return the sentence of a rule for an event whose values need no care.

    Where it holds a character that `escape` would change, `reason` says something else.
    """
    sentence = _sentence(rule.message)
    fields = event.fields if sentence.of_past else event.own_fields()
    pieces = sentence.pieces.copy()
    for place in range(1, len(pieces), 2):
        value = fields.get(pieces[place])
        if not isinstance(value, str) or not 0 < len(value) <= VALUE_CHARS:
            value = _worded(pieces[place], value)
        pieces[place] = value
    said = "".join(pieces)
    return said if 0 < len(said) <= SENTENCE_CHARS else reason(rule, event.fields)


def names_past(rule: Rule) -> bool:
    """Tell whether a rule's message names what was known before."""
    return _sentence(rule.message).of_past


def names_in(rule: Rule) -> tuple[str, ...]:
    """Return the fields that a rule's message names."""
    return tuple(_sentence(rule.message).pieces[1::2])


class _Sentence:
    """A template cut at its fields: text, a field's name, text, and so on."""

    __slots__ = ("of_past", "pieces")

    def __init__(self, message: str) -> None:
        # as the fields themselves have the names, which are then found without a look at them
        self.pieces: list[str] = [intern(piece) for piece in FIELD.split(message)]
        self.of_past = any(name.startswith("history.") for name in self.pieces[1::2])
        """It names what was known before."""


_SENTENCES: Final[dict[str, _Sentence]] = {}
_MOST_SENTENCES: Final = 4096


def _sentence(message: str) -> _Sentence:
    known = _SENTENCES.get(message)
    if known is None:
        if len(_SENTENCES) >= _MOST_SENTENCES:
            _SENTENCES.clear()
        known = _SENTENCES[message] = _Sentence(message)
    return known


def _worded(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if type(value) is int:
        return rfc3339(value) if name in _TIMES else cut(str(value), VALUE_CHARS)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return _listed(name, value)
    if isinstance(value, str):
        return cut(escape(value), VALUE_CHARS) or '""'
    return cut(escape(str(value)), VALUE_CHARS)


def _listed(name: str, values: list[Any]) -> str:
    if not values:
        return "none"
    named = ", ".join(_worded(name, value) for value in values[:LISTED])
    rest = len(values) - LISTED
    return f"{named} and {rest} more" if rest > 0 else named

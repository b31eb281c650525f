"""The layout of events that have the same names, and the values that all of them had so far.

Most values of a session are those of the session before: nobody's role is known, nothing is lost.
Such a value stands in the template of its `Shape` until an event has another one in that place;
from then on it is written each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.alerts.listed import listed, shared
from smtpids.alerts.nesting import is_idle, is_time
from smtpids.alerts.record import HASHES as HASH_FIELDS
from smtpids.fields import FIELDS, HIDDEN, Type

if TYPE_CHECKING:
    from smtpids.alerts.template import Template
    from smtpids.smtp.events import Fields, Part

#: The numbers of what stands in a line beside the fields; the fields have those behind.
MOMENT: Final = 0
ID: Final = 1
REASON: Final = 2
START: Final = 3
END: Final = 4
DURATION: Final = 5
CREATED: Final = 6
PACKET: Final = 7
OCTETS: Final = 8
SEVERITY: Final = 9
SUPPRESSED: Final = 10
EVIDENCE: Final = 11
CORRELATION: Final = 12
HASHES: Final = 13
HISTORY: Final = 14
FIRST_FIELD: Final = 15

#: Types whose values are texts.
_TEXTS: Final = frozenset({Type.TEXT, Type.KEYWORD, Type.IP})
#: What is to know of a field's values, in an order by which groups of them are told.
#: These stand elsewhere in the record, made of the event itself.
KIND_ACTION: Final = 0
KIND_MOMENT: Final = 1
KIND_PACKET: Final = 2
#: Never written; all below have their own value where the name leads.
KIND_HIDDEN: Final = 3
KIND_PLAIN: Final = 4
#: Lists that sessions share.
KIND_SHARED: Final = 5
#: Left out where they are 0 or false.
KIND_IDLE: Final = 6
#: From here on all are texts: the quotes stand in the template, and what is none is unusual.
KIND_IDLE_TIME: Final = 7
KIND_TIME: Final = 8
KIND_TEXT: Final = 9
_SHARED_NAMES: Final = frozenset(
    {"smtp.ehlo.keywords", "smtp.ehlo.masked_keywords", "smtp.auth.offered", "smtp.dialogue"}
)
_OURS: Final = {
    "event.action": KIND_ACTION,
    "@timestamp": KIND_MOMENT,
    "smtpids.pcap.packet": KIND_PACKET,
}

STANDING_CHARS: Final = 64
"""The longest text that is kept because it may come again."""
#: Numbers of which Python has but one object each.
_SINGLE: Final = 256


class _Varies:
    """Stands for a value in a place where none stands."""


VARIES: Final = _Varies()


class Shape:
    """The names that an event has, what is to know of the value of each, and what stays."""

    def __init__(self, fields: Fields, beside: list[Part]) -> None:
        self.own = list(fields)
        """Those of them that are the event's own; the others lie beside it."""
        self.beside = [part.names for part in beside]
        self.names = [*fields, *[name for part in beside for name in part.names]]
        self.kinds = [_kind(name) for name in self.names]
        self.bits = _bits(self.kinds)
        """What says of each that it is left out; small numbers for those that often are."""
        self.absent = 0
        """Those that are left out with the value that stands."""
        self.hashed = not {*HASH_FIELDS, "email.attachments"}.isdisjoint(self.names)
        """There may be hashes."""
        self.standing: list[object] = []
        """The value that all events had so far, `VARIES` for other places."""
        self.version = 0
        """Another when less stands."""
        self.templates: dict[int, Settled] = {}
        """By what is left out and by traits, as one number."""
        values = [*fields.values(), *[value for part in beside for value in part.values]]
        for place, value in enumerate(values):
            stands = _may_stand(self.kinds[place], value)
            self.standing.append(value if stands else VARIES)
            if stands and _is_idle(self.kinds[place]):
                self.absent |= self.bits[place]

    def vary(self, place: int) -> None:
        """Let no value stand in a place."""
        self.standing[place] = VARIES
        self.absent &= ~self.bits[place]
        self.version += 1

    def present(self, absent: int) -> list[int]:
        """Return the places of the fields that stand where their names lead."""
        return [
            place
            for place, kind in enumerate(self.kinds)
            if (_is_in(kind) or kind == KIND_PACKET) and not absent & self.bits[place]
        ]

    def number(self, place: int) -> int:
        """Return the number of what is written for the field in a place."""
        return PACKET if self.kinds[place] == KIND_PACKET else FIRST_FIELD + place

    def standing_text(self, place: int) -> str:
        """Return the text of the value that stands in a place."""
        value = self.standing[place]
        if isinstance(value, str):
            return str(value) if self.kinds[place] >= KIND_IDLE_TIME else f'"{value}"'
        if isinstance(value, list):
            return shared(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


class Settled:
    """The template of a shape, with and without the values that stand."""

    def __init__(self, whole: Template | None) -> None:
        self.whole = whole
        self.settled = whole
        self.version = -1
        """That of the shape for which it is settled."""


def is_quoted(name: str) -> bool:
    """Whether the value of a field goes between quotes in its template: so the table has it."""
    return _kind(name) >= KIND_IDLE_TIME


def _kind(name: str) -> int:
    """Return what is to know of the values of a field."""
    if name in _OURS:
        return _OURS[name]
    if name in HIDDEN:
        return KIND_HIDDEN
    if name in _SHARED_NAMES:
        return KIND_SHARED
    if is_idle(name):
        return KIND_IDLE_TIME if is_time(name) else KIND_IDLE
    if is_time(name):
        return KIND_TIME
    field = FIELDS.get(name)
    return (
        KIND_TEXT if field is not None and field.type in _TEXTS and not field.many else KIND_PLAIN
    )


def _is_in(kind: int) -> bool:
    """Whether a field of this kind stands where its name leads, and has its own value."""
    return kind > KIND_HIDDEN


def _is_idle(kind: int) -> bool:
    return KIND_IDLE <= kind < KIND_TIME


def _may_stand(kind: int, value: object) -> bool:
    """Whether a value may come again as the same object, and needs no care."""
    if not _is_in(kind):
        return False
    if kind == KIND_SHARED and isinstance(value, list):
        return bool(shared(value)) and listed(value) is not None  # it is kept: it is short
    if _is_idle(kind):
        return isinstance(value, int) and not value
    if isinstance(value, str):
        return (
            len(value) <= STANDING_CHARS
            and value.isascii()
            and value.isprintable()
            and value.find('"') < 0
            and value.find("\\") < 0
        )
    return kind == KIND_PLAIN and isinstance(value, int) and 0 <= value <= _SINGLE


def _bits(kinds: list[int]) -> list[int]:
    """Number the places, those first that are often left out: numbers beyond a word are dear."""
    bits = [0] * len(kinds)
    ordered = sorted(range(len(kinds)), key=lambda place: not _is_idle(kinds[place]))
    for number, place in enumerate(ordered):
        bits[place] = 1 << number
    return bits

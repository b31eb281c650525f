"""The values of a record as JSON texts, each quickly and all judged at the end.

Texts of the wire are put between quotes as they come. That none of them holds what JSON escapes is
asked once, of all of them together (`Values.are_usual`); if one does, the record is written the
general way.

Most values of a session are those of the session before: nobody's role is known, nothing is lost.
Such a value stands in the template of its `Shape` until an event has another one in that place;
from then on it is written each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from smtpids.alerts.listed import keep, listed
from smtpids.alerts.moment import THREE, rfc3339, up_to_point
from smtpids.alerts.nesting import has_objects, is_idle, is_time, nest
from smtpids.alerts.record import HASHES as HASH_FIELDS
from smtpids.alerts.text import digits
from smtpids.config import SECOND
from smtpids.rules.fields import FIELDS, HIDDEN, Type

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.alerts.template import Template
    from smtpids.smtp.events import Event, Fields, Value

_DIGITS: Final = 15
"""Of a number that orjson is sure to write as it is: within 53 bits."""
#: Types whose values are texts.
_TEXTS: Final = frozenset({Type.TEXT, Type.KEYWORD, Type.IP})
#: What is to know of a field's values. Of a text, the quotes stand in the template already.
_PLAIN: Final = 0
_TEXT: Final = 1
#: They stand elsewhere in the record, made of the event itself.
_ACTION: Final = 2
_MOMENT: Final = 3
_PACKET: Final = 4
#: Never written.
_HIDDEN: Final = 5
#: Left out where they are 0 or false.
_IDLE: Final = 6
_IDLE_TIME: Final = 7
_TIME: Final = 8
#: Lists that sessions share.
_SHARED: Final = 9
_SHARED_NAMES: Final = frozenset(
    {"smtp.ehlo.keywords", "smtp.ehlo.masked_keywords", "smtp.auth.offered", "smtp.dialogue"}
)
_OURS: Final = {"event.action": _ACTION, "@timestamp": _MOMENT, "smtpids.pcap.packet": _PACKET}

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
FIRST_FIELD: Final = 14
_BESIDE: Final = [""] * FIRST_FIELD

STANDING_CHARS: Final = 64
"""The longest text that is kept because it may come again."""
#: Numbers of which Python has but one object each.
_SINGLE: Final = 256
_dumps: Final = orjson.dumps
_STRICT: Final = orjson.OPT_STRICT_INTEGER

#: What stands between the values of a line of the dialogue.
_CLIENT: Final = ',"side":"client","line":"'
_SERVER: Final = ',"side":"server","line":"'
_LINE: Final = '"},{"@timestamp":"'
_MICROS: Final = [f'{number}Z","packet":' for number in THREE]


class _Varies:
    """Stands for a value in a place where none stands."""


VARIES: Final = _Varies()


class Shape:
    """The names that an event has, what is to know of the value of each, and what stays."""

    def __init__(self, parts: list[Fields]) -> None:
        self.names = [name for part in parts for name in part]
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
        self.templates: dict[tuple[int, int], Settled] = {}
        """By traits and by what is left out."""
        for place, value in enumerate([value for part in parts for value in part.values()]):
            stands = _may_stand(self.kinds[place], value)
            self.standing.append(value if stands else VARIES)
            if stands and _is_idle(self.kinds[place]):
                self.absent |= self.bits[place]

    def vary(self, place: int) -> None:
        """Let no value stand in a place."""
        self.standing[place] = VARIES
        self.absent &= ~self.bits[place]
        self.version += 1

    def written(self, absent: int) -> list[int]:
        """Return the places that `Values` writes each time, in order."""
        return [
            place
            for place, kind in enumerate(self.kinds)
            if self.standing[place] is VARIES and _is_in(kind) and not absent & self.bits[place]
        ]

    def present(self, absent: int) -> list[int]:
        """Return the places of the fields that stand where their names lead."""
        return [
            place
            for place, kind in enumerate(self.kinds)
            if (_is_in(kind) or kind == _PACKET) and not absent & self.bits[place]
        ]

    def number(self, place: int) -> int:
        """Return the number of what is written for the field in a place."""
        return PACKET if self.kinds[place] == _PACKET else FIRST_FIELD + place

    def standing_text(self, place: int) -> str:
        """Return the text of the value that stands in a place."""
        value = self.standing[place]
        if isinstance(value, str):
            return str(value) if self.kinds[place] == _TEXT else f'"{value}"'
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


class Values:
    """The values of a record in the order in which they were met."""

    def __init__(self, event: Event) -> None:
        self.parts: list[Fields] = [event.own_fields()]
        """The fields, and those beside them."""
        if event.beside is not None:
            self.parts += event.beside
        self.texts: list[str] = _BESIDE.copy()
        self.absent = 0
        """Which of the fields are left out, as they say nothing."""
        self.usual = True
        self.event = event
        self._loose: list[str] = []
        """Texts that were put between quotes unseen."""

    def count(self) -> int:
        """Return how many fields there are."""
        count = 0
        for part in self.parts:
            count += len(part)
        return count

    def put_loose(self, number: int, text: str) -> None:
        """Add a text that stands between quotes in the template."""
        self.texts[number] = text
        self._loose.append(text)

    def put_evidence(self) -> None:
        """Add the lines of the dialogue, as `alert.evidence` has them."""
        lines = self.event.shown_lines()
        if not lines:
            self.texts[EVIDENCE] = "[]"
            return
        loose = self._loose
        parts = [""] * (6 * len(lines) + 1)
        second_ns, begin = 0, ""
        at: i64 = 0
        for line in lines:
            since_ns = line.ts_ns - second_ns
            if not 0 <= since_ns < SECOND or not at:
                since_ns = line.ts_ns % SECOND
                second_ns = line.ts_ns - since_ns
                begin = _LINE + up_to_point(line.ts_ns // SECOND)
            nanos: i64 = since_ns
            micros = nanos // 1000
            side, text = line.side, line.text
            parts[at] = begin
            parts[at + 1] = THREE[micros // 1000]
            parts[at + 2] = _MICROS[micros % 1000]
            parts[at + 3] = str(line.packet)
            if side == "client":
                parts[at + 4] = _CLIENT
            elif side == "server":
                parts[at + 4] = _SERVER
            else:
                self.usual = False
            parts[at + 5] = text
            loose.append(text)
            at += 6
        parts[0] = "[" + parts[0][3:]  # nothing before it ends
        parts[at] = '"}]'
        self.texts[EVIDENCE] = "".join(parts)

    def text(self, value: Any) -> str:
        """Return a value of a field as JSON."""
        if isinstance(value, str):
            self._loose.append(value)
            return f'"{value}"'
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            text = digits(value)
            if len(text) > _DIGITS:
                self.usual = False
            return text
        if isinstance(value, list):
            if not value:
                return "[]"
            if has_objects(value):
                return self._objects(value)
        elif isinstance(value, dict):  # its names may lead beside other fields
            self.usual = False
            return ""
        return self.dumped(value)

    def dumped(self, value: Any) -> str:
        """Return any value as JSON."""
        try:
            return _dumps(value, option=_STRICT).decode()
        except orjson.JSONEncodeError:
            self.usual = False
            return ""

    def are_usual(self) -> bool:
        """Whether the texts are those that the general way would make.

        What it does to DEL and to characters beyond ASCII is not asked here.
        """
        if not self.usual:
            return False
        try:
            return 0x5C not in _dumps(self._loose)  # a backslash
        except orjson.JSONEncodeError:
            return False

    def take(self, shape: Shape) -> bool:
        """Add the fields, in the manner of `nesting.fill`; False if the shape has other names."""
        event = self.event
        texts, loose = self.texts, self._loose
        usual, loosened = self.usual, len(loose)
        names, standing = shape.names, shape.standing
        if self.count() != len(names):
            return False
        absent = 0
        place: i64 = -1
        for part in self.parts:
            for name, value in part.items():
                place += 1
                if name is not names[place] and name != names[place]:
                    del texts[FIRST_FIELD:], loose[loosened:]
                    self.usual = usual
                    return False
                known = standing[place]
                if value is known:
                    continue
                if known is not VARIES:
                    shape.vary(place)
                kind = shape.kinds[place]
                if value is None or (_IDLE <= kind < _TIME and not value):
                    absent |= shape.bits[place]
                elif _ACTION <= kind <= _HIDDEN:
                    self.usual = self.usual and _is_ours(kind, value, event)
                elif isinstance(value, str):
                    texts.append(value if kind == _TEXT else f'"{value}"')
                    loose.append(value)
                elif _IDLE_TIME <= kind <= _TIME and type(value) is int:
                    texts.append(f'"{rfc3339(value)}"')
                elif kind == _SHARED and isinstance(value, list):
                    texts.append(self._shared(value))
                else:
                    if kind == _TEXT:
                        self.usual = False
                    texts.append(self.text(value))
        self.absent = absent | shape.absent
        return True

    def _shared(self, items: list[Any]) -> str:
        """Return a list as JSON that other sessions may have, too."""
        known = listed(items)
        if known is None:
            known = self.text(items)
            if self.usual:
                keep(items, known)
        return known

    def _objects(self, items: list[Any]) -> str:
        """Return a list of objects, its items in the manner of `nesting.nest`."""
        text = self.dumped(items)
        plain = text.find(".") < 0 and text.find("null") < 0
        if plain and text.find("[", 1) < 0 and text.find(":{") < 0:
            return text  # no name leads further, nothing is left out, nothing holds an object
        return self.dumped([nest(item) if isinstance(item, dict) else item for item in items])


def is_text(name: str) -> bool:
    """Whether the value of a field goes between quotes in its template: so the table has it."""
    return _kind(name) == _TEXT


def _kind(name: str) -> int:
    """Return what is to know of the values of a field."""
    if name in _OURS:
        return _OURS[name]
    if name in HIDDEN:
        return _HIDDEN
    if name in _SHARED_NAMES:
        return _SHARED
    if is_idle(name):
        return _IDLE_TIME if is_time(name) else _IDLE
    if is_time(name):
        return _TIME
    field = FIELDS.get(name)
    return _TEXT if field is not None and field.type in _TEXTS and not field.many else _PLAIN


def _is_in(kind: int) -> bool:
    """Whether a field of this kind stands where its name leads, and has its own value."""
    return not _ACTION <= kind <= _HIDDEN


def _is_idle(kind: int) -> bool:
    return _IDLE <= kind < _TIME


def _is_ours(kind: int, value: Value, event: Event) -> bool:
    """Whether the value of a field is what the record says in its place."""
    if kind == _ACTION:
        return isinstance(value, str) and value == event.action
    if kind == _MOMENT:
        return type(value) is int and value == event.ts_ns
    return kind == _HIDDEN or type(value) is int


def _may_stand(kind: int, value: object) -> bool:
    """Whether a value may come again as the same object, and needs no care."""
    if not _is_in(kind):
        return False
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
    return kind == _PLAIN and isinstance(value, int) and 0 <= value <= _SINGLE


def _bits(kinds: list[int]) -> list[int]:
    """Number the places, those first that are often left out: numbers beyond a word are dear."""
    bits = [0] * len(kinds)
    ordered = sorted(range(len(kinds)), key=lambda place: not _is_idle(kinds[place]))
    for number, place in enumerate(ordered):
        bits[place] = 1 << number
    return bits

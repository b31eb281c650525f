"""The values of a record as JSON texts, each quickly and all judged at the end.

Texts of the wire are put between quotes as they come. That none of them holds what JSON escapes is
asked once, of all of them together (`Values.are_usual`); if one does, the record is written the
general way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from smtpids.alerts.listed import dumped, list_text, shared
from smtpids.alerts.moment import THREE, rfc3339, up_to_point
from smtpids.alerts.shape import (
    EVIDENCE,
    FIRST_FIELD,
    KIND_ACTION,
    KIND_HIDDEN,
    KIND_IDLE,
    KIND_IDLE_TIME,
    KIND_MOMENT,
    KIND_SHARED,
    KIND_TEXT,
    KIND_TIME,
    START,
    VARIES,
)
from smtpids.alerts.text import digits
from smtpids.config import SECOND

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.alerts.shape import Shape
    from smtpids.smtp.events import Event, Part, Value

#: At hand, for compiled code looks up what stands in another module each time.
_DUMPS: Final = orjson.dumps
_LARGE: Final = 10**15
"""Below it, orjson is sure to write a number as it is: within 53 bits."""

_NOTHING: Final[list[Part]] = []

#: What stands between the values of a line of the dialogue, and the last digits of a value before.
_CLIENT: Final = ',"side":"client","line":"'
_SERVER: Final = ',"side":"server","line":"'
_LINE: Final = '"},{"@timestamp":"'
_MICROS: Final = [f'{number}Z","packet":' for number in THREE]
_OF_CLIENT: Final = [number + _CLIENT for number in THREE]
_OF_SERVER: Final = [number + _SERVER for number in THREE]


class Values:
    """The values of a record, those of its fields by their places in a shape."""

    def __init__(self, event: Event) -> None:
        self.fields = event.own_fields()
        self.beside = _NOTHING if event.beside is None else event.beside
        self.count = len(self.fields)
        """How many fields there are."""
        for part in self.beside:
            self.count += len(part.names)
        self.texts = [""] * (FIRST_FIELD + self.count)
        self.absent = 0
        """Which of the fields are left out, as they say nothing."""
        self.usual = True
        self.start_ns = 0
        """The moment whose text is that of `START`, if there is one."""
        self.event = event
        self._loose: list[str] = []
        """Texts that were put between quotes unseen."""

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
            side, packet = line.side, line.packet
            is_long = packet >= 1000  # then two texts at hand cost less than one that is made
            parts[at] = begin
            parts[at + 1] = THREE[micros // 1000]
            parts[at + 2] = _MICROS[micros % 1000]
            parts[at + 3] = digits(packet // 1000 if is_long else packet)
            if side == "client":
                parts[at + 4] = _OF_CLIENT[packet % 1000] if is_long else _CLIENT
            elif side == "server":
                parts[at + 4] = _OF_SERVER[packet % 1000] if is_long else _SERVER
            else:
                self.usual = False
            parts[at + 5] = line.text
            at += 6
        self._loose += parts[5::6]
        parts[0] = "[" + parts[0][3:]  # nothing before it ends
        parts[at] = '"}]'
        self.texts[EVIDENCE] = "".join(parts)

    def text(self, value: Any) -> str:
        """Return a value of a field as JSON."""
        if isinstance(value, int):
            if isinstance(value, bool):
                return "true" if value else "false"
            if not -_LARGE < value < _LARGE:
                self.usual = False
            return digits(value)
        if isinstance(value, str):
            self._loose.append(value)
            return f'"{value}"'
        if isinstance(value, dict):  # its names may lead beside other fields
            return self._seen("")
        return self._seen(list_text(value) if isinstance(value, list) else dumped(value))

    def dumped(self, value: Any) -> str:
        """Return any value as JSON."""
        return self._seen(dumped(value))

    def _seen(self, text: str) -> str:
        """Return the JSON of a value; if it has none, that is unusual."""
        if not text:
            self.usual = False
        return text

    def are_usual(self) -> bool:
        """Whether the texts are those that the general way would make.

        What it does to DEL and to characters beyond ASCII is not asked here.
        """
        if not self.usual:
            return False
        try:
            return 0x5C not in _DUMPS(self._loose)  # a backslash
        except orjson.JSONEncodeError:
            return False

    def take(self, shape: Shape) -> bool:
        """Add the fields, in the manner of `nesting.fill`; False if the shape has other names."""
        beside, standing = self.beside, shape.standing
        # all names at once, and then all values: less than a walk over both of them costs
        if len(beside) != len(shape.beside) or list(self.fields.keys()) != shape.own:
            return False
        for at, part in enumerate(beside):
            known = shape.beside[at]
            if part.names is not known and part.names != known:
                return False
        place: i64 = 0
        for value in list(self.fields.values()):
            if value is not standing[place]:
                self._put(shape, place, value)
            place += 1
        for part in beside:
            for value in part.values:
                if value is not standing[place]:
                    self._put(shape, place, value)
                place += 1
        self.absent |= shape.absent
        return True

    def _put(self, shape: Shape, place: i64, value: Value) -> None:
        """Add the value of a field in whose place another one stands, or none."""
        if shape.standing[place] is not VARIES:
            shape.vary(place)
        kind = shape.kinds[place]
        if value is None or (KIND_IDLE <= kind < KIND_TIME and not value):
            self.absent |= shape.bits[place]
        elif kind <= KIND_HIDDEN:
            self.usual = self.usual and _is_ours(kind, value, self.event)
        elif isinstance(value, str):
            self.texts[FIRST_FIELD + place] = value if kind >= KIND_IDLE_TIME else f'"{value}"'
            self._loose.append(value)
        elif kind == KIND_SHARED and isinstance(value, list):
            self.texts[FIRST_FIELD + place] = self._seen(shared(value))
        elif kind < KIND_IDLE_TIME:
            self.texts[FIRST_FIELD + place] = self.text(value)
        elif kind != KIND_TEXT and type(value) is int:
            at_hand = self.texts[START] if value == self.start_ns else ""
            self.texts[FIRST_FIELD + place] = at_hand or rfc3339(value)
        else:
            self.usual = False


def _is_ours(kind: int, value: Value, event: Event) -> bool:
    """Whether the value of a field is what the record says in its place."""
    if kind == KIND_ACTION:
        return isinstance(value, str) and value == event.action
    if kind == KIND_MOMENT:
        return type(value) is int and value == event.ts_ns
    return kind == KIND_HIDDEN or type(value) is int

"""The values of a record as JSON texts, each quickly and all judged at the end.

Texts of the wire are put between quotes as they come. That none of them holds what JSON escapes is
asked once, of all of them together (`Values.are_usual`); if one does, the record is written the
general way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from smtpids.alerts.moment import rfc3339
from smtpids.alerts.nesting import Record, has_objects, is_idle, is_time, nest
from smtpids.rules.fields import FIELDS, HIDDEN, Type

if TYPE_CHECKING:
    from smtpids.smtp.events import Event

_DIGITS: Final = 15
"""Of a number that orjson is sure to write as it is: within 53 bits."""
#: Types whose values are texts.
_TEXTS: Final = frozenset({Type.TEXT, Type.KEYWORD, Type.IP})
#: What is to know of a field's values. Of a text, the quotes stand in the template already.
_PLAIN: Final = 0
_TEXT: Final = 1
_MAIL_TEXT: Final = 2
_MAIL: Final = 3
_HEAD: Final = 4
"""It stands in the head of the record already."""
_TIME: Final = 5
#: The last three may be left out of a record.
_HIDDEN: Final = 6
_IDLE: Final = 7
_IDLE_TIME: Final = 8

_NUMBERS: Final = 1000
_SMALL: Final = [str(number) for number in range(_NUMBERS)]
_dumps: Final = orjson.dumps
_STRICT: Final = orjson.OPT_STRICT_INTEGER


class Shape:
    """The names that an event has, and what is to know of the value of each."""

    def __init__(self, number: int, names: tuple[str, ...]) -> None:
        self.number = number
        """Another for other names."""
        self.names = names
        self.kinds = [_kind(name) for name in names]


class Values:
    """The values of a record in the order in which they were met."""

    def __init__(self, event: Event, shape: Shape) -> None:
        self.texts: list[str] = []
        self.absent: list[int] = []
        """Which of the fields are not in the record, as they say nothing or stand in its head."""
        self.more: list[str] = []
        """The names of the values behind those of the fields."""
        self.led = 0
        """How many of these stand in front of the fields in their objects."""
        self.mails = False
        """There are fields of a mail."""
        self._loose: list[str] = []
        """Texts that were put between quotes unseen."""
        self._usual = True
        self._take(event, shape)

    def put(self, name: str, text: str) -> None:
        """Add a value that is JSON already."""
        self.more.append(name)
        self.texts.append(text)

    def add_all(self, lead: Record, more: Record) -> None:
        """Add what stands in front of and behind the fields."""
        for name, value in lead.items():
            self.put(name, self.text(value))
        self.led = len(self.more)
        for name, value in more.items():
            self.put(name, self.text(value))

    def evidence(self, event: Event) -> str:
        """Return the lines of the dialogue, as `alert.evidence` has them."""
        shown: list[str] = []
        loose = self._loose
        for line in event.evidence.lines():
            loose.append(line.side)
            loose.append(line.text)
            shown.append(
                f'{{"@timestamp":"{rfc3339(line.ts_ns)}","packet":{line.packet},'
                f'"side":"{line.side}","line":"{line.text}"}}'
            )
        return "[" + ",".join(shown) + "]"

    def text(self, value: Any) -> str:
        """Return a value of a field as JSON."""
        if isinstance(value, str):
            self._loose.append(value)
            return f'"{value}"'
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            if 0 <= value < _NUMBERS:
                return _SMALL[value]
            text = str(value)
            if len(text) > _DIGITS:
                self._usual = False
            return text
        if isinstance(value, list):
            if not value:
                return "[]"
            if has_objects(value):
                return self._objects(value)
        elif isinstance(value, dict):  # its names may lead beside other fields
            self._usual = False
            return ""
        return self.dumped(value)

    def dumped(self, value: Any) -> str:
        """Return any value as JSON."""
        try:
            return _dumps(value, option=_STRICT).decode()
        except orjson.JSONEncodeError:
            self._usual = False
            return ""

    def are_usual(self) -> bool:
        """Whether the texts are those that the general way would make.

        What it does to other characters than those of ASCII is not asked here.
        """
        if not self._usual:
            return False
        try:
            return _dumps("".join(self._loose)).find(b"\\") < 0
        except orjson.JSONEncodeError:
            return False

    def _take(self, event: Event, shape: Shape) -> None:
        """Add the fields, in the manner of `nesting.fill`."""
        texts, loose, absent, kinds = self.texts, self._loose, self.absent, shape.kinds
        place = -1
        for value in event.fields.values():
            place += 1
            kind = kinds[place]
            if value is None or (kind >= _HIDDEN and (kind == _HIDDEN or not value)):
                absent.append(place)
            elif isinstance(value, str):
                if kind == _TEXT:
                    texts.append(value)
                elif kind == _MAIL_TEXT:
                    self.mails = True
                    texts.append(value)
                elif kind == _HEAD:
                    absent.append(place)
                    self._usual = self._usual and value == event.action
                    continue
                else:
                    self.mails = self.mails or kind == _MAIL
                    texts.append(f'"{value}"')
                loose.append(value)
            elif kind == _HEAD:
                absent.append(place)
                self._usual = self._usual and value == event.ts_ns
            elif kind >= _TIME and kind != _IDLE and type(value) is int:
                texts.append(f'"{rfc3339(value)}"')
            else:
                if _PLAIN < kind <= _MAIL_TEXT:
                    self._usual = False
                self.mails = self.mails or kind == _MAIL
                texts.append(self.text(value))

    def _objects(self, items: list[Any]) -> str:
        """Return a list of objects, its items in the manner of `nesting.nest`."""
        text = self.dumped(items)
        plain = text.find(".") < 0 and text.find("null") < 0
        if plain and text.count("{") == len(items) and text.count("[") == 1:
            return text  # no name leads further, nothing is left out, nothing holds an object
        return self.dumped([nest(item) if isinstance(item, dict) else item for item in items])


def is_text(name: str) -> bool:
    """Whether the value of a field goes between quotes in its template: so the table has it."""
    return _kind(name) in {_TEXT, _MAIL_TEXT}


def _kind(name: str) -> int:
    """Return what is to know of the values of a field."""
    if name in {"@timestamp", "event.action"}:
        return _HEAD
    if name in HIDDEN:
        return _HIDDEN
    if is_idle(name):
        return _IDLE_TIME if is_time(name) else _IDLE
    if is_time(name):
        return _TIME
    field = FIELDS.get(name)
    told = field is not None and field.type in _TEXTS and not field.many
    if name.startswith("email."):
        return _MAIL_TEXT if told else _MAIL
    return _TEXT if told else _PLAIN

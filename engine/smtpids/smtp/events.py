"""What the SMTP layer says, in the words that rules, records and documentation use.

An event is a flat mapping from the dotted field name to its value: the name in a rule is the
path in the JSON, so there is no mapping between them. `fields/` lists every name with its
type; a test holds the events of every transcript against that list.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
Fields: TypeAlias = "dict[str, Value]"


class Action(StrEnum):
    """`event.action`: what happened."""

    GREETING = "greeting"
    COMMAND = "command"
    REPLY = "reply"
    AUTH = "auth"
    STARTTLS = "starttls"
    TLS = "tls"
    MESSAGE = "message"
    ANOMALY = "anomaly"
    SESSION_END = "session_end"


#: Each action as plain text.
ACTION_NAMES: Final[dict[Action, str]] = {action: action.value for action in Action}


#: Lines of the dialogue that a record shows.
SHOWN: Final = 12
#: How many of these are the first of the session.
FIRST_SHOWN: Final = SHOWN // 3


class Line:
    """One line of the dialogue as evidence: redacted, bounded, with its packet.

    `side` is "client" or "server"; `text` has control characters escaped and no secret.
    """

    __slots__ = ("number", "packet", "side", "text", "ts_ns")

    def __init__(self, number: int, side: str, text: str, packet: int, ts_ns: int) -> None:
        self.number = number
        self.side = side
        self.text = text
        self.packet = packet
        self.ts_ns = ts_ns


class Part:
    """Fields that are not changed: to list values beside names that many share is cheap."""

    __slots__ = ("names", "values")

    def __init__(self, names: tuple[str, ...], values: list[Value]) -> None:
        self.names = names
        self.values = values

    def fields(self) -> Fields:
        """Return the fields."""
        return dict(zip(self.names, self.values, strict=True))


def part_of(fields: Fields) -> Part:
    """Return fields as a part."""
    return Part(tuple(fields), list(fields.values()))


class Event:
    """One thing that happened in a session.

    `fields` holds the session's context as it was at that moment and the event's own fields, by
    dotted name, `event.action` and the session's two ends included. Times in `fields` are integer
    nanoseconds; `alerts/` writes them for people.
    `evidence` are the few dialogue lines, oldest first, that lead to the event: those given, or
    of the session's `lines` those up to the number `until`.
    `late` makes fields that are dear and that nobody needs unless the event is told: `complete`.
    `late_octets` is about what is kept for them until then.
    `before` makes those of the history, where the event was only counted so far. Where it is told
    they are `beside` it, in parts that others hold too, until somebody asks for `fields`.
    """

    __slots__ = (
        "_evidence",
        "_fields",
        "_lines",
        "_until",
        "action",
        "before",
        "beside",
        "late",
        "late_octets",
        "packet",
        "ts_ns",
    )

    def __init__(
        self,
        action: str,
        ts_ns: int,
        packet: int,
        fields: Fields,
        evidence: Evidence | None = None,
        lines: tuple[Line, ...] | list[Line] = (),
        until: int = 0,
    ) -> None:
        self.action = action
        self.ts_ns = ts_ns
        self.packet = packet
        self._fields = fields
        self._evidence = evidence
        self._lines = lines
        self._until = until
        self.late: Callable[[], Fields] | None = None
        self.late_octets = 0
        self.before: Callable[[], Fields] | None = None
        self.beside: list[Part] | None = None

    @property
    def fields(self) -> Fields:
        """All fields, by dotted name."""
        beside = self.beside
        if beside is not None:
            self.beside = None
            for part in beside:
                self._fields.update(part.fields())
        return self._fields

    def own_fields(self) -> Fields:
        """Return the fields without those beside them, of which there are only `history.*`."""
        return self._fields

    @property
    def evidence(self) -> Evidence:
        """The lines that lead to it; most events are never asked for them."""
        evidence = self._evidence
        return Evidence(self._lines, self._until) if evidence is None else evidence

    def shown_lines(self) -> list[Line]:
        """Return the few lines that a record shows, not to be changed: see `Evidence.lines`."""
        evidence, lines = self._evidence, self._lines
        if evidence is not None:
            return evidence.lines()
        if isinstance(lines, list) and lines and lines[-1].number <= self._until:
            # as `Evidence.lines` has it, at a third of the price
            return (
                lines if len(lines) <= SHOWN else lines[:FIRST_SHOWN] + lines[FIRST_SHOWN - SHOWN :]
            )
        return Evidence(lines, self._until).lines()

    def last_line(self) -> int:
        """Return the number of the last line that leads to it; 0 if there is none."""
        evidence = self._evidence
        if evidence is not None:
            return evidence.last()
        lines = self._lines
        if lines and lines[-1].number <= self._until:
            return lines[-1].number
        return Evidence(lines, self._until).last()

    def complete(self) -> None:
        """Add what was left out; a second time changes nothing."""
        if self.before is None and self.late is None:
            return
        before, self.before = self.before, None
        if before is not None:
            self.fields.update(before())
        late, self.late = self.late, None
        if late is not None:
            self.late_octets = 0
            self.fields.update(late())

    def __repr__(self) -> str:
        """Show the action, the packet and what is set, for failing tests."""
        return f"Event({self.action}, packet={self.packet}, {self.fields!r})"


class Evidence:
    """A view on a session's dialogue up to one moment; the lines are taken only when asked for."""

    __slots__ = ("_lines", "_until")

    def __init__(self, lines: tuple[Line, ...] | list[Line], until: int) -> None:
        self._lines = lines
        self._until = until

    def last(self) -> int:
        """Return the number of the last line; 0 if there is none."""
        count = self._count()
        return self._lines[count - 1].number if count else 0

    def lines(self, most: int = SHOWN) -> list[Line]:
        """Return at most `most` lines: the first few of the session and the last before now."""
        lines = self._lines
        count = self._count()
        if count <= most:
            return list(lines[:count])
        head = most // 3
        return [*lines[:head], *lines[count - most + head : count]]

    def _count(self) -> int:
        """Return how many of the lines are of this moment or before; younger ones stand behind."""
        lines = self._lines
        count = len(lines)
        while count and lines[count - 1].number > self._until:
            count -= 1
        return count

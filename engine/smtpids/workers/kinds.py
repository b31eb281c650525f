"""What a worker tells its parent of the packets: items, each a plain tuple.

An item begins with its place in the run, a tuple that the places of all workers are ordered by, and
its kind. What follows is by kind:

    BEGUN    session, client, server, port, start_ns       a session begins
    TIME     ts_ns                                         an event of which nobody wants more
    LESSON   session, action, ts_ns, fields                one that only the memory wants
    WHOLE    session, action, ts_ns, packet, fields, late, lines, rules, recorded
    ENDED    session                                       nothing more comes of it
    LOG      level, text                                   a line for the log

`fields` are JSON or a mapping; `late` is what was left out of them so far, or of what it can be
made; `lines` are the lines that lead to the event, packed; `rules` are the names of the rules that
are true of it, None if the parent must ask. There is one item for each event and for each beginning
and end, whatever the rules are: a worker that reads the same files again tells as many items, in
the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from smtpids.mail import PutOff
from smtpids.smtp.events import SHOWN, Event, Evidence, Line
from smtpids.workers.parcels import packed, unpacked

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

Late: TypeAlias = "Fields | tuple[bytes, int, list[str]] | None"
"""What was left out of an event, or what `PutOff.restored` takes."""

Place: TypeAlias = tuple[int, ...]
"""In files: twice the number of packets so far, and 1 more for what the last of them did itself;
what its time did to several sessions is told in the order in which these began. In live captures:
the time of the packets."""
Item: TypeAlias = tuple[Any, ...]

BEGUN: Final = 0
TIME: Final = 1
LESSON: Final = 2
WHOLE: Final = 3
ENDED: Final = 4
LOG: Final = 5


class Told(Evidence):
    """Lines that arrived; most events are only counted, and never asked for theirs."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        super().__init__((), 0)
        self._octets = octets

    def last(self) -> int:
        """Return the number of the last line; 0 if there is none."""
        self._open()
        return self._until

    def lines(self, most: int = SHOWN) -> list[Line]:
        """Return at most `most` lines, as `Evidence.lines` has it."""
        self._open()
        return super().lines(most)

    def _open(self) -> None:
        if self._octets:
            lines = [Line(*line) for line in unpacked(self._octets)]
            self._lines, self._until, self._octets = lines, lines[-1].number if lines else 0, b""


def fields_of(event: Event) -> bytes | Fields:
    """Return the fields of an event as JSON, at half the price of marshalling them.

    If there is something in them that JSON cannot say, they stay as they are.
    """
    try:
        return orjson.dumps(event.fields)
    except TypeError:
        return event.fields


def lines_of(event: Event) -> bytes:
    """Return the lines that lead to an event, packed."""
    return packed(
        [
            (line.number, line.side, line.text, line.packet, line.ts_ns)
            for line in event.shown_lines()
        ]
    )


def event_of(item: Item) -> Event:
    """Return the event of an item that is `WHOLE`."""
    action, ts_ns, packet, fields, late, told = item[3:9]
    if isinstance(fields, bytes):
        fields = orjson.loads(fields)
    event = Event(action, ts_ns, packet, fields, Told(told))
    if isinstance(late, tuple):
        event.late = PutOff.restored(*late)
        event.late_octets = len(late[0])
    elif late is not None:
        facts: Fields = late
        event.late = lambda: facts
    return event

"""What a worker tells its parent of the packets: items, each a plain tuple.

An item begins with its place in the run, a tuple that the places of all workers are ordered by, and
its kind. What follows is by kind:

    BEGUN    session, client, server, port, start_ns       a session begins
    TIME     ts_ns                                         an event of which nobody wants more
    LESSON   session, action, ts_ns, fields                one that only the memory wants
    WHOLE    session, action, ts_ns, packet, fields, late, lines, rules, recorded, counted
    DRAFT    session, action, ts_ns, packet, few, drafts, teaches, changes
    ENDED    session                                       nothing more comes of it
    LOG      level, text                                   a line for the log

`fields` are JSON or a mapping; `late` is what was left out of them so far, or of what it can be
made; `lines` are the lines that lead to the event, as JSON or a list; `rules` are the names of the
rules that are true of it, None if the parent must ask. `counted` is None if the event is told;
if it only counts for correlations, it is the few fields that these and the memory read, whether the
memory learns from it, and how often the worker has changed its rules: the rest waits until somebody
asks, as hardly ever anybody does. Of an event that makes alerts and is of no other use, `drafts`
are these by the rule, and `few` the fields that are asked for beside them.

There is one item for each event and for each beginning and end, whatever the rules are: a worker
that reads the same files again tells as many items, in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from smtpids.mime import PutOff
from smtpids.smtp.events import SHOWN, Event, Evidence, Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_extensions import i64

    from smtpids.mime.digests import Plain
    from smtpids.smtp.events import Fields

Late: TypeAlias = "Fields | Plain | None"
"""What was left out of an event, or what it can be made of (`PutOff.plain`)."""
Lines: TypeAlias = "bytes | list[Any]"
"""Lines one after the other, each as the `PARTS` of a `Line`."""

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
DRAFT: Final = 6
#: In place of an item: the worker was killed here; so many octets of it have been taken up to here.
GONE: Final = -1
TAKEN: Final = -2

#: Number, side, text, packet and time.
PARTS: Final = 5


class Told(Evidence):
    """Lines that arrived; most events are only counted, and never asked for theirs."""

    __slots__ = ("_told",)

    def __init__(self, told: Lines) -> None:
        super().__init__((), 0)
        self._told = told

    def last(self) -> int:
        """Return the number of the last line; 0 if there is none."""
        self._open()
        return self._until

    def lines(self, most: int = SHOWN) -> list[Line]:
        """Return at most `most` lines, as `Evidence.lines` has it."""
        self._open()
        return super().lines(most)

    def _open(self) -> None:
        told, self._told = self._told, b""
        parts: list[Any] = told if isinstance(told, list) else orjson.loads(told or b"[]")
        if parts:
            lines = [
                Line(parts[at], parts[at + 1], parts[at + 2], parts[at + 3], parts[at + 4])
                for at in range(0, len(parts), PARTS)
            ]
            self._lines, self._until = lines, lines[-1].number


def fields_of(event: Event) -> bytes | Fields:
    """Return the fields of an event as JSON, at half the price of marshalling them.

    If there is something in them that JSON cannot say, they stay as they are.
    """
    try:
        return orjson.dumps(event.fields)
    except TypeError:
        return event.fields


def lines_of(event: Event) -> Lines:
    """Return the lines that lead to an event, as JSON if it can say them."""
    lines = event.shown_lines()
    told: list[Any] = [None] * (PARTS * len(lines))
    at: i64 = 0
    for line in lines:
        told[at] = line.number
        told[at + 1] = line.side
        told[at + 2] = line.text
        told[at + 3] = line.packet
        told[at + 4] = line.ts_ns
        at += PARTS
    try:
        return orjson.dumps(told)
    except TypeError:
        return told


class Kept:
    """What is put off of an event that was only counted: all fields but a few."""

    __slots__ = ("_few", "_fields", "_late")

    def __init__(self, few: Fields, fields: bytes | Fields, late: Late) -> None:
        self._few = few
        self._fields = fields
        self._late = late

    def __call__(self) -> Fields:
        """Put all fields in, in their order; return what is made later still."""
        few = self._few
        known = dict(few)
        few.clear()
        few.update(opened(self._fields))
        for name, value in known.items():
            if name not in few:  # the history, which stands behind
                few[name] = value
        later = _later(self._late)
        return {} if later is None else later()


def opened(fields: bytes | Fields) -> Fields:
    """Return fields as `fields_of` was given them."""
    if isinstance(fields, bytes):
        whole: Fields = orjson.loads(fields)
        return whole
    return fields


def event_of(item: Item) -> Event:
    """Return the event of an item that is `WHOLE`."""
    action, ts_ns, packet, sent, late, told = item[3:9]
    counted = item[11]
    fields: Fields = opened(sent) if counted is None else counted[0]
    event = Event(action, ts_ns, packet, fields, Told(told))
    if counted is None:
        event.late = _later(late)
    else:
        event.late = Kept(fields, sent, late)
    if isinstance(late, tuple):
        event.late_octets = len(late[0])
    return event


def _later(late: Late) -> Callable[[], Fields] | None:
    """Return what makes what was left out of an event."""
    if isinstance(late, tuple):
        return PutOff.restored(*late)
    if late is None:
        return None
    facts: Fields = late
    return lambda: facts

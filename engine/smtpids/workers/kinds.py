"""What a worker tells its parent of the packets: items, each a plain tuple.

An item begins with its place in the run, a tuple that the places of all workers are ordered by, and
its kind. What follows is by kind:

    BEGUN    session, client, server, port, start_ns       a session begins
    TIME     ts_ns                                         an event of which nobody wants more
    LESSON   session, action, ts_ns, fields                one that only the memory wants
    WHOLE    session, action, ts_ns, packet, fields, late, lines, rules, recorded
    ENDED    session                                       nothing more comes of it
    LOG      level, text                                   a line for the log

`rules` are the names of the rules that are true of an event, None if the parent must ask. There is
one item for each event and for each beginning and end, whatever the rules are: a worker that reads
the same files again tells as many items, in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from smtpids.smtp.events import Event, Evidence, Line

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

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


def lines_of(event: Event) -> list[tuple[int, str, str, int, int]]:
    """Return the lines that lead to an event as plain tuples."""
    return [
        (line.number, line.side, line.text, line.packet, line.ts_ns)
        for line in event.evidence.lines()
    ]


def event_of(item: Item) -> Event:
    """Return the event of an item that is `WHOLE`."""
    action, ts_ns, packet, fields, late, told = item[3:9]
    lines = [Line(*line) for line in told]
    event = Event(
        action, ts_ns, packet, fields, Evidence(tuple(lines), lines[-1].number if lines else 0)
    )
    if late is not None:
        facts: Fields = late
        event.late = lambda: facts
    return event

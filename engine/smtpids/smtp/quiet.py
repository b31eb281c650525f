"""What a session gives back while it is quiet, and how it is taken up again.

Most of many sessions wait: for the next letter, for a user, for their end. What such a session
knows of itself is a mapping from names to values, and the names are the same in session after
session: folded, it keeps the values alone, which takes a third; of the lines of its dialogue it
keeps the texts, and the numbers packed. Octets that were read already are let go. Nothing is
forgotten; who feeds a tracker that was folded unfolds it first.
"""

from __future__ import annotations

from itertools import chain
from struct import iter_unpack, pack
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.smtp.events import Line

if TYPE_CHECKING:
    from smtpids.smtp.events import Event, Fields, Value
    from smtpids.smtp.pending import Pending
    from smtpids.smtp.tracker import Tracker

Names: TypeAlias = "tuple[str, ...]"
FoldedFields: TypeAlias = "tuple[Names, tuple[Value, ...]]"
Folded: TypeAlias = "tuple[Names, tuple[Value, ...], tuple[str, ...], bytes]"

#: Lists of names that are shared; sessions have some dozens, and nobody can make many more stay.
MOST_SHAPES: Final = 1_000
_shapes: Final[dict[Names, Names]] = {}
#: Stand where the context, the lines, and events and commands, of which none waits, were.
_NO_CONTEXT: Final[Fields] = {}
_NO_LINES: Final[list[Line]] = []
_NO_EVENTS: Final[list[Event]] = []
_NO_PENDING: Final[list[Pending]] = []
#: Number, packet and time of a line; the number is negative if it is the server's.
_NUMBERS: Final = "=3q"


def fold_fields(fields: Fields) -> FoldedFields:
    """Return names, which are shared, and values."""
    names = tuple(fields)
    if len(_shapes) >= MOST_SHAPES:
        _shapes.clear()
    return _shapes.setdefault(names, names), tuple(fields.values())


def unfold_fields(folded: FoldedFields) -> Fields:
    """Return the fields, in their order."""
    return dict(zip(*folded, strict=True))


def fold(tracker: Tracker) -> Folded:
    """Return context and lines of a session, which has none from here on until it is unfolded."""
    session = tracker.session
    lines = session.lines
    numbers = chain.from_iterable(
        (line.number if line.side == "client" else -line.number, line.packet, line.ts_ns)
        for line in lines
    )
    names, values = fold_fields(session.context)
    folded = (
        names,
        values,
        tuple(line.text for line in lines),
        pack(f"={3 * len(lines)}q", *numbers),
    )
    session.context, session.lines = _NO_CONTEXT, _NO_LINES
    session.events = _NO_EVENTS
    if not tracker.pending:
        tracker.pending = _NO_PENDING
    tracker.inbox.rest()
    tracker.replies.rest()
    if tracker.upgrade is not None:
        tracker.upgrade.rest()
    return folded


def unfold(tracker: Tracker, folded: Folded) -> None:
    """Give a session back what it knew."""
    names, values, texts, numbers = folded
    session = tracker.session
    session.context = unfold_fields((names, values))
    session.events = []
    if not tracker.pending:
        tracker.pending = []
    tracker.replies.wake()
    session.lines = [
        Line(abs(number), "client" if number > 0 else "server", text, packet, ts_ns)
        for text, (number, packet, ts_ns) in zip(texts, iter_unpack(_NUMBERS, numbers), strict=True)
    ]

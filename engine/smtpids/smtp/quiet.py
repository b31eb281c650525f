"""What a session gives back while it is quiet, and how it is taken up again.

Most of many sessions wait: for the next letter, for a user, for their end. What such a session
knows of itself is a mapping from names to values. The names are the same in session after session,
and most of the values, too: folded, it keeps the values that are its own, which takes a fifth. Of
the lines of its dialogue and of its commands it keeps the texts, and the numbers packed. Octets
that were read already are let go. Nothing is forgotten; who feeds a tracker that was folded unfolds
it first.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from smtpids.smtp.events import Line
from smtpids.smtp.inbox import PACKED, Inbox
from smtpids.smtp.pending import Step

if TYPE_CHECKING:
    from smtpids.smtp.events import Event, Fields, Value
    from smtpids.smtp.pending import Pending
    from smtpids.smtp.tracker import Tracker

#: A shape, which of its values are others (a bit each, the lowest for the first), and these.
FoldedFields: TypeAlias = "tuple[Any, ...]"
#: The numbers, the texts of the lines, the verbs of the commands, and the fields folded.
Folded: TypeAlias = "tuple[Any, ...]"

#: Lists of names that are shared; sessions have some dozens, and nobody can make many more stay.
MOST_SHAPES: Final = 1_000
#: Sessions that may take the place of the one whose values are shared.
RENEWALS: Final = 8
#: Characters of a text that is kept for other sessions to share.
_SHARED_CHARS: Final = 64
#: Stand where the context, the lines, and events and commands, of which none waits, were.
_NO_CONTEXT: Final[Fields] = {}
_NO_LINES: Final[list[Line]] = []
_NO_EVENTS: Final[list[Event]] = []
_NO_PENDING: Final[list[Pending]] = []
_NO_STEPS: Final[list[Step]] = []
_NO_OCTETS: Final = [0, 0]
_SYNCED: Final = [True, True]
_NO_INBOX: Final = Inbox()
#: How many lines and commands there are, what is there beside them, and the octets seen.
_HEAD: Final = Struct("=BHBqq")
#: Numbers of lines are wide; of the client's octets none wait, and of the server's.
_IS_WIDE: Final = 1
_CLIENT_READ: Final = 2
_SERVER_READ: Final = 4
#: Number, packet and time of a line; the number is negative if it is the server's.
_NARROW: Final = Struct("=iIq")
_WIDE: Final = Struct("=3q")
_NARROW_MOST: Final = 2**31
#: The code of the reply to a command; -1 is none.
_CODE: Final = Struct("=h")
_NO_CODE: Final = -1
#: Commands that the head can count; a dialogue with more stays as it is.
_MOST_STEPS: Final = 0xFFFF
_LEFT: Final = 0xFFFF
"""Stands for their number if they were left as they are."""


class Shape:
    """Names that sessions share, and values that one of them had, where they are small."""

    __slots__ = ("names", "renewals", "values")

    def __init__(self, fields: Fields, renewals: int = RENEWALS) -> None:
        self.renewals = renewals
        """How often another session may still take its place."""
        self.names = tuple(fields)
        self.values: list[Value] = [_small(value) for value in fields.values()]


_shapes: Final[dict[tuple[str, ...], Shape]] = {}


def fold_fields(fields: Fields) -> FoldedFields:
    """Return what takes the place of fields; `unfold_fields` makes them of it again."""
    names = tuple(fields)
    shape = _shapes.get(names)
    if shape is None:
        if len(_shapes) >= MOST_SHAPES:
            _shapes.clear()
        shape = _shapes[names] = Shape(fields)
    own: list[Any] = [shape, 0]
    differ, bit = 0, 1
    shared = shape.values
    for place, value in enumerate(fields.values()):
        if value is not shared[place]:  # what is only equal may be of another type
            differ |= bit
            own.append(value)
        bit <<= 1
    own[1] = differ
    if shape.renewals and len(own) > len(names) // 2:  # it was of an odd session
        _shapes[names] = Shape(fields, shape.renewals - 1)
    return tuple(own)


def unfold_fields(folded: FoldedFields) -> Fields:
    """Return the fields, in their order."""
    return _fields_of(folded, 0)


def _fields_of(folded: tuple[Any, ...], begin: int) -> Fields:
    """Return the fields that stand from `begin` on."""
    shape: Shape = folded[begin]
    differ: int = folded[begin + 1]
    values = shape.values.copy()
    place = begin + 2
    while differ:
        lowest = differ & -differ
        values[lowest.bit_length() - 1] = folded[place]
        differ ^= lowest
        place += 1
    return dict(zip(shape.names, values, strict=True))


def _small(value: Value) -> Value:
    """Return a value that may be kept for others; None in place of one that may be large."""
    if isinstance(value, (bool, int, float)) or (
        isinstance(value, str) and len(value) <= _SHARED_CHARS
    ):
        return value
    return None


def fold(tracker: Tracker) -> Folded:
    """Return what a session knows, which knows nothing from here on until it is unfolded."""
    session = tracker.session
    lines, steps = session.lines, session.dialogue
    wide = any(line.number >= _NARROW_MOST or not 0 <= line.packet < _NARROW_MOST for line in lines)
    # a step that waits for its reply is known to others, too
    left = bool(tracker.pending) or tracker.auth_entry is not None or len(steps) >= _MOST_STEPS
    flags = _IS_WIDE if wide else 0
    numbers = [b""]
    if not tracker.inbox.waiting:
        flags |= _CLIENT_READ
        numbers.append(tracker.inbox.packed())
        tracker.inbox = _NO_INBOX
    if not tracker.replies.inbox.waiting:
        flags |= _SERVER_READ
        numbers.append(tracker.replies.inbox.packed())
        tracker.replies.inbox = _NO_INBOX
    seen = tracker.octets_seen
    numbers[0] = _HEAD.pack(len(lines), _LEFT if left else len(steps), flags, seen[0], seen[1])
    form = _WIDE if wide else _NARROW
    folded: list[Any] = [b""]
    for line in lines:
        number = line.number if line.side == "client" else -line.number
        numbers.append(form.pack(number, line.packet, line.ts_ns))
        folded.append(line.text)
    if not left:
        for step in steps:
            numbers.append(_CODE.pack(_NO_CODE if step.code is None else step.code))
            folded.append(step.verb)
        session.dialogue = _NO_STEPS
    folded[0] = b"".join(numbers)
    folded += fold_fields(session.context)
    session.context, session.lines = _NO_CONTEXT, _NO_LINES
    session.events = _NO_EVENTS
    tracker.octets_seen = _NO_OCTETS
    if session.octets_lost == _NO_OCTETS:
        session.octets_lost = _NO_OCTETS
    if tracker.synced == _SYNCED:
        tracker.synced = _SYNCED
    if not tracker.pending:
        tracker.pending = _NO_PENDING
    tracker.replies.rest()
    if tracker.upgrade is not None:
        tracker.upgrade.rest()
    return tuple(folded)


def unfold(tracker: Tracker, folded: Folded) -> None:
    """Give a session back what it knew."""
    session = tracker.session
    numbers: bytes = folded[0]
    lines, steps, flags, of_client, of_server = _HEAD.unpack_from(numbers)
    form = _WIDE if flags & _IS_WIDE else _NARROW
    at, place = _HEAD.size, 1
    if flags & _CLIENT_READ:
        tracker.inbox = Inbox()
        tracker.inbox.unpacked(numbers[at : at + PACKED])
        at += PACKED
    if flags & _SERVER_READ:
        tracker.replies.inbox = Inbox()
        tracker.replies.inbox.unpacked(numbers[at : at + PACKED])
        at += PACKED
    session.lines = []
    for _ in range(lines):
        number, packet, ts_ns = form.unpack_from(numbers, at)
        side = "client" if number > 0 else "server"
        session.lines.append(Line(abs(number), side, folded[place], packet, ts_ns))
        at += form.size
        place += 1
    if steps != _LEFT:
        session.dialogue = []
        for _ in range(steps):
            step = Step(folded[place])
            code: int = _CODE.unpack_from(numbers, at)[0]
            step.code = None if code == _NO_CODE else code
            session.dialogue.append(step)
            at += _CODE.size
            place += 1
    session.context = _fields_of(folded, place)
    session.events = []
    session.octets_lost = session.octets_lost.copy()
    tracker.octets_seen = [of_client, of_server]
    tracker.synced = tracker.synced.copy()
    if not tracker.pending:
        tracker.pending = []
    tracker.replies.wake()

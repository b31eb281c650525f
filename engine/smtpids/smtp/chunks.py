"""Messages in chunks: how BDAT is read, and what ends a message of it (RFC 3030).

A client may send on without any reply, so that a chunk is refused when later ones are on the wire
already, or an envelope is dropped in the middle of a message. Each message is told once, with what
came of it while the server might have taken it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.smtp.commands import bdat_size
from smtpids.smtp.message import BDAT, Message
from smtpids.smtp.pending import Mode, Pending
from smtpids.smtp.states import END_OF_DATA, ROWS, State
from smtpids.tcp.events import CLIENT
from smtpids.text import as_text

if TYPE_CHECKING:
    from smtpids.smtp.commands import Command
    from smtpids.smtp.pending import Step
    from smtpids.smtp.tracker import Tracker


def enter_chunk(tracker: Tracker, command: Command) -> None:
    """A BDAT command came: its octets follow at once."""
    size = bdat_size(command.argument)
    if size is None:
        inbox = tracker.inbox
        detail = as_text(command.argument, 40)
        tracker.mode = Mode.HELD
        tracker.session.anomaly("bad_bdat_size", CLIENT, detail, inbox.ts_ns, inbox.packet)
        return
    tracker.chunk_left, tracker.chunk_last = size
    empty = size == (0, False)
    if tracker.message is None and not tracker.chunk_refused:
        tracker.message = Message(BDAT, tracker.limits, tracker.reading)
        if tracker.state is State.LOST:
            tracker.message.gap(0)  # chunks before it may be missing
    if tracker.message is not None:
        tracker.message.chunks += 1
        tracker.message.empty_chunks += empty
    tracker.mode = Mode.CHUNK
    tracker.chunk_pending = tracker.pending[-1]
    if not tracker.chunk_left:
        end_chunk(tracker)


def read_chunk(tracker: Tracker) -> bool:
    """Read what there is of a chunk."""
    inbox = tracker.inbox
    octets = inbox.take(min(tracker.chunk_left, inbox.next_mark()[0]))
    tracker.chunk_left -= len(octets)
    if tracker.message is not None:
        tracker.message.feed_chunk(octets)
    if not tracker.chunk_left:
        end_chunk(tracker)
    return True


def end_chunk(tracker: Tracker) -> None:
    """All octets of a chunk were read; the last one ends the message."""
    tracker.mode = Mode.COMMANDS
    tracker.session.after_chunk = True
    pending = tracker.chunk_pending
    tracker.chunk_pending = None
    if not tracker.chunk_last:
        return
    tracker.chunk_refused = False
    message = tracker.message
    if pending is None or message is None:
        return
    message.complete = True
    tracker.message = None
    waiting = tracker.pending
    if waiting and (waiting[-1] is pending or pending in waiting):
        pending.row = ROWS[END_OF_DATA]
        pending.after = State.READY
        pending.message = message
        await_replies(tracker, message, pending.entry, 1)
    else:
        # refused before its octets had come
        tracker.end_message(message, None, tracker.inbox.ts_ns, tracker.inbox.packet)


def await_replies(tracker: Tracker, message: Message, entry: Step | None, known: int) -> None:
    """Await the replies to a message beyond those `known`; LMTP has one for each recipient."""
    copies = 1
    transaction = tracker.session.transaction
    if tracker.greeted_by == "LHLO" and transaction is not None:
        # RFC 2033 4.2, 4.3: one for each that was accepted
        copies = min(max(transaction.accepted, 1), tracker.limits.pending)
    charge(tracker, message)
    for _ in range(copies - known):
        pending = Pending(ROWS[END_OF_DATA], State.READY, None, entry)
        pending.message = message
        tracker.pending.append(pending)


def chunk_replied(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    """A chunk was answered. A refusal ends the message, and no later chunk is part of another."""
    if tracker.mode is Mode.HELD:
        tracker.mode = Mode.COMMANDS
    if code is None or code // 100 == 2:
        return
    message = tracker.message
    if message is None:
        return
    tracker.message = None
    if not message.size:
        return
    # nobody takes the rest of it, unless its end is at hand
    tracker.chunk_refused = tracker.mode is not Mode.CHUNK or not tracker.chunk_last
    if tracker.session.transaction is not None:
        tracker.end_message(message, code, ts_ns, packet)


def cut_off(tracker: Tracker, message: Message, ts_ns: int, packet: int) -> None:
    """The session ends within a message."""
    if tracker.mode is Mode.CHUNK:
        message.missing = tracker.chunk_left
    tracker.end_message(message, None, ts_ns, packet)


def set_aside(tracker: Tracker, pending: Pending) -> None:
    """A command was read that drops the envelope: a chunk behind it is of another message."""
    if tracker.message is not None:
        charge(tracker, tracker.message)
    pending.message, tracker.message = tracker.message, None
    tracker.chunk_refused = False


def settle(tracker: Tracker, pending: Pending, *, dropped: bool) -> None:
    """Such a command was answered: the message that it found is over, or goes on after all."""
    message, pending.message = pending.message, None
    if message is None:
        return
    if dropped:
        tracker.end_message(message, None, tracker.ts_ns, tracker.packet)
    elif tracker.message is None:
        tracker.message = message


def overtaken(tracker: Tracker) -> None:
    """DATA was taken in the middle of a message in chunks: that one is over, its envelope not."""
    message, session = tracker.message, tracker.session
    if message is not None and message.framing == BDAT:
        transaction, session.transaction = session.transaction, None
        tracker.end_message(message, None, tracker.ts_ns, tracker.packet)
        session.transaction = transaction


def charge(tracker: Tracker, message: Message) -> None:
    """Note what a message holds until its reply comes: see `budget.py`."""
    if tracker.pending:
        message.hash_now()  # a client that does not wait for replies may send many
    message.charged = message.held_octets
    tracker.session.listed_octets += message.charged

"""What a tracker does where the capture lacks octets: of the client, or of one side altogether.

Replies that are not there are taken for successes, since the client went on. Nothing is made up
beyond that: what is lost of a message stays lost, and behind a hole among commands the state is
unknown until a command tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp import chunks, replied
from smtpids.smtp.pending import Mode
from smtpids.smtp.states import CONNECT, COUNTED, State
from smtpids.tcp.events import CLIENT, SERVER

if TYPE_CHECKING:
    from smtpids.smtp.events import Event
    from smtpids.smtp.tracker import Tracker

#: Commands in as many packets without any reply, or packets of replies without any command, after
#: which a capture is taken to show one side only.
ONE_SIDED_AFTER: Final = 3
#: Commands that may wait for their replies where there is no room for what is held.
KEPT_PENDING: Final = 4
#: How a connection ends that the capture shows to its end.
ENDED: Final = frozenset({"fin", "rst", "timeout"})


def consider_one_sided(tracker: Tracker, side: int, ts_ns: int, packet: int) -> bool:
    """See whether the capture shows one side only.

    If so, tell whether the client's octets that wait for a reply can be read now.
    """
    tracker.unanswered += 1
    waiting = sum(1 for pending in tracker.pending if pending.verb != CONNECT)
    if tracker.mode is Mode.HELD and len(tracker.inbox):
        waiting += 1  # it went on although a reply was due
    if tracker.mode is Mode.TLS:
        waiting = tracker.unanswered  # nobody gets far in a handshake alone
    if tracker.unanswered < ONE_SIDED_AFTER or (side == CLIENT and waiting < ONE_SIDED_AFTER):
        return False
    tracker.one_sided = True
    tracker.early = False
    session = tracker.session
    session.trusted = False
    session.context["session.one_sided"] = True
    session.anomaly("one_sided", side, "", ts_ns, packet)
    if tracker.upgrade is not None:
        tracker.upgrade.gap(1 - side, 0)
    if side != CLIENT:
        return False
    tracker.assume()
    return True


def give_up_replies(tracker: Tracker) -> None:
    """So many commands wait for a reply that none is awaited any more: take all as successes."""
    inbox, session = tracker.inbox, tracker.session
    session.anomaly("limit_reached", CLIENT, "pending", inbox.ts_ns, inbox.packet)
    session.trusted = False
    tracker.aligned = False
    go_on(tracker)
    if len(inbox) > tracker.limits.command_octets:
        # a flood that was held: what each command costs is a hundred times its octets
        client_gap(tracker, 0)


def go_on(tracker: Tracker) -> None:
    """Go on as the client did, though the server, which is captured, answered nothing."""
    tracker.session.tally.unheard += len(tracker.pending)
    tracker.assume()


def assume(tracker: Tracker) -> None:
    """Take every command that waits as having succeeded."""
    while tracker.pending:
        waiting, counted = tracker.pending, 0
        while counted < len(waiting) and waiting[counted].verb in COUNTED:
            counted += 1
        if counted:  # there may be thousands, and their replies do nothing
            tracker.move(waiting[counted - 1].after)
            del waiting[:counted]
        else:
            pending = waiting.pop(0)
            tracker.move(pending.after)
            replied.assume(tracker, pending, tracker.ts_ns, tracker.packet)


def shed(tracker: Tracker, ts_ns: int, packet: int) -> list[Event]:
    """Let go of all that is held, for the sake of all sessions together, and go on."""
    session = tracker.session
    session.anomaly("limit_reached", CLIENT, "sessions_octets", ts_ns, packet)
    if len(tracker.inbox):
        client_gap(tracker, 0)
    if tracker.replies.held_octets:
        tracker.synced[SERVER] = False
        tracker.replies.gap(0)
        tracker.replied_at = tracker.replies.taken
    if len(tracker.pending) > KEPT_PENDING:
        tracker.aligned = False
        tracker.assume()
    if tracker.message is not None:
        tracker.message.shed()
    for pending in tracker.pending:
        if pending.message is not None:
            pending.message.hash_now()
    if tracker.upgrade is not None:
        tracker.upgrade.shed()
    session.shed()
    events, session.events = session.events, []
    return events


def gap(tracker: Tracker, side: int, length: int, ts_ns: int, packet: int) -> None:
    """Octets of a side are lost; `length` is 0 if nobody knows how many."""
    session = tracker.session
    session.context["session.gap"] = True
    session.octets_lost[side] += length
    session.trusted = session.pipelining_known = False
    tracker.aligned = False
    tracker.greeted_by = ""
    detail = f"{length} octets of the {'server' if side == SERVER else 'client'}"
    session.anomaly("gap", side, detail, ts_ns, packet)
    if tracker.upgrade is not None and tracker.mode is Mode.TLS:
        tracker.upgrade.gap(side, length)
    elif side == CLIENT:
        client_gap(tracker, length)
    else:
        tracker.synced[SERVER] = False
        tracker.replies.gap(length)
        tracker.replied_at = tracker.replies.taken
        if tracker.mode is not Mode.UPGRADE:
            tracker.assume()


def client_gap(tracker: Tracker, length: int) -> None:
    """Octets of the client are lost; `length` is 0 if nobody knows how many."""
    held = len(tracker.inbox)
    tracker.inbox.clear()
    if tracker.exchange is not None:
        # an answer may be among it: the next one must not be taken for it
        tracker.exchange.broken = True
    if tracker.mode is Mode.MESSAGE and tracker.message is not None:
        tracker.message.gap(length)
    elif tracker.mode is Mode.CHUNK:
        covered = min(length or tracker.chunk_left, tracker.chunk_left)
        if tracker.message is not None:
            tracker.message.gap(covered)
        tracker.chunk_left -= covered
        if not tracker.chunk_left:
            chunks.end_chunk(tracker)
    elif tracker.mode is Mode.HELD:
        tracker.synced[CLIENT] = False
        tracker.held_lost += held + max(length, 1)
    elif tracker.mode is Mode.UPGRADE:
        tracker.synced[CLIENT] = False
    elif tracker.mode in {Mode.COMMANDS, Mode.ANSWER}:
        tracker.synced[CLIENT] = False
        tracker.mode = Mode.COMMANDS
        tracker.move(State.LOST)

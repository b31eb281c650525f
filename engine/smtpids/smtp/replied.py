"""What a reply does: to what the session remembers, to how the client is read, and what is said.

One function for each verb whose reply has an effect, in the tables at the end, in two steps:
`UPDATES` before the reply's event, so that the event shows the session as the reply left it, and
`FOLLOW_UPS` after it. `assume` does the same without a reply, where the capture has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp import authentication, chunks, early, smuggling
from smtpids.smtp.events import Action
from smtpids.smtp.message import DATA, Message
from smtpids.smtp.pending import Mode, Pending
from smtpids.smtp.redact import without
from smtpids.smtp.states import AUTH_ANSWER, CONNECT, COUNTED, END_OF_DATA, ROWS, State, assumed
from smtpids.smtp.upgrade import Upgrade, tell_injection
from smtpids.tcp.events import CLIENT, SERVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.smtp.replies import Reply
    from smtpids.smtp.tracker import Tracker

SERVICE_READY: Final = 220
SERVICE_CLOSING: Final = 421
GO_AHEAD: Final = 354
#: A reply for each recipient follows, then one for all (draft-hall-prdr; Exim).
RECIPIENTS_FOLLOW: Final = 353
#: Codes that nothing but the end of AUTH has (RFC 4954 6).
AUTH_OUTCOMES: Final = frozenset({235, 535})


def answer(tracker: Tracker, pending: Pending, reply: Reply) -> None:
    """`reply` answers `pending`."""
    if pending.entry is not None:
        pending.entry.code = reply.code
    elif pending.verb in COUNTED and reply.code != SERVICE_CLOSING:
        # its command was not told either
        tracker.session.tally.reply(pending.verb, reply.digit)
        return
    words = without(reply.text, pending.marks) if pending.marks else reply.text
    ok = reply.digit == 2
    verb = pending.verb
    tracker.session.tally.reply(verb, reply.digit)
    # the usual ones at once, since through the tables calls are dear
    if verb == "RCPT":
        _rcpt(tracker, pending, reply, ok)
    elif verb == "MAIL":
        _mail(tracker, pending, reply, ok)
    elif (update := UPDATES.get(verb)) is not None:
        update(tracker, pending, reply, ok)
    tracker.session.reply(reply, verb, words)
    if verb == END_OF_DATA:
        _message_replied(tracker, pending, reply.code, reply.ts_ns, reply.packet)
    elif (follow_up := FOLLOW_UPS.get(verb)) is not None:
        follow_up(tracker, pending, reply.code, reply.ts_ns, reply.packet)
    if reply.code == SERVICE_CLOSING:
        tracker.move(State.CLOSED)


def believe(tracker: Tracker) -> None:
    """A reply was not as hoped: what the client believes behind it changes, up to agreement."""
    state = tracker.state
    for pending in tracker.pending:
        state = assumed(pending.row, state)
        if pending.after is state:
            return
        pending.after = state


def tell_faults(tracker: Tracker) -> None:
    """Say what was wrong in the server's lines, unless nobody knows where these begin."""
    replies = tracker.replies
    faults = replies.faults
    if not faults:
        return
    replies.faults = []
    if tracker.synced[SERVER]:
        inbox = replies.inbox
        for kind, detail in faults:
            tracker.session.anomaly(kind, SERVER, detail, inbox.ts_ns, inbox.packet)


def realign(tracker: Tracker, reply: Reply) -> None:
    """Let a reply that can answer one command only do so, though another seems to wait first.

    There was no greeting, or a reply was broken; the pairs would be wrong from there on.
    """
    waiting = tracker.pending
    first = waiting[0].verb
    if first == CONNECT:
        if len(waiting) > 1 and reply.digit == 2 and reply.code != SERVICE_READY:
            tracker.move(waiting.pop(0).after)
            _after_greeting(tracker, waiting[0], reply.code, reply.ts_ns, reply.packet)
    elif reply.code == GO_AHEAD and first != "DATA":
        # nothing is read behind DATA, so it is the last one
        place = len(waiting) - 1 if waiting[-1].verb == "DATA" else 0
        for _ in range(place):
            pending = waiting.pop(0)
            tracker.move(pending.after)
            assume(tracker, pending, reply.ts_ns, reply.packet)
        if place and tracker.session.is_whole():
            detail = f"{reply.code} to {first}"
            session = tracker.session
            session.anomaly("server_reply_unmatched", SERVER, detail, reply.ts_ns, reply.packet)


def assume(tracker: Tracker, pending: Pending, ts_ns: int, packet: int) -> None:
    """The reply to `pending` is not in the capture: go on as if it had been as hoped."""
    update = UPDATES.get(pending.verb)
    if update is not None:
        update(tracker, pending, None, True)
    follow_up = FOLLOW_UPS.get(pending.verb)
    if follow_up is not None:
        follow_up(tracker, pending, None, ts_ns, packet)


def never(tracker: Tracker, pending: Pending, ts_ns: int, packet: int) -> None:
    """The connection ended before the reply to `pending`."""
    if pending.verb == "STARTTLS":
        tracker.session.emit(Action.STARTTLS, ts_ns, packet)
    else:
        _message_replied(tracker, pending, None, ts_ns, packet)


def unmatched(tracker: Tracker, reply: Reply) -> None:
    """A reply came to nothing that was seen."""
    if smuggling.ends_message(tracker, reply):
        return
    session = tracker.session
    message = tracker.message
    session.reply(reply, "", reply.text)
    if reply.code == SERVICE_CLOSING:
        tracker.move(State.CLOSED)
    elif message is not None and tracker.mode is Mode.MESSAGE and message.lost:
        # the end of data was among what the capture lost
        tracker.message = None
        tracker.mode = Mode.COMMANDS
        tracker.move(State.READY)
        tracker.end_message(message, reply.code, reply.ts_ns, reply.packet)
    elif message is not None and tracker.mode is Mode.MESSAGE and reply.digit in {4, 5}:
        message.early_code = reply.code
    elif tracker.one_sided or tracker.alone or not session.is_whole():
        _infer(tracker, reply)
    else:
        detail = f"{reply.code}"
        session.anomaly("server_reply_unmatched", SERVER, detail, reply.ts_ns, reply.packet)
        smuggling.surplus(tracker, reply)


def _infer(tracker: Tracker, reply: Reply) -> None:
    """Learn from a reply whose command is not in the capture how the client is to be read."""
    message = tracker.message
    if tracker.mode is Mode.MESSAGE and message is not None and message.assumed:
        # the client was not let begin: what passed for a message were commands
        message.lost = True
        if reply.code == GO_AHEAD:
            _begin_message(tracker)
    if tracker.mode is not Mode.COMMANDS:
        return
    if reply.code in AUTH_OUTCOMES:
        authentication.end_auth(tracker, reply.code, reply.ts_ns, reply.packet)
    elif reply.code == GO_AHEAD:
        _begin_message(tracker)
    elif reply.digit == 3:
        authentication.join(tracker)


# -- the envelope ----------------------------------------------------------------------------------


def _greeted(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    if reply is not None:
        tracker.session.greeted(reply)


def _after_greeting(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    if tracker.early and code is not None:
        early.greeted(tracker, ts_ns, packet)


def _hello(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    chunks.settle(tracker, pending, dropped=ok)
    if ok and pending.command is not None:
        offer = reply.wording.offer() if reply is not None and reply.lines else None
        tracker.session.hello(pending.command, offer)


def _after_hello(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    if code is None:
        return
    early.settle(tracker)
    if code // 100 != 2:
        return
    if tracker.greeted_by and pending.command is not None:
        detail = f"{pending.verb} after {tracker.greeted_by}"
        tracker.session.anomaly("hello_repeated", CLIENT, detail, ts_ns, packet)
    tracker.greeted_by = pending.verb


def _mail(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    if ok and pending.command is not None:
        tracker.session.mail(pending.command)


def _rcpt(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    if pending.command is None:
        return
    tracker.session.rcpt(pending.command, accepted=ok, ts_ns=tracker.ts_ns, packet=tracker.packet)


def _reset(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    chunks.settle(tracker, pending, dropped=ok)
    if ok:
        tracker.session.drop()


def _restarted(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    """XCLIENT: the server starts anew, as behind its greeting."""
    if ok:
        tracker.session.drop()
        tracker.session.pipelining = False
        tracker.greeted_by = ""


# -- the message -----------------------------------------------------------------------------------


def _begin_message(tracker: Tracker, *, assumed: bool = False) -> None:
    chunks.overtaken(tracker)
    tracker.message = Message(DATA, tracker.limits, tracker.reading)
    tracker.message.assumed = assumed
    tracker.mode = Mode.MESSAGE
    tracker.synced[CLIENT] = True
    if tracker.held_lost:
        tracker.message.gap(tracker.held_lost)
        tracker.held_lost = 0


def _data_replied(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    waiting = len(tracker.inbox) > 0
    if code is None or code // 100 == 3:
        _begin_message(tracker, assumed=code is None)
        if waiting and code is not None:
            for kind in ("pipelined_past_sync_point", "data_before_354"):
                tracker.session.anomaly(kind, CLIENT, "message after DATA", ts_ns, packet)
        return
    tracker.mode = Mode.COMMANDS
    if waiting:
        # what was held may be a message that the client believed accepted
        tracker.session.trusted = False


def _message_replied(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    message = pending.message
    if message is None:
        # BURL: its octets came another way
        if code is not None and code // 100 == 2:
            tracker.session.drop()
        return
    if code == RECIPIENTS_FOLLOW and tracker.session.transaction is not None:
        for _ in range(tracker.session.transaction.accepted + 1):
            more = Pending(ROWS[END_OF_DATA], State.READY, None, pending.entry)
            more.message = message
            tracker.pending.insert(0, more)
        return
    if code is not None and (not message.code or code < message.code):
        # of several replies (RFC 2033 4.2) one that accepts decides
        message.code = code
    # its replies follow each other, so the next one tells
    if not tracker.pending or tracker.pending[0].message is not message:
        tracker.end_message(message, message.code or None, ts_ns, packet)


# -- STARTTLS --------------------------------------------------------------------------------------


def _starttls(tracker: Tracker, pending: Pending, reply: Reply | None, ok: bool) -> None:
    session = tracker.session
    session.context["smtp.starttls.state"] = "accepted" if ok else "refused"
    if reply is not None:
        session.context["smtp.starttls.code"] = reply.code
    if ok:
        session.drop()
        tracker.greeted_by = ""


def _starttls_replied(
    tracker: Tracker, pending: Pending, code: int | None, ts_ns: int, packet: int
) -> None:
    tracker.session.emit(Action.STARTTLS, ts_ns, packet)
    if code is None or code // 100 == 2:
        tracker.upgrade = Upgrade(tracker.session, tracker.limits, "starttls")
        if tracker.one_sided:
            tracker.upgrade.gap(SERVER, 0)
        tracker.early_octets = len(tracker.inbox) if code is not None else 0
        tracker.mode = Mode.UPGRADE
        return
    tracker.mode = Mode.COMMANDS
    if len(tracker.inbox):
        # refused, but tried all the same; they are commands now
        _, mark_ns, mark_packet, _ = tracker.inbox.next_mark()
        octets = len(tracker.inbox)
        tell_injection(tracker.session, tracker.inbox.peek(512), octets, mark_ns, mark_packet)


UPDATES: Final[dict[str, Callable[[Tracker, Pending, Reply | None, bool], None]]] = {
    CONNECT: _greeted,
    "EHLO": _hello,
    "HELO": _hello,
    "LHLO": _hello,
    "MAIL": _mail,
    "SEND": _mail,
    "SOML": _mail,
    "SAML": _mail,
    "RCPT": _rcpt,
    "RSET": _reset,
    "XCLIENT": _restarted,
    "AUTH": authentication.challenged,
    AUTH_ANSWER: authentication.challenged,
    "STARTTLS": _starttls,
}
FOLLOW_UPS: Final[dict[str, Callable[[Tracker, Pending, int | None, int, int], None]]] = {
    CONNECT: _after_greeting,
    "EHLO": _after_hello,
    "HELO": _after_hello,
    "LHLO": _after_hello,
    "DATA": _data_replied,
    "BDAT": chunks.chunk_replied,
    END_OF_DATA: _message_replied,
    "AUTH": authentication.auth_replied,
    AUTH_ANSWER: authentication.auth_replied,
    "STARTTLS": _starttls_replied,
}

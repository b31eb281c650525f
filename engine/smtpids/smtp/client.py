"""How the client's octets are read in each mode.

One function for each mode, in the table at the end: it takes what it can from the inbox and tells
whether it took anything. `tracker.py` says what the modes are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp import authentication, chunks, early, flood, foreign, loss, midstream
from smtpids.smtp.commandfacts import tell_command
from smtpids.smtp.commands import NO_COMMAND, Command, ordinary
from smtpids.smtp.pending import Mode, Pending
from smtpids.smtp.preamble import MOST_OCTETS, Proxied, proxied
from smtpids.smtp.redact import marks_of
from smtpids.smtp.states import (
    AUTH_ANSWER,
    CONNECT,
    END_OF_DATA,
    ROWS,
    State,
    Verb,
    assumed,
    is_in_order,
)
from smtpids.smtp.upgrade import Upgrade
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.tls import looks_like_tls

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.smtp.message import Message
    from smtpids.smtp.pending import Step
    from smtpids.smtp.tracker import Tracker

#: Octets that tell TLS from text.
TLS_PREFIX: Final = 64
#: SASL exchanges longer than any mechanism needs: the rest is not looked at.
MOST_ANSWERS: Final = 16
HELLOS: Final = frozenset({"EHLO", "HELO", "LHLO"})


def begin(tracker: Tracker, ts_ns: int, packet: int) -> bool:
    """Look at the client's first octets; tell whether they can be read on.

    A PROXY header is taken off. TLS from the first octet is implicit TLS (RFC 8314 3.3), or a
    mistake where the server has greeted in cleartext.
    """
    inbox, session = tracker.inbox, tracker.session
    first = not (tracker.proxied or session.ends.midstream)
    header = proxied(inbox.peek(MOST_OCTETS)) if first else False
    if header is None:
        return False
    if isinstance(header, Proxied):
        tracker.proxied = True
        inbox.take(header.octets)
        session.line(CLIENT, f"[PROXY header for {header.ip or 'nobody'}]", ts_ns, packet)
        if header.ip:
            session.context["smtpids.proxied.ip"] = header.ip
            session.context["smtpids.proxied.port"] = header.port
    is_tls = looks_like_tls(inbox.peek(TLS_PREFIX)) if len(inbox) else None
    if is_tls is None:
        return False
    if not is_tls and midstream.joins_tls(tracker, CLIENT, inbox.peek(TLS_PREFIX), ts_ns, packet):
        return True
    protocol = foreign.of_octets(inbox.peek(foreign.MOST_OCTETS)) if first and not is_tls else ""
    if protocol is None:
        return False
    tracker.beginning = False
    if protocol:
        tell_foreign(tracker, protocol, ts_ns, packet)
    if is_tls:
        if tracker.octets_seen[SERVER] and tracker.synced[CLIENT]:
            session.anomaly("tls_to_plaintext_server", CLIENT, "", ts_ns, packet)
        mode = "implicit" if midstream.is_implicit(tracker) else "starttls"
        tracker.upgrade = Upgrade(session, tracker.limits, mode)
        tracker.upgrade.begin(ts_ns, packet)
        tracker.pending.clear()
        tracker.move(State.TLS)
        tracker.mode = Mode.TLS
    return True


def tell_foreign(tracker: Tracker, protocol: str, ts_ns: int, packet: int) -> None:
    """The client speaks another protocol."""
    session = tracker.session
    session.context.setdefault("smtp.foreign_protocol", protocol)
    session.anomaly("foreign_protocol", CLIENT, protocol, ts_ns, packet)


def read(tracker: Tracker) -> None:
    """Read what waits, as far as the modes allow."""
    inbox = tracker.inbox
    while inbox.waiting and READERS[tracker.mode](tracker):
        pass


def _line(tracker: Tracker) -> bytes | None:
    """Take a line; of one that never ends only what came last is kept."""
    inbox = tracker.inbox
    line = inbox.line()
    if line is None and len(inbox) > tracker.limits.command_octets:
        session = tracker.session
        session.trusted = False
        if not tracker.dropped:
            session.anomaly("limit_reached", CLIENT, "command_octets", inbox.ts_ns, inbox.packet)
        tracker.dropped += len(inbox.take(len(inbox)))
    return line


# -- commands --------------------------------------------------------------------------------------


def _read_command(tracker: Tracker) -> bool:
    if not tracker.synced[CLIENT] and _is_amid_tls(tracker):
        return True
    if len(tracker.pending) >= tracker.limits.pending:
        loss.give_up_replies(tracker)
    line = _line(tracker)
    if line is None:
        return False
    command = (None if tracker.dropped else ordinary(line)) or Command(line)
    if not tracker.synced[CLIENT] and not midstream.is_command(tracker, command):
        return True
    if tracker.dropped:
        command.behead(tracker.dropped)
        tracker.dropped = 0
    take(tracker, command, line)
    return True


def take(tracker: Tracker, command: Command, line: bytes) -> None:
    """Take a command that was read from `line`, the last that was taken from the inbox."""
    session, inbox = tracker.session, tracker.inbox
    pending = tracker.pending
    row = command.row
    verb = row.name
    believed = pending[-1].after if pending else tracker.state
    if flood.is_only_counted(session, verb):
        flood.leave_out(session, inbox.ts_ns, inbox.packet)
        marks = marks_of(command.secret(trusted=session.trusted))
        session.count_command(verb, command.length)
        pending.append(Pending(NO_COMMAND, believed, None, None, marks))
        return
    in_order = is_in_order(row, believed)
    pipelined = _is_pipelined(tracker)
    if pipelined and early.missed(tracker):
        pipelined = False
        early.spoke(tracker, verb, inbox.ts_ns, inbox.packet)
    if not command.plain:
        _judge_line(tracker, command, line)
    _judge_place(tracker, row, believed, in_order=in_order, pipelined=pipelined)
    if row.keyword:
        command.read_path(row.keyword)
    words = command.shown(trusted=session.trusted)
    marks = marks_of(command.secret(trusted=session.trusted))
    if not command.known and command.may_be_secret(trusted=True):
        # and so may the lines behind it
        session.trusted = False
    session.count_command(verb, command.length)
    if verb == "QUIT":
        session.context["smtp.quit"] = True
    elif verb == "MAIL":
        session.utf8 = command.asks_for_utf8()
    elif verb in HELLOS and command.argument and "smtp.helo" not in session.context:
        # known even if it is refused or never answered
        session.name(command.argument)
    session.line(CLIENT, words[1], inbox.ts_ns, inbox.packet)
    entry = session.step(verb if command.known else None)
    if in_order or not flood.is_beyond(session):
        tell_command(tracker, verb, command, words, in_order=in_order, pipelined=pipelined)
    else:
        flood.leave_out(session, inbox.ts_ns, inbox.packet)
    session.after_chunk = False
    if not pending:
        tracker.aligned = True
    pending.append(Pending(row, assumed(row, believed), command, entry, marks))
    _enter(tracker, command, entry)
    if tracker.one_sided:
        tracker.assume()


def _is_amid_tls(tracker: Tracker) -> bool:
    """Go over to TLS where the capture does not show how it began."""
    inbox = tracker.inbox
    _, ts_ns, packet, _ = inbox.next_mark()
    return midstream.joins_tls(tracker, CLIENT, inbox.peek(TLS_PREFIX), ts_ns, packet)


def _is_pipelined(tracker: Tracker) -> bool:
    """Tell whether the client sent this before it had seen the last reply."""
    pending = tracker.pending
    if pending and pending[-1].verb != CONNECT:
        return True
    return 0 <= tracker.inbox.seen < tracker.replied_at and not pending


def _judge_line(tracker: Tracker, command: Command, line: bytes) -> None:
    session, inbox = tracker.session, tracker.inbox
    ts_ns, packet = inbox.ts_ns, inbox.packet
    if not line.endswith(b"\r\n"):
        session.anomaly("bare_lf", CLIENT, "in a command", ts_ns, packet)
    if 0 in command.line:
        session.anomaly("nul_in_line", CLIENT, "in a command", ts_ns, packet)
    if 0x0D in command.line:
        session.anomaly("bare_cr", CLIENT, "in a command", ts_ns, packet)
    if command.length > command.row.most_octets:
        detail = f"command line of {command.length} octets"
        session.anomaly("line_too_long", CLIENT, detail, ts_ns, packet)
    if not command.known:
        shown = command.shown(trusted=session.trusted)[0]
        session.anomaly("unknown_command", CLIENT, shown, ts_ns, packet)
        protocol = foreign.of_line(command.line) if session.trusted else ""
        if protocol:
            tell_foreign(tracker, protocol, ts_ns, packet)


def _judge_place(
    tracker: Tracker, row: Verb, believed: State, *, in_order: bool, pipelined: bool
) -> None:
    session, inbox = tracker.session, tracker.inbox
    verb = row.name
    ts_ns, packet = inbox.ts_ns, inbox.packet
    # DATA between chunks is out of order (RFC 3030 2), but not for want of an envelope
    enveloped = verb == "DATA" and believed is State.MESSAGE
    blamed = "" if in_order or enveloped else row.anomaly
    if blamed and session.is_whole() and not tracker.alone:
        session.anomaly(blamed, CLIENT, verb, ts_ns, packet)
    if pipelined and tracker.aligned and not tracker.alone:
        if tracker.group_end:
            detail = f"{verb} after {tracker.group_end}"
            early.anomaly(tracker, "pipelined_past_sync_point", detail, ts_ns, packet)
        if session.pipelining_known and not session.pipelining:
            early.anomaly(tracker, "pipelined_without_advertisement", verb, ts_ns, packet)
    tracker.group_end = verb if row.ends_group else ""


def _enter(tracker: Tracker, command: Command, entry: Step) -> None:
    """Change the mode as a command asks before its reply."""
    row = command.row
    verb = row.name
    if row.waits:
        tracker.mode = Mode.HELD
        if verb == "AUTH":
            authentication.begin_auth(tracker, command, entry)
        elif verb == "STARTTLS":
            tracker.session.context["smtp.starttls.state"] = "requested"
    elif row.drops:
        # a client may go on before it knows
        chunks.set_aside(tracker, tracker.pending[-1])
    elif verb == "BDAT":
        chunks.enter_chunk(tracker, command)
    elif verb == "BURL" and command.argument.upper().endswith(b" LAST"):
        tracker.pending[-1].row = ROWS[END_OF_DATA]
        tracker.pending[-1].after = State.READY


# -- SASL ------------------------------------------------------------------------------------------


def _read_answer(tracker: Tracker) -> bool:
    """A line of the client inside a SASL exchange: it goes there and nowhere else."""
    line = _line(tracker)
    if line is None:
        return False
    tracker.dropped = 0
    inbox = tracker.inbox
    octets = line.rstrip(b"\r\n")
    shown = "*" if octets == b"*" else f"[answer of {len(octets)} octets]"
    tracker.session.line(CLIENT, shown, inbox.ts_ns, inbox.packet)
    if tracker.exchange is not None and tracker.answers < MOST_ANSWERS:
        tracker.exchange.answer(octets)
    tracker.answers += 1
    tracker.pending.append(
        Pending(ROWS[AUTH_ANSWER], State.READY, None, tracker.auth_entry, marks_of(octets))
    )
    tracker.mode = Mode.HELD
    if tracker.one_sided:
        tracker.assume()
    return True


# -- messages --------------------------------------------------------------------------------------


def _read_message(tracker: Tracker) -> bool:
    message, inbox = tracker.message, tracker.inbox
    if message is None:
        tracker.mode = Mode.COMMANDS
        return True
    rest = message.feed_data(inbox.take_block())
    if rest is not None:
        inbox.untake(rest)
        _end_of_data(tracker, message, inbox.ts_ns, inbox.packet)
    return True


def message_octets(
    tracker: Tracker, message: Message, data: bytes, ts_ns: int, packet: int, seen: int
) -> None:
    """Read a block of a message that nothing waits in front of: the inbox would only copy it."""
    rest = message.feed_data(data)
    if rest is not None:
        tracker.inbox.put(rest, ts_ns, packet, seen)
        _end_of_data(tracker, message, ts_ns, packet)
        read(tracker)


def _end_of_data(tracker: Tracker, message: Message, ts_ns: int, packet: int) -> None:
    session = tracker.session
    session.line(CLIENT, "[message] .", ts_ns, packet)
    tracker.mode = Mode.COMMANDS
    tracker.group_end = ""
    tracker.message = None
    entry = session.step(END_OF_DATA)
    if message.early_code:
        entry.code = message.early_code
        tracker.move(State.READY)
        tracker.end_message(message, message.early_code, ts_ns, packet)
        return
    chunks.await_replies(tracker, message, entry, 0)
    if tracker.one_sided:
        tracker.assume()


# -- held, TLS -------------------------------------------------------------------------------------


def _read_held(tracker: Tracker) -> bool:
    inbox = tracker.inbox
    if len(inbox) <= tracker.limits.held_octets:
        return False
    _, ts_ns, packet, _ = inbox.next_mark()
    tracker.session.anomaly("limit_reached", CLIENT, "held_octets", ts_ns, packet)
    loss.go_on(tracker)
    if tracker.mode is Mode.HELD:
        inbox.clear()
    return True


def _read_upgrade(tracker: Tracker) -> bool:
    upgrade, inbox = tracker.upgrade, tracker.inbox
    if upgrade is None:
        tracker.mode = Mode.COMMANDS
        return True
    if _is_amid_tls(tracker):
        return True
    what, tracker.early_octets = upgrade.wait(inbox, tracker.early_octets, tracker.replied_at)
    if what == "tls":
        tracker.mode = Mode.TLS
        return True
    if what == "cleartext":
        _, ts_ns, packet, _ = inbox.next_mark()
        tracker.give_up_tls(ts_ns, packet)
        return True
    return False


def _read_tls(tracker: Tracker) -> bool:
    block = tracker.inbox.take_block()
    if tracker.upgrade is not None:
        tracker.upgrade.client(block, tracker.inbox.ts_ns, tracker.inbox.packet)
    return True


READERS: Final[dict[Mode, Callable[[Tracker], bool]]] = {
    Mode.COMMANDS: _read_command,
    Mode.HELD: _read_held,
    Mode.ANSWER: _read_answer,
    Mode.MESSAGE: _read_message,
    Mode.CHUNK: chunks.read_chunk,
    Mode.UPGRADE: _read_upgrade,
    Mode.TLS: _read_tls,
}

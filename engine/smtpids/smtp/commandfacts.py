"""What an event says of a command: its words, and what takes the session to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp import helo, path
from smtpids.smtp.events import ACTION_NAMES, Action
from smtpids.smtp.states import CONNECT

if TYPE_CHECKING:
    from smtpids.smtp.commands import Command
    from smtpids.smtp.events import Fields
    from smtpids.smtp.tracker import Tracker

_COMMAND: Final[str] = ACTION_NAMES[Action.COMMAND]
#: verb -> the keyword in the reply to EHLO by which a server offers it.
EXTENSIONS: Final[dict[str, str]] = {
    "STARTTLS": "STARTTLS",
    "AUTH": "AUTH",
    "BDAT": "CHUNKING",
    "BURL": "BURL",
    "ETRN": "ETRN",
    "ATRN": "ATRN",
    "XCLIENT": "XCLIENT",
    "XFORWARD": "XFORWARD",
}
#: Commands that may wait and be looked at; with more, nobody knows what the server will offer.
MOST_WAITING: Final = 100
#: A reply to one of these that is still to come may offer what is not offered yet.
_OFFERING: Final = frozenset({CONNECT, "EHLO", "LHLO"})
#: Commands that may hold UTF-8 if they say so or the MAIL before them did (RFC 6531 3.4, 3.7.4).
_WITH_UTF8: Final = frozenset({"MAIL", "RCPT", "SEND", "SOML", "SAML", "VRFY", "EXPN"})


def tell_command(
    tracker: Tracker,
    verb: str,
    command: Command,
    words: tuple[str, str],
    *,
    in_order: bool,
    pipelined: bool,
) -> None:
    """Say a command that was just read; `words` are its verb and its line as they may be shown."""
    session, inbox = tracker.session, tracker.inbox
    shown_verb, shown = words
    own = session.tell(_COMMAND, inbox.ts_ns, inbox.packet)
    own["smtp.command.verb"] = shown_verb
    own["smtp.command.line"] = shown
    own["smtp.command.length"] = command.length
    own["smtp.command.known"] = command.known
    own["smtp.command.pipelined"] = pipelined
    own["smtp.command.in_order"] = in_order
    add_command_facts(own, tracker, verb, command)
    if verb == "AUTH":
        own["smtp.command.argument"] = shown[len("AUTH ") :]
    elif command.known:
        own["smtp.command.argument"] = command.shown_argument()


def add_command_facts(own: Fields, tracker: Tracker, verb: str, command: Command) -> None:
    """Add the fields of a command that was just read; it does not wait for its reply yet."""
    session = tracker.session
    own["smtp.command.control"] = not command.plain and path.has_control(command.line)
    own["smtp.command.non_ascii"] = _is_beyond_ascii(tracker, verb, command)
    own["smtp.command.after_chunk"] = session.after_chunk
    if command.row.keyword:
        parts = command.parts()
        path.add_facts(own, parts, command.parameters)
        if session.own_domains and parts.domain:
            own["smtp.command.domain_own"] = helo.is_within(parts.domain, session.own_domains)
    if verb in EXTENSIONS and _is_told(tracker):
        own["smtp.command.offered"] = _is_offered(tracker, EXTENSIONS[verb])


def _is_beyond_ascii(tracker: Tracker, verb: str, command: Command) -> bool:
    if command.plain or command.line.isascii():
        return False
    if verb not in _WITH_UTF8:
        return True
    return not (tracker.session.utf8 or command.argument.upper().endswith(b" SMTPUTF8"))


def _is_told(tracker: Tracker) -> bool:
    """Tell whether it is known what the server offered."""
    session = tracker.session
    if not (session.is_whole() and session.pipelining_known) or tracker.alone:
        return False
    if len(tracker.pending) > MOST_WAITING:
        return False
    for pending in tracker.pending:  # noqa: SIM110 -- a generator costs more than it looks at
        if pending.verb in _OFFERING:
            return False
    return True


def _is_offered(tracker: Tracker, keyword: str) -> bool:
    extensions = tracker.session.extensions
    # old servers wrote AUTH=LOGIN
    return keyword in extensions or (
        keyword == "AUTH" and any(name.startswith("AUTH=") for name in extensions)
    )

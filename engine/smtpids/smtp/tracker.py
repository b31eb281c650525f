"""Follows one SMTP session from both sides and says what happened.

The two ends steer each other: a reply decides how the client's next octets are to be read, as
commands, as a message, as SASL answers or as TLS. So the tracker keeps one *mode* for the client's
octets and a queue of commands that wait for their replies:

* Octets of the client go into the inbox and are read as the mode says (`client.py`). A command
  whose reply decides (`waits` in `states.VERBS`) stops the reading: what comes behind it is held,
  up to a limit.
* A reply answers the oldest command that waits. It moves the confirmed state (`states.OUTCOMES`),
  changes what the session remembers (`session.py`) and may change the mode (`replied.py`), upon
  which the held octets are read.
* Order is judged against the state a pipelining client believes in; out of order is an anomaly and
  changes nothing.

Nothing raises, whatever either side sends. The tracker has no clock and no I/O; it is fed by one
call for each stream event and returns what happened, oldest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mime import Reading
from smtpids.smtp import authentication, chunks, client, early, loss, midstream, replied, smuggling
from smtpids.smtp.commands import ordinary
from smtpids.smtp.dialogue import dialogue_of
from smtpids.smtp.events import ACTION_NAMES, Action
from smtpids.smtp.inbox import Inbox
from smtpids.smtp.pending import UPGRADED, Mode, Pending, Step
from smtpids.smtp.replies import REPLY_LINE_OCTETS, ReplyReader
from smtpids.smtp.session import Session
from smtpids.smtp.states import AUTH_ANSWER, CONNECT, END_OF_DATA, ROWS, STATE_NAMES, State, outcome
from smtpids.smtp.telling import say_message
from smtpids.tcp.events import CLIENT, SERVER

if TYPE_CHECKING:
    from smtpids.config import Config
    from smtpids.smtp.endofdata import Place
    from smtpids.smtp.ends import Ends
    from smtpids.smtp.events import Event
    from smtpids.smtp.message import Message
    from smtpids.smtp.replies import Reply
    from smtpids.smtp.sasl import Exchange
    from smtpids.smtp.upgrade import Upgrade

#: Commands behind which a client goes on only with a reply; behind STARTTLS it would be TLS.
GONE_ON: Final = frozenset({"DATA", "AUTH", AUTH_ANSWER})

_COMMANDS: Final[Mode] = Mode.COMMANDS
_MESSAGE: Final[Mode] = Mode.MESSAGE
_TLS: Final[Mode] = Mode.TLS
_SESSION_END: Final[str] = ACTION_NAMES[Action.SESSION_END]


class Tracker:
    """One session; the attributes are its working state, shared by client.py and replied.py."""

    __slots__ = (
        "aligned",
        "alone",
        "answers",
        "auth_entry",
        "beginning",
        "chunk_last",
        "chunk_left",
        "chunk_pending",
        "chunk_refused",
        "dropped",
        "early",
        "early_anomalies",
        "early_octets",
        "exchange",
        "greeted_by",
        "group_end",
        "held_lost",
        "inbox",
        "inspected",
        "limits",
        "message",
        "mode",
        "octets_seen",
        "one_sided",
        "packet",
        "packets",
        "pending",
        "proxied",
        "reading",
        "replied_at",
        "replies",
        "server_closed",
        "session",
        "state",
        "surplus",
        "suspect",
        "synced",
        "ts_ns",
        "unanswered",
        "upgrade",
    )

    def __init__(self, ends: Ends, config: Config, reading: Reading | None = None) -> None:
        limits = self.limits = config.limits
        self.reading = reading or Reading(own_domains=config.own_domains)
        self.inspected = config.tls_inspection_tap
        self.session = Session(ends, limits, config.own_domains)
        self.state = State.LOST if ends.midstream else State.CONNECTED
        self.mode = _COMMANDS
        self.inbox = Inbox()
        self.replies = ReplyReader(limits.reply_octets)
        self.pending: list[Pending] = []
        self.held_lost = 0
        """Octets lost while a reply was awaited."""
        if not ends.midstream:
            self.pending.append(Pending(ROWS[CONNECT], State.GREETED))
        self.synced = [not ends.midstream, not ends.midstream]
        """For each side: where its lines begin is known. Else what is no command or no reply may
        be a piece of anything, and nothing is said of it."""
        self.aligned = not ends.midstream
        """Replies pair with commands; not so behind a gap until a command comes with none open."""
        self.alone = False
        """Nothing of the other side was ever captured."""
        self.ts_ns = ends.start_ns
        self.packet = ends.first_packet
        self.message: Message | None = None
        self.suspect: Place | None = None
        """An envelope hidden in the last message."""
        self.surplus = 0
        """Replies that answer nothing, since then."""
        self.exchange: Exchange | None = None
        self.auth_entry: Step | None = None
        self.answers = 0
        """Lines of the client in the SASL exchange."""
        self.upgrade: Upgrade | None = None
        self.early_octets = 0
        """Octets of the client that were there before the reply to STARTTLS."""
        self.chunk_left = 0
        self.chunk_last = False
        self.chunk_pending: Pending | None = None
        self.chunk_refused = False
        """Nobody takes the chunks that come, up to the last one."""
        self.greeted_by = ""
        """The hello that was accepted last."""
        self.group_end = ""
        """The last command, if it must end a pipelined group."""
        self.replied_at = 0
        """Offset in the server's stream behind its last reply."""
        self.early = False
        """The client spoke before the greeting."""
        self.early_anomalies: tuple[tuple[str, str, int, int], ...] = ()
        """Anomalies of what it said then, as long as the server may say that it takes that."""
        self.dropped = 0
        """Octets of a client's line that were too many to keep; its end is still to come."""
        self.one_sided = False
        self.server_closed = False
        self.beginning = True
        """Whether the client's first octets may still turn out to be no command."""
        self.proxied = False
        """Whether a PROXY header was taken off."""
        self.octets_seen = [0, 0]
        self.packets = 0
        self.unanswered = 0
        """Packets of a side while nothing of the other was ever captured."""

    # -- what TCP says -----------------------------------------------------------------------------

    def octets(
        self, side: int, data: bytes, ts_ns: int, packet: int, seen: int, *, alone: bool = False
    ) -> list[Event]:
        """Take the next octets of a side.

        `seen` is how many octets of the other side their sender had acknowledged, -1 if unknown;
        `alone` that no packet of the other side was ever captured.
        """
        self.ts_ns, self.packet, self.alone = ts_ns, packet, alone
        octets_seen = self.octets_seen
        octets_seen[side] = octets_seen[side] + len(data)
        self.packets += 1
        if side == CLIENT:
            self._client_octets(data, ts_ns, packet, seen)
        else:
            self._server_octets(data, ts_ns, packet, seen)
        if alone and not self.one_sided and loss.consider_one_sided(self, side, ts_ns, packet):
            client.read(self)
        return self._drain()

    def gap(self, side: int, length: int, ts_ns: int, packet: int) -> list[Event]:
        """Octets of a side are not in the capture (`length` 0 if nobody knows how many)."""
        self.ts_ns, self.packet = ts_ns, packet
        loss.gap(self, side, length, ts_ns, packet)
        client.read(self)
        return self._drain()

    def conflict(self, side: int, length: int, ts_ns: int, packet: int) -> list[Event]:
        """Octets were sent again with other values."""
        detail = f"{length} octets"
        if side == CLIENT:
            # what looks like no command may be the rest of AUTH, whose beginning was another's
            self.session.trusted = False
        self.session.anomaly("tcp_overlap_conflict", side, detail, ts_ns, packet)
        return self._drain()

    def oddity(self, kind: str, side: int, ts_ns: int, packet: int) -> list[Event]:
        """A packet of a side was odd below SMTP: its fragments, or urgent octets."""
        self.session.anomaly(kind, side, "", ts_ns, packet)
        return self._drain()

    def limit(self, name: str, ts_ns: int, packet: int) -> list[Event]:
        """A limit of the TCP layer was met on this connection."""
        self.session.anomaly("limit_reached", CLIENT, name, ts_ns, packet)
        return self._drain()

    def half_closed(self, side: int, ts_ns: int, packet: int) -> list[Event]:
        """A side sent FIN and all its octets were read."""
        if side == SERVER:
            self.server_closed = True
            self._flush_reply()
        return self._drain()

    def closed(self, reason: str, ts_ns: int, packet: int, packets: int = 0) -> list[Event]:
        """The connection is over: say what can no longer come, then the end."""
        session = self.session
        self._flush_reply()
        unended = len(self.replies.inbox)
        if unended > REPLY_LINE_OCTETS:
            detail = f"reply line of {unended} octets"
            session.anomaly("line_too_long", SERVER, detail, ts_ns, packet)
        while self.mode is Mode.HELD and len(self.inbox) and self.pending[-1].verb in GONE_ON:
            # the client went on, so it had a reply that cannot be read in the capture
            loss.go_on(self)
            client.read(self)
        while self.pending:
            replied.never(self, self.pending.pop(0), ts_ns, packet)
        if self.message is not None:
            chunks.cut_off(self, self.message, ts_ns, packet)
        authentication.end_auth(self, None, ts_ns, packet)
        early.settle(self)
        if self.upgrade is not None:
            certain = reason in loss.ENDED and not (self.one_sided or self.alone)
            self.upgrade.close(ts_ns, packet, certain=certain and session.is_whole())
        end = session.tell(_SESSION_END, ts_ns, packet)
        end["session.close_reason"] = reason
        end["session.duration"] = max(ts_ns - session.ends.start_ns, 0)
        end["session.packets"] = packets or self.packets
        end["source.bytes"] = self.octets_seen[CLIENT] + session.octets_lost[CLIENT]
        end["destination.bytes"] = self.octets_seen[SERVER] + session.octets_lost[SERVER]
        end["smtp.dialogue"] = dialogue_of(session.dialogue)
        session.tally.add_fields(end)
        return self._drain()

    def _drain(self) -> list[Event]:
        events = self.session.events
        if events:
            self.session.events = []
        return events

    # -- the client --------------------------------------------------------------------------------

    def _client_octets(self, data: bytes, ts_ns: int, packet: int, seen: int) -> None:
        if self.mode is _MESSAGE and self.message is not None and not self.inbox.waiting:
            client.message_octets(self, self.message, data, ts_ns, packet, seen)
            return
        if self.mode is _TLS and self.upgrade is not None:
            # a close_notify behind the server's FIN is ordinary
            self.upgrade.client(data, ts_ns, packet)
            return
        if self.server_closed and not 0 <= seen < self.octets_seen[SERVER]:
            self.session.anomaly("client_data_after_server_close", CLIENT, "", ts_ns, packet)
        waiting = self.replies.inbox.waiting
        if waiting and (seen < 0 or seen >= self.replies.taken + waiting):
            # it has read what looks like half a line to us, and answers
            self._flush_reply()
        if self._is_at_commands() and (command := ordinary(data)) is not None:
            # no beginning of another protocol has the form of a command
            self.beginning = False
            if self.state is State.CONNECTED and self.pending:
                self.early = True
            self.inbox.pass_by(len(data), ts_ns, packet, seen)
            client.take(self, command, data)
            return
        self.inbox.put(data, ts_ns, packet, seen)
        if self.beginning and not client.begin(self, ts_ns, packet):
            return
        if self.state is State.CONNECTED and self.pending:
            self.early = True
        client.read(self)

    def _is_at_commands(self) -> bool:
        """Tell whether nothing stands in front of a command, and nothing is to be found out."""
        return (
            self.mode is _COMMANDS
            and not self.inbox.waiting
            and self.synced[CLIENT]
            and not self.dropped
            and (not self.pending or len(self.pending) < self.limits.pending)
        )

    def give_up_tls(self, ts_ns: int, packet: int) -> None:
        """No TLS followed the 220 to STARTTLS: the session goes on in cleartext."""
        if self.upgrade is None:
            return
        # one that nobody saw answered may have been refused
        answered = "smtp.starttls.code" in self.session.context
        self.synced[CLIENT] = self.synced[CLIENT] and answered
        inspected = self.inspected and answered
        held = self.upgrade.give_up(ts_ns, packet, inspected=inspected, answered=answered)
        self.upgrade = None
        self.mode = _COMMANDS
        self.move(State.GREETED if inspected else State.LOST)
        if held:
            self._server_octets(held, ts_ns, packet, -1)

    # -- the server --------------------------------------------------------------------------------

    def _server_octets(self, data: bytes, ts_ns: int, packet: int, seen: int) -> None:
        if self.upgrade is not None and self.mode in UPGRADED:
            if self.mode is _TLS and self.upgrade.is_answered_in_clear(data):
                self.session.anomaly("tls_to_plaintext_server", CLIENT, "", ts_ns, packet)
            self.upgrade.server(data, ts_ns, packet)
            return
        replies, inbox = self.replies, self.replies.inbox
        # a server whose client was heard joins nothing
        new = not (self.synced[SERVER] and self.octets_seen[CLIENT])
        if new and not inbox.waiting and midstream.joins_tls(self, SERVER, data, ts_ns, packet):
            self._server_octets(data, ts_ns, packet, seen)
            return
        whole = replies.whole(data, ts_ns, packet, seen)
        if whole is not None:
            self._reply(whole)
            client.read(self)
            return
        replies.feed(data, ts_ns, packet, seen)
        while self.mode not in UPGRADED:
            reply = replies.next(keep=self._may_keep()) if inbox.waiting else None
            replied.tell_faults(self)
            if reply is None:
                return
            self._reply(reply)
            client.read(self)
        rest = inbox.take(inbox.waiting)
        if rest and self.upgrade is not None:
            replies.taken += len(rest)
            self.upgrade.server(rest, ts_ns, packet)

    def _may_keep(self) -> bool:
        """Tell whether the next reply can repeat no secret, and is not the name of a message."""
        first = self.pending[0] if self.pending else None
        return first is None or not (first.marks or first.verb == END_OF_DATA)

    def _flush_reply(self) -> None:
        """Take a reply whose line end never came."""
        if self.mode in UPGRADED or not self.replies.inbox.waiting:
            return
        reply = self.replies.flush()
        replied.tell_faults(self)
        if reply is not None:
            self._reply(reply)
            client.read(self)

    def _reply(self, reply: Reply) -> None:
        self.synced[SERVER] = True
        if not self.pending:
            replied.unmatched(self, reply)
            return
        self.replied_at = reply.end
        replied.realign(self, reply)
        pending = self.pending.pop(0)
        self.move(outcome(pending.row, reply.digit, self.state))
        if self.state is not pending.after:
            replied.believe(self)
        replied.answer(self, pending, reply)

    def move(self, state: State) -> None:
        """Set the confirmed state."""
        self.state = state
        self.session.context["session.state"] = STATE_NAMES[state]

    # -- what is lost ------------------------------------------------------------------------------

    def assume(self) -> None:
        """Take every command that waits as having succeeded: its reply is not in the capture."""
        loss.assume(self)

    def end_message(self, message: Message, code: int | None, ts_ns: int, packet: int) -> None:
        """Say a message: its final reply came, or can no longer come."""
        session = self.session
        if message is self.message:
            self.message = None
        session.listed_octets -= message.charged
        message.end()
        session.count("smtp.message.count")
        session.tally.message(code)
        say_message(session, message, code, ts_ns, packet)
        session.drop()
        smuggling.message_ended(self, message)

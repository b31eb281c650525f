"""What is remembered of a session, and how an event of it comes about.

`context` is the flat mapping that every event carries a copy of: the session as it was at that
moment. The tracker decides when something happened; the functions here say what it changes.
Every list is bounded and replaced, not appended to, since events hold on to the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp import helo, path
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.context import context_of, roomy
from smtpids.smtp.events import ACTION_NAMES, Action, Event, Line
from smtpids.smtp.offer import NO_OFFER, Offer
from smtpids.smtp.pending import Step
from smtpids.smtp.states import CONNECT
from smtpids.smtp.tally import Tally
from smtpids.smtp.transaction import Transaction
from smtpids.tcp.events import CLIENT, SERVER
from smtpids.text import as_text

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.smtp.commands import Command
    from smtpids.smtp.ends import Ends
    from smtpids.smtp.events import Fields, Value
    from smtpids.smtp.replies import Reply

#: Dialogue lines kept as evidence: the first ones tell who it is, the last ones what led here.
FIRST_LINES: Final = 8
LAST_LINES: Final = 24
_MOST_LINES: Final = FIRST_LINES + LAST_LINES
_GREETING: Final[str] = ACTION_NAMES[Action.GREETING]
_ANOMALY: Final[str] = ACTION_NAMES[Action.ANOMALY]
_REPLY: Final[str] = ACTION_NAMES[Action.REPLY]
#: Octets that a command of the dialogue costs, and how many of them an ordinary session has.
STEP_OCTETS: Final = 256
FREE_STEPS: Final = 64
#: Octets that a recipient costs beside its characters, and how many stay if there is no room.
RECIPIENT_OCTETS: Final = 64
KEPT_RECIPIENTS: Final = 16
#: Kinds told once in a session: they say how a peer is, not what it did.
ONCE: Final = frozenset(
    {
        "bare_lf",
        "bare_cr",
        "nul_in_line",
        "pipelined_without_advertisement",
        "pipelined_past_sync_point",
        "client_before_banner",
        "client_data_after_server_close",
        "one_sided",
        "tls_to_plaintext_server",
        "urgent_data",
        "plaintext_after_starttls",
        "cleartext_after_tls",
        "dot_stuffing_violation",
        "message_truncated_by_capture",
        "smuggling_accepted",
        "foreign_protocol",
    }
)


class Session:
    """Context, evidence and events of one session."""

    __slots__ = (
        "after_chunk",
        "anomalies",
        "cancelled",
        "context",
        "dialogue",
        "ends",
        "events",
        "extensions",
        "limits",
        "line_count",
        "lines",
        "listed_octets",
        "most_steps",
        "named",
        "octets_lost",
        "own_domains",
        "pipelining",
        "pipelining_known",
        "tally",
        "told",
        "transaction",
        "trusted",
        "utf8",
    )

    def __init__(self, ends: Ends, limits: Limits, own_domains: tuple[str, ...] = ()) -> None:
        self.ends = ends
        self.own_domains = own_domains
        self.tally = Tally()
        self.extensions = NO_OFFER.names
        """What the last reply to EHLO offered."""
        self.after_chunk = False
        """A chunk of BDAT ended, and no command came since."""
        self.cancelled = ""
        """The mechanism of the last AUTH, if its client gave up."""
        self.named: bytes | None = None
        """The name that the client gave last."""
        self.utf8 = False
        """The last MAIL asked for SMTPUTF8."""
        self.limits = limits
        self.events: list[Event] = []
        self.lines: list[Line] = []
        self.line_count = 0
        self.dialogue: list[Step] = []
        self.most_steps = limits.dialogue
        self.listed_octets = 0
        """About what long lists of the session cost: see `budget.py`."""
        self.told: tuple[str, ...] = ()
        self.anomalies = 0
        self.octets_lost = [0, 0]
        """Octets of each side that the capture is known to lack."""
        self.transaction: Transaction | None = None
        self.pipelining = False
        self.pipelining_known = not ends.midstream
        """The last reply to EHLO, if there was one, is in the capture."""
        self.trusted = not ends.midstream
        """Whether a line that is no command may be shown: see commands.Command.shown."""
        self.context = context_of(ends)

    def is_whole(self) -> bool:
        """Tell whether nothing of it is missing so far, so that what seems odd is."""
        context = self.context
        return not (context["session.gap"] or context["session.one_sided"] or self.ends.midstream)

    # -- events ------------------------------------------------------------------------------

    def emit(self, action: Action, ts_ns: int, packet: int, own: Fields | None = None) -> None:
        """Say that `action` happened; `own` are the fields that only this event carries."""
        fields = self.tell(ACTION_NAMES[action], ts_ns, packet)
        if own:
            fields.update(own)

    def tell(self, action: str, ts_ns: int, packet: int) -> Fields:
        """Say that `action` happened, and return the fields of the event, to be added to."""
        fields = self.context.copy()
        fields["event.action"] = action
        fields["@timestamp"] = ts_ns
        fields["smtpids.pcap.packet"] = packet
        self.events.append(Event(action, ts_ns, packet, fields, None, self.lines, self.line_count))
        return fields

    def anomaly(
        self,
        kind: str,
        side: int,
        detail: str,
        ts_ns: int,
        packet: int,
        own: Fields | None = None,
    ) -> None:
        """Say an oddity; `detail` may hold what is not secret of the traffic."""
        assert kind in ANOMALIES, kind
        if kind in ONCE:
            if kind in self.told:
                return
            self.told = (*self.told, kind)
        self.anomalies += 1
        if self.anomalies > self.limits.anomalies:
            return
        if self.anomalies == self.limits.anomalies:
            kind, detail, own = "limit_reached", "anomalies", None
        fields: Fields = {"smtp.anomaly.kind": kind, "smtp.anomaly.side": _named(side)}
        if detail:
            fields["smtp.anomaly.detail"] = detail
        if own:
            fields.update(own)
        self.tell(_ANOMALY, ts_ns, packet).update(fields)

    def line(self, side: int, shown: str, ts_ns: int, packet: int) -> None:
        """Keep a redacted dialogue line as evidence."""
        self.line_count += 1
        lines = self.lines
        if len(lines) >= _MOST_LINES:
            del lines[FIRST_LINES : FIRST_LINES + LAST_LINES // 2]
        lines.append(Line(self.line_count, _named(side), shown, packet, ts_ns))

    def step(self, verb: str | None) -> Step:
        """Add a command to the dialogue and return its entry, whose code is set by the reply."""
        entry = Step(verb)
        steps = len(self.dialogue)
        if steps < self.most_steps:
            self.dialogue.append(entry)
            if steps >= FREE_STEPS:
                self.listed_octets += STEP_OCTETS
                if steps == FREE_STEPS:
                    self.context = roomy(self.context)
        elif "dialogue" not in self.told:
            self.told = (*self.told, "dialogue")
            last = self.lines[-1] if self.lines else None
            ts_ns = self.ends.start_ns if last is None else last.ts_ns
            packet = self.ends.first_packet if last is None else last.packet
            self.anomaly("limit_reached", CLIENT, "dialogue", ts_ns, packet)
        return entry

    def reply(self, reply: Reply, verb: str, words: bytes) -> None:
        """Say a reply to `verb` with the text that may be shown of it."""
        wording = reply.wording
        said = wording.said(words)
        self.line(SERVER, said.line, reply.ts_ns, reply.packet)
        if verb == CONNECT:
            fields = self.tell(_GREETING, reply.ts_ns, reply.packet)
            fields["smtp.reply.length"] = wording.longest
            fields["smtp.reply.lines"] = len(wording.lines)
            return
        fields = self.tell(_REPLY, reply.ts_ns, reply.packet)
        fields["smtp.reply.length"] = wording.longest
        fields["smtp.reply.lines"] = len(wording.lines)
        fields["smtp.reply.code"] = wording.code
        fields["smtp.reply.class"] = wording.digit
        fields["smtp.reply.enhanced"] = said.enhanced
        fields["smtp.reply.text"] = said.text
        fields["smtp.reply.verb"] = verb

    # -- what replies change -----------------------------------------------------------------

    def greeted(self, reply: Reply) -> None:
        """The server's first reply."""
        self.context.update(reply.wording.greeting())

    def name(self, argument: bytes) -> None:
        """The client gave its name."""
        context, ends = self.context, self.ends
        self.named = argument
        context["smtp.helo"] = as_text(argument)
        for name in _MATCHES:
            if name in context:
                del context[name]
        context.update(helo.facts(argument, ends.client_ip, ends.server_ip, self.own_domains))

    def hello(self, command: Command, offer: Offer | None) -> None:
        """An EHLO, HELO or LHLO was accepted: the name is known, the envelope is dropped.

        `offer` is that of the reply, None if the capture has none.
        """
        context = self.context
        if command.argument != self.named:
            self.name(command.argument)
        self.pipelining_known = offer is not None or self.pipelining_known
        if offer is None or command.verb == "HELO":
            offer = NO_OFFER
        context["smtp.ehlo.keywords"] = offer.keywords
        context["smtp.ehlo.masked_keywords"] = offer.masked
        context["smtp.auth.offered"] = offer.mechanisms
        names = self.extensions = offer.names
        if offer.size_limit is not None:
            context["smtp.size_limit"] = offer.size_limit
        else:
            context.pop("smtp.size_limit", None)
        self.pipelining = "PIPELINING" in names
        offered = context["smtp.starttls.offered"] = "STARTTLS" in names
        if offered and context["smtp.starttls.state"] == "none":
            context["smtp.starttls.state"] = "offered"
        self.drop()

    def mail(self, command: Command) -> None:
        """A MAIL was accepted: a transaction begins."""
        self.drop()
        self.transaction = Transaction()
        parts = command.parts()
        context = self.context
        context["smtp.transaction.index"] = _plus_one(context["smtp.transaction.index"])
        context["smtp.mail_from"] = parts.text
        context["smtp.mail_from_domain"] = parts.last_domain
        if command.parameters:
            size = path.declared_size(command.parameters)
            if size is not None:
                context["smtp.message.declared_size"] = size
        context["smtp.rcpt.accepted"] = 0
        context["smtp.rcpt.rejected"] = 0

    def rcpt(self, command: Command, *, accepted: bool, ts_ns: int, packet: int) -> None:
        """A RCPT was answered."""
        transaction = self.transaction
        if transaction is None:
            if not accepted:
                return
            transaction = self.transaction = Transaction()
        context = self.context
        if not accepted:
            transaction.rejected += 1
            context["smtp.rcpt.rejected"] = transaction.rejected
            return
        transaction.accepted += 1
        context["smtp.rcpt.accepted"] = transaction.accepted
        parts = command.parts()
        transaction.reached(context, parts.last_domain, self.own_domains)
        if len(transaction.rcpt_to) < self.limits.recipients:
            recipient = parts.text
            context["smtp.rcpt_to"] = transaction.rcpt_to = [*transaction.rcpt_to, recipient]
            transaction.octets += RECIPIENT_OCTETS + len(recipient)
            self.listed_octets += RECIPIENT_OCTETS + len(recipient)
        elif transaction.accepted == self.limits.recipients + 1:
            self.anomaly("limit_reached", CLIENT, "recipients", ts_ns, packet)

    def drop(self) -> None:
        """Forget the envelope (RSET, an accepted hello, STARTTLS, the end of a message)."""
        if self.transaction is not None:
            self.listed_octets -= self.transaction.octets
            self.transaction = None
            context = self.context
            for name in _ENVELOPE:
                if name in context:
                    del context[name]
            index = context["smtp.transaction.index"]
            if isinstance(index, int) and index & 1 == 0:
                # a mapping keeps the places of what was taken out, and is copied slowly for them
                self.context = roomy(context)

    def shed(self) -> None:
        """Keep only the beginnings of long lists: all sessions together hold too much."""
        del self.dialogue[FREE_STEPS:]
        self.most_steps = min(self.most_steps, FREE_STEPS)
        transaction = self.transaction
        if transaction is not None and transaction.octets:
            transaction.rcpt_to = transaction.rcpt_to[:KEPT_RECIPIENTS]
            transaction.octets = 0
            self.context["smtp.rcpt_to"] = transaction.rcpt_to
        self.listed_octets = 0

    def count_command(self, verb: str, octets: int) -> None:
        """The client sent a command in a line of so many octets."""
        self.tally.command(verb, octets)
        self.context["smtp.command.count"] = self.tally.commands

    def count(self, name: str) -> None:
        """Add one to a counter of the context."""
        self.context[name] = _plus_one(self.context.get(name))


_MATCHES: Final[tuple[str, ...]] = ("smtp.helo_matches_source", "smtp.helo_matches_destination")
_ENVELOPE: Final[tuple[str, ...]] = (
    "smtp.mail_from",
    "smtp.mail_from_domain",
    "smtp.rcpt_to",
    "smtp.rcpt.accepted",
    "smtp.rcpt.rejected",
    "smtp.rcpt.domains",
    "smtp.rcpt.foreign",
    "smtp.message.declared_size",
)


def _named(side: int) -> str:
    return "client" if side == CLIENT else "server"


def _plus_one(value: Value) -> int:
    return value + 1 if isinstance(value, int) else 1

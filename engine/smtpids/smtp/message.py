"""The content of one message while it passes, and what is said of it at its end.

The octets go to three readers at once: the strict one of framing.py, which takes leading dots away;
the tolerant one of endofdata.py, which only notes; the mail reader, which sees the content. None of
them minds how the octets are cut, and few large blocks cost less than many small ones: so what
cannot hold the end waits until there is enough of it, or somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mail import LATE, MessageReader, Reading
from smtpids.mail.domains import organisation
from smtpids.smtp import flood
from smtpids.smtp.endofdata import STRICT, EndOfDataReader
from smtpids.smtp.events import Action
from smtpids.smtp.framing import TEXT_LINE_OCTETS, DataReader
from smtpids.tcp.events import CLIENT
from smtpids.text import as_text

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.smtp.endofdata import Place
    from smtpids.smtp.events import Event, Fields
    from smtpids.smtp.session import Session

DATA: Final = "DATA"
BDAT: Final = "BDAT"
#: Octets of DATA that wait at most. The readers cost a fifth less an octet than in blocks of one
#: segment; more makes no difference but to memory, and very many messages may be underway.
BATCH_OCTETS: Final = 16 * 1024
#: A dot that begins a line: the end of data has one.
_DOT: Final = b"\r\n."
#: The dot of it, as a number: octets that are looked for as such cost no exception in CPython.
_POINT: Final = 0x2E
_CR: Final = 0x0D
_LF: Final = 0x0A
#: Octets before a place that may belong to the end of data.
_BEFORE: Final = 4
#: For messages outside of a run.
AS_USUAL: Final = Reading()

#: A message of fewer octets holds nothing that a rule could mean.
LITTLE: Final = 64


class Message:
    """One message, sent by DATA or by BDAT."""

    __slots__ = (
        "_data",
        "_end",
        "_hashes",
        "_last",
        "_mail",
        "_waiting",
        "_waiting_octets",
        "assumed",
        "charged",
        "chunks",
        "code",
        "complete",
        "early_code",
        "empty_chunks",
        "framing",
        "lost",
        "missing",
    )

    def __init__(self, framing: str, limits: Limits, reading: Reading = AS_USUAL) -> None:
        self.framing = framing
        self._mail = MessageReader(
            limits,
            store=reading.store,
            hidden=reading.hidden,
            own_domains=reading.own_domains,
            # a copy is named by its hash; whoever wants a hash of each message reads it once
            late=reading.store is None and not reading.hashes,
        )
        self._hashes = reading.hashes
        if self._hashes == LATE:
            self._mail.hash_now()  # there is nothing to wait for
        self._data = DataReader()
        self._end = EndOfDataReader()
        self._waiting: list[bytes] = []
        self._waiting_octets = 0
        self._last = b"\r\n"
        """What came last, at least as many octets as may belong to the end of data."""
        self.chunks = 0
        self.empty_chunks = 0
        """Those of no octets that are not the last."""
        self.missing = 0
        """Octets of the chunk at hand that did not come before the session ended."""
        self.assumed = False
        """Whether the reply that let the client begin is not in the capture."""
        self.complete = False
        """Whether the client ended it."""
        self.lost = False
        """Whether octets of it are missing from the capture."""
        self.charged = 0
        """What it holds while its reply is awaited: see `budget.py`."""
        self.code = 0
        """The final reply that counts, 0 as long as there is none."""
        self.early_code = 0
        """A refusal that came before the end of data."""

    @property
    def size(self) -> int:
        """Octets of content so far."""
        self._settle()
        return self._mail.size

    @property
    def held_octets(self) -> int:
        """About what is held of it."""
        return self._mail.held_octets + self._waiting_octets

    def shed(self) -> None:
        """Let go of what is held: the rest is read all the same."""
        self._settle()
        self._mail.shed()

    def hash_now(self) -> None:
        """Keep its content no longer."""
        self._settle()
        self._mail.hash_now()

    def put_off(self, event: Event) -> None:
        """Let `event` make the fields that `fields` left out, if it is told."""
        rest = LATE - self._hashes
        if rest:
            event.late, event.late_octets = self._mail.put_off(rest)

    def feed_data(self, raw: bytes) -> bytes | None:
        """Take raw octets of DATA; return what came behind the end, or None if it did not come."""
        if not self._may_end(raw):
            self._keep(raw)
            if self._waiting_octets >= BATCH_OCTETS:
                self._settle()
            return None
        self._settle()
        self._last = (self._last + raw[-_BEFORE:])[-_BEFORE:]
        content = self._data.feed(raw)
        self._mail.feed(content)
        if not self._data.ended:
            self._end.feed(raw)
            return None
        rest = self._data.rest
        self._end.feed(raw[: len(raw) - len(rest)] if rest else raw)
        self._end.end(rest)
        self.complete = True
        return rest

    def keep(self, raw: bytes) -> bool:
        """Take raw octets of DATA if they can wait; what it holds then grows by them alone."""
        if self._waiting_octets + len(raw) >= BATCH_OCTETS or self._may_end(raw):
            return False
        self._keep(raw)
        return True

    def _keep(self, raw: bytes) -> None:
        self._waiting.append(raw)
        self._waiting_octets += len(raw)
        self._last = raw if len(raw) >= _BEFORE else self._last[-_BEFORE:] + raw

    def _may_end(self, raw: bytes) -> bool:
        """Tell whether a line that begins with a dot begins or goes on in `raw`."""
        # from behind it is found three times as fast, a single octet thirty times
        if _POINT in raw and raw.rfind(_DOT) >= 0:
            return True
        before = self._last
        if not before:
            return False
        last = before[-1]
        begun = last in (_CR, _LF, _POINT)
        return begun and (before[-_BEFORE:] + raw[:2]).find(_DOT) >= 0

    def _settle(self) -> None:
        """Let the readers have what waits, which holds no end."""
        if self._waiting:
            self._last = self._last[-_BEFORE:]
            raw = b"".join(self._waiting)
            self._waiting.clear()
            self._waiting_octets = 0
            self._mail.feed(self._data.feed(raw, undotted=True))
            self._end.feed(raw)

    def feed_chunk(self, octets: bytes) -> None:
        """Take octets of a BDAT chunk; they are content as they stand."""
        self._mail.feed(octets)

    def gap(self, length: int) -> None:
        """Octets of it are lost; the end is looked for behind them."""
        self._settle()
        self._last = b""
        self.lost = True
        if self.framing == DATA:
            self._mail.feed(self._data.release())
            self._end.gap()
        self._mail.gap(length)

    def hidden_envelope(self) -> Place | None:
        """Return the first ambiguous end so far that has an envelope behind it."""
        self._settle()
        return self._end.hidden()

    def ambiguous_end(self) -> bool:
        """Tell whether what came last is an ambiguous end of data."""
        self._settle()
        return self.framing == DATA and self._end.is_at_one()

    def end(self) -> None:
        """Nothing more comes."""
        self._settle()
        if not self.complete and self.framing == DATA:
            self._mail.feed(self._data.release())
            self._end.end()
        self._mail.end(whole=self.complete)

    def fields(self, code: int | None, envelope_domain: str = "") -> Fields:
        """Return what is said of the message, `code` being the final reply if there was one.

        `envelope_domain` is that of the sender in the envelope.
        """
        fields: Fields = {
            "smtp.message.framing": self.framing,
            "smtp.message.complete": self.complete and not self.lost,
            "smtp.message.bare_lf": self._end.bare_lf,
            "smtp.message.bare_cr": self._end.bare_cr,
            "smtp.message.nul": self._end.nul,
        }
        if self.framing == BDAT:
            fields["smtp.message.chunks"] = self.chunks
            fields["smtp.message.empty_chunks"] = self.empty_chunks
            fields["smtp.message.chunk_missing"] = self.missing
        if code is not None:
            fields["smtp.reply.code"] = code
            fields["smtp.message.accepted"] = code // 100 == 2
        fields.update(self._mail.fields(self._hashes))
        domains = fields.get("email.from.domain")
        if envelope_domain and isinstance(domains, list):
            sender = organisation(envelope_domain.lower())
            fields["email.from.aligned"] = any(organisation(str(d)) == sender for d in domains)
        return fields

    def tell(self, session: Session, ts_ns: int, packet: int) -> None:
        """Raise what was odd in it."""
        end = self._end
        if end.bare_lf:
            session.anomaly("bare_lf", CLIENT, f"{end.bare_lf} in a message", ts_ns, packet)
        if end.bare_cr:
            session.anomaly("bare_cr", CLIENT, f"{end.bare_cr} in a message", ts_ns, packet)
        if end.nul:
            session.anomaly("nul_in_line", CLIENT, f"{end.nul} in a message", ts_ns, packet)
        if self._data.longest > TEXT_LINE_OCTETS:
            detail = f"text line of {self._data.longest} octets"
            session.anomaly("line_too_long", CLIENT, detail, ts_ns, packet)
        if self._data.bare_dots:
            session.anomaly("dot_stuffing_violation", CLIENT, "", ts_ns, packet)
        for kind, detail in self._mail.anomalies():
            session.anomaly(kind, CLIENT, detail, ts_ns, packet)
        if self.lost:
            session.anomaly("message_truncated_by_capture", CLIENT, "", ts_ns, packet)
        for place in end.places:
            own = place_fields(place)
            session.anomaly("ambiguous_end_of_data", CLIENT, place.variant, ts_ns, packet, own)


def weighed(session: Session, fields: Fields) -> Fields:
    """Add to the fields of a message how large it is beside what was declared and allowed."""
    size, context = fields.get("smtp.message.size"), session.context
    declared, most = context.get("smtp.message.declared_size"), context.get("smtp.size_limit")
    if isinstance(size, int) and fields["smtp.message.complete"]:
        if isinstance(declared, int):
            fields["smtp.message.size_excess"] = size - declared
            if declared:
                fields["smtp.message.size_percent"] = 100 * size // declared
        if isinstance(most, int):
            fields["smtp.message.over_limit"] = size > most
    return fields


def message_event(session: Session, message: Message, code: int | None) -> Fields:
    """Return what an event says of a message, the final reply of its session being `code`."""
    sender = str(session.context.get("smtp.mail_from_domain", ""))
    return weighed(session, message.fields(code, sender))


def say_message(
    session: Session, message: Message, code: int | None, ts_ns: int, packet: int
) -> None:
    """Say a message, unless it is one of very many of next to nothing that have no envelope."""
    if session.transaction is None and message.size < LITTLE and flood.is_beyond(session):
        flood.leave_out(session, ts_ns, packet)
        return
    message.tell(session, ts_ns, packet)
    session.emit(Action.MESSAGE, ts_ns, packet, message_event(session, message, code))
    message.put_off(session.events[-1])


def place_fields(place: Place) -> Fields:
    """Return what is said of an ambiguous end."""
    fields: Fields = {
        "smtp.end_of_data.variant": place.variant,
        "smtp.end_of_data.strict": place.variant in STRICT,
        "smtp.end_of_data.hex": place.octets.hex(),
        "smtp.end_of_data.verb": place.verb,
    }
    if place.mail_from:
        fields["smtp.end_of_data.mail_from"] = as_text(place.mail_from)
    if place.rcpt_to:
        fields["smtp.end_of_data.rcpt_to"] = as_text(place.rcpt_to)
    return fields

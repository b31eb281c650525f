"""The content of one message while it passes, and what is said of it at its end.

The octets go to three readers at once: the strict one of framing.py, which takes leading dots away;
the tolerant one of endofdata.py, which only notes; the mail reader, which sees the content. None of
them minds how the octets are cut, and few large blocks cost less than many small ones: so what
cannot hold the end waits until there is enough of it, or somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mime import MessageReader, Reading
from smtpids.mime.digests import ALL_HASHES
from smtpids.mime.domains import organisation
from smtpids.smtp.endofdata import EndOfDataReader, place_fields
from smtpids.smtp.framing import TEXT_LINE_OCTETS, DataReader, is_even
from smtpids.tcp.events import CLIENT

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
_CRLF: Final = b"\r\n"
_ENDED: Final = b".\r\n"
#: Octets before a place that may belong to the end of data.
_BEFORE: Final = 4
#: For messages outside of a run.
AS_USUAL: Final = Reading()


class _Readers:
    """Who reads a message that takes a closer look, or that is too large to wait as a whole."""

    __slots__ = ("data", "end", "mail")

    def __init__(self, limits: Limits, reading: Reading, hidden: frozenset[str]) -> None:
        self.mail = MessageReader(
            limits,
            store=reading.store,
            hidden=hidden,
            own_domains=reading.own_domains,
            # a copy is named by its hash; whoever wants a hash of each message reads it once
            late=reading.store is None and not reading.hashes,
        )
        self.data = DataReader()
        self.end = EndOfDataReader()


class Message:
    """One message, sent by DATA or by BDAT."""

    __slots__ = (
        "_dot_at",
        "_hashes",
        "_hidden",
        "_last",
        "_late_hashes",
        "_limits",
        "_looked_at",
        "_read_by",
        "_reading",
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
        self._limits = limits
        self._reading = reading
        self._hashes = reading.hashes
        self._hidden = reading.hidden
        self._late_hashes = reading.late_hashes
        self._read_by: _Readers | None = None
        """Who reads it: nobody as long as all of it waits."""
        self._waiting: list[bytes] = []
        self._waiting_octets = 0
        self._last = b"\r\n"
        """What came last, at least as many octets as may belong to the end of data."""
        self._looked_at: bytes | None = None
        """Octets that could not wait, because of a dot at `_dot_at`."""
        self._dot_at = -1
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
        return self._readers().mail.size

    @property
    def held_octets(self) -> int:
        """About what is held of it."""
        if self._read_by is None:
            return self._waiting_octets
        return self._read_by.mail.held_octets + self._waiting_octets

    def shed(self) -> None:
        """Let go of what is held: the rest is read all the same."""
        self._readers().mail.shed()

    def hash_now(self) -> None:
        """Keep its content no longer."""
        self._readers().mail.hash_now()

    def put_off(self, event: Event) -> None:
        """Let `event` make the fields that `add_fields` left out, if it is told."""
        if self._late_hashes:
            event.late, event.late_octets = self._readers().mail.put_off(self._late_hashes)

    def feed_data(self, raw: bytes) -> bytes | None:
        """Take raw octets of DATA; return what came behind the end, or None if it did not come."""
        # an empty message ends at once, however many others wait behind it
        dot = 0 if raw[:3] == _ENDED and self._last == _CRLF else self._dot(raw)
        self._looked_at = None
        if dot < 0:
            self._keep(raw)
            if self._waiting_octets >= BATCH_OCTETS:
                self._readers()
            return None
        if self._read_by is None and self._read_at_once(raw, dot):
            return raw[dot + 3 :]
        readers = self._readers()
        self._last = (self._last + raw[-_BEFORE:])[-_BEFORE:]
        text = raw.decode("latin-1")
        readers.mail.feed(readers.data.feed(raw, text))
        if not readers.data.ended:
            readers.end.feed(raw, text)
            return None
        rest = readers.data.rest
        readers.end.feed(raw[: len(raw) - len(rest)] if rest else raw)
        readers.end.end(rest)
        self.complete = True
        return rest

    def keep(self, raw: bytes) -> bool:
        """Take raw octets of DATA if they can wait; what it holds then grows by them alone."""
        if self._waiting_octets + len(raw) >= BATCH_OCTETS:
            return False
        dot = self._dot(raw)
        if dot >= 0:
            self._looked_at, self._dot_at = raw, dot
            return False
        self._keep(raw)
        return True

    def _keep(self, raw: bytes) -> None:
        self._waiting.append(raw)
        self._waiting_octets += len(raw)
        self._last = raw if len(raw) >= _BEFORE else self._last[-_BEFORE:] + raw

    def _dot(self, raw: bytes) -> int:
        """Return the last place in `raw` of a dot that begins a line, or where one goes on.

        -1 if there is none.
        """
        if raw is self._looked_at:
            return self._dot_at
        # from behind it is found three times as fast, a single octet thirty times
        if _POINT in raw:
            place = raw.rfind(_DOT)
            if place >= 0:
                return place + 2
        return self._dot_at_seam(raw)

    def _dot_at_seam(self, raw: bytes) -> int:
        """Return the place of such a dot whose line end came before `raw`; -1 if there is none."""
        before = self._last
        if not before:
            return -1
        last = before[-1]
        if last not in (_CR, _LF, _POINT):
            return -1
        seam = before[-_BEFORE:]
        place = (seam + raw[:2]).find(_DOT)
        return -1 if place < 0 else max(place + 2 - len(seam), 0)

    def _read_at_once(self, raw: bytes, dot: int) -> bool:
        """Read the message if `raw` ends it and its framing has nothing to tell; else do nothing.

        Neither `data` nor `end` of the readers need see lines that all end in CRLF, are of usual
        length, and begin with no dot.
        """
        before, behind = raw[:dot], raw[dot + 1 : dot + 4]
        if behind[:2] != _CRLF or behind[2:] == b"\0":
            return False
        if _POINT in before and (before.rfind(_DOT) >= 0 or self._dot_at_seam(raw) >= 0):
            return False
        content = b"".join([*self._waiting, before])
        if not is_even(content.decode("latin-1")):
            return False
        self._waiting.clear()
        self._waiting_octets = 0
        self._readers().mail.feed(content)
        self.complete = True
        return True

    def _readers(self) -> _Readers:
        """Return who reads it, with all that came: no line of what waits begins with a dot."""
        readers = self._read_by
        if readers is None:
            readers = self._read_by = _Readers(self._limits, self._reading, self._hidden)
            if len(self._hashes) == len(ALL_HASHES):
                readers.mail.hash_now()  # there is nothing to wait for
        if self._waiting:
            self._last = self._last[-_BEFORE:]
            raw = b"".join(self._waiting)
            self._waiting.clear()
            self._waiting_octets = 0
            text = raw.decode("latin-1")
            readers.mail.feed(readers.data.feed(raw, text, undotted=True))
            readers.end.feed(raw, text)
        return readers

    def feed_chunk(self, octets: bytes) -> None:
        """Take octets of a BDAT chunk; they are content as they stand."""
        self._readers().mail.feed(octets)

    def gap(self, length: int) -> None:
        """Octets of it are lost; the end is looked for behind them."""
        readers = self._readers()
        self._last = b""
        self.lost = True
        if self.framing == DATA:
            readers.mail.feed(readers.data.release())
            readers.end.gap()
        readers.mail.gap(length)

    def hidden_envelope(self) -> Place | None:
        """Return the first ambiguous end so far that has an envelope behind it."""
        return self._readers().end.hidden()

    def ambiguous_end(self) -> bool:
        """Tell whether what came last is an ambiguous end of data."""
        readers = self._readers()
        return self.framing == DATA and readers.end.is_at_one()

    def end(self) -> None:
        """Nothing more comes."""
        readers = self._readers()
        if not self.complete and self.framing == DATA:
            readers.mail.feed(readers.data.release())
            readers.end.end()
        readers.mail.end(whole=self.complete)

    def fields(self, code: int | None, envelope_domain: str = "") -> Fields:
        """Return what is said of the message, `code` being the final reply if there was one.

        `envelope_domain` is that of the sender in the envelope.
        """
        fields: Fields = {}
        self.add_fields(fields, code, envelope_domain)
        return fields

    def add_fields(self, fields: Fields, code: int | None, envelope_domain: str = "") -> None:
        """Add the same to the fields of an event."""
        readers = self._readers()
        end = readers.end
        fields["smtp.message.framing"] = self.framing
        fields["smtp.message.complete"] = self.complete and not self.lost
        fields["smtp.message.bare_lf"] = end.bare_lf
        fields["smtp.message.bare_cr"] = end.bare_cr
        fields["smtp.message.nul"] = end.nul
        if self.framing == BDAT:
            fields["smtp.message.chunks"] = self.chunks
            fields["smtp.message.empty_chunks"] = self.empty_chunks
            fields["smtp.message.chunk_missing"] = self.missing
        if code is not None:
            fields["smtp.reply.code"] = code
            fields["smtp.message.accepted"] = code // 100 == 2
        fields.update(readers.mail.fields(self._hashes))
        domains = fields.get("email.from.domain")
        if envelope_domain and isinstance(domains, list):
            sender = envelope_domain.lower()
            fields["email.from.aligned"] = sender in domains or organisation(sender) in [
                organisation(str(domain)) for domain in domains
            ]

    def tell(self, session: Session, ts_ns: int, packet: int) -> None:
        """Raise what was odd in it."""
        readers = self._readers()
        end, data = readers.end, readers.data
        if end.bare_lf:
            session.anomaly("bare_lf", CLIENT, f"{end.bare_lf} in a message", ts_ns, packet)
        if end.bare_cr:
            session.anomaly("bare_cr", CLIENT, f"{end.bare_cr} in a message", ts_ns, packet)
        if end.nul:
            session.anomaly("nul_in_line", CLIENT, f"{end.nul} in a message", ts_ns, packet)
        if data.longest > TEXT_LINE_OCTETS:
            detail = f"text line of {data.longest} octets"
            session.anomaly("line_too_long", CLIENT, detail, ts_ns, packet)
        if data.bare_dots:
            session.anomaly("dot_stuffing_violation", CLIENT, "", ts_ns, packet)
        for kind, detail in readers.mail.anomalies():
            session.anomaly(kind, CLIENT, detail, ts_ns, packet)
        if self.lost:
            session.anomaly("message_truncated_by_capture", CLIENT, "", ts_ns, packet)
        for place in end.places:
            own = place_fields(place)
            session.anomaly("ambiguous_end_of_data", CLIENT, place.variant, ts_ns, packet, own)

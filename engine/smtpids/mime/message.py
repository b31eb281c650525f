"""Reads the content of one message as it comes: header, parts, size, hashes.

The content is what remains after dot removal or of the chunks of BDAT, with the line ends as they
were sent. Of the header the beginning is kept, within `limits.header_octets`. The body
is walked through for what mime/mime.py finds in it; its octets stay for the hashes (digests.py).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from smtpids.mime.bodytext import LINES, OF_TEXT, PAN_COUNT, TEXT, BodyText, pan_count
from smtpids.mime.digests import HASHES, MOST_KEPT, OF_ATTACHMENTS, Digests, PutOff
from smtpids.mime.findings import HEADER_TOO_LARGE, LIMIT_REACHED, Findings
from smtpids.mime.head import HeaderReader
from smtpids.mime.header import (
    add_counts,
    facts_of_fields,
    header_fields,
    lines,
    raw_fields,
    shape_facts,
    unfolded,
)
from smtpids.mime.mime import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.config import Limits
    from smtpids.mime.findings import Store
    from smtpids.mime.header import Facts, RawFields
    from smtpids.mime.urls import UrlReader

#: What a field of a header costs beside its octets, and how many stay if there is no room.
FIELD_OCTETS: Final = 160
KEPT_FIELDS: Final = 64


class MessageReader:
    """One message. `size` counts all octets; `hashes=False` leaves out those of attachments, too.

    `store` gives what takes each attachment's decoded octets;
    `hidden` names the fields of `bodytext.HIDDEN` that are wanted, `own_domains` are ours.
    `late` leaves the hashes of attachments to `late`, for which the content is read once more.
    """

    __slots__ = (
        "_field_octets",
        "_fields",
        "_findings",
        "_header",
        "_header_facts",
        "_header_octets",
        "_hidden",
        "_own_domains",
        "_text",
        "_walk",
        "digests",
        "ended",
        "octets_lost",
        "size",
    )

    def __init__(
        self,
        limits: Limits,
        *,
        hashes: bool = True,
        store: Store | None = None,
        hidden: frozenset[str] = frozenset(),
        own_domains: tuple[str, ...] = (),
        late: bool = False,
    ) -> None:
        self._hidden = hidden
        self._own_domains = own_domains
        self.digests = Digests() if hashes else None
        """What hashes it, and has its content until then."""
        self.size = 0
        self.octets_lost = False
        self.ended = False
        self._start(limits, hashes=hashes and not late, store=store)

    def _start(self, limits: Limits, *, hashes: bool, store: Store | None = None) -> None:
        """Read from the beginning."""
        self._header = HeaderReader(limits.header_octets)
        self._header_octets = 0
        """Octets of the whole header, its empty line included."""
        self._header_facts: Facts = {}
        text = BodyText(limits.body_text_octets) if self._hidden & OF_TEXT else None
        self._findings = Findings(limits, hashes=hashes, store=store, text=text)
        self._fields: RawFields = []
        """Those of the header, unfolded."""
        self._field_octets = 0
        """About what they cost."""
        self._walk: Walk | None = None
        self._text: UrlReader | None = None
        """Who alone reads the body, if it is plain text."""

    @property
    def header_complete(self) -> bool:
        """The empty line was seen, or lies beyond what can be said (after a gap)."""
        return self._header.complete

    @property
    def header_too_large(self) -> bool:
        """The header was longer than `limits.header_octets`; its beginning is kept."""
        return self._header.too_large

    @property
    def held_octets(self) -> int:
        """About what is held: the content, the header, and what was found in the parts."""
        held = len(self._header.octets) + self._field_octets + self._findings.held_octets
        return held + self.digests.held_octets if self.digests is not None else held

    def shed(self) -> None:
        """Keep the beginnings of the header and of the lists, and read on."""
        self.hash_now()
        self._header.shed()
        if self._field_octets:
            del self._fields_so_far()[KEPT_FIELDS:]
            self._field_octets = 0
        self._findings.shed()

    def hash_now(self) -> None:
        """Keep no content any more: hash it."""
        if self.digests is not None:
            self._hash_attachments(self.digests)
            self.digests.begin()

    def late(self, names: frozenset[str]) -> Facts:
        """Return the hashes of those names, and attachments with theirs, after `end`."""
        facts: Facts = {}
        if self.digests is not None and not OF_ATTACHMENTS.isdisjoint(names):
            self._hash_attachments(self.digests)
            facts = self._findings.attachments()
        facts.update(self.hashes(names))
        return facts

    def put_off(self, names: frozenset[str]) -> tuple[Callable[[], Facts], int]:
        """Return what makes those of `late` when called, and about how many octets it keeps.

        It is kept for seconds for many messages at once, so it is no more than it needs: without
        attachments, the content alone.
        """
        digests = self.digests
        if digests is None or self._findings.has_attachments:
            return partial(self.late, names), self.held_octets
        return PutOff(digests, names), digests.held_octets

    def _hash_attachments(self, digests: Digests) -> None:
        """Hash attachments from now on; what came of some already is read once more."""
        findings = self._findings
        if findings.hashes:
            return
        findings.hashes = True
        if not findings.has_attachments:
            return
        self._start(findings.limits, hashes=True)
        self._read(digests.content())
        if self.ended:
            self._finish(whole=not findings.cut)

    def hashes(self, names: frozenset[str] = HASHES) -> Facts:
        """Return the hashes of those names, by field name; only what can be known."""
        if self.digests is None:
            return {}
        if names:
            self.hash_now()
        return self.digests.facts(names)

    def feed(self, data: bytes) -> None:
        """Take the next octets of the content."""
        digests = self.digests
        if digests is not None:
            if digests.held_octets + len(data) > MOST_KEPT:
                self.hash_now()
            digests.feed(data)
        self.size += len(data)
        self._read(data)

    def _read(self, data: bytes) -> None:
        """Read the next octets; `size` counts them already."""
        if self._text is not None:
            self._text.feed(data)
            return
        if self._walk is None:
            body = self._header.feed(data)
            if body is None:
                return
            self._header_octets = self.size - len(body)
            data = body
            if self.digests is not None:
                self.digests.body(body)
            self._walk = self._begin()
        self._walk.feed(data)
        self._text = self._walk.text()

    def gap(self, length: int) -> None:
        """Pass over `length` lost octets: what is known of the header stays, hashes do not."""
        if self.digests is not None:
            self._hash_attachments(self.digests)
        self.size += length
        self.octets_lost = self._findings.octets_lost = True
        self._header.complete = True
        if self.digests is not None:
            self.digests.gap()
        if self._walk is None:
            self._walk = self._begin()
        self._walk.gap()

    def end(self, *, whole: bool = True) -> None:
        """Close the message: what was found in its parts is there from now on.

        Without `whole` it broke off here, and so did what had not ended in it.
        """
        if self.ended:
            return
        self.ended = True
        self._finish(whole=whole)

    def _finish(self, *, whole: bool) -> None:
        self._findings.cut = not whole
        if self._walk is not None:
            self._walk.end()

    def header(self) -> list[tuple[bytes, bytes]]:
        """Return (name, unfolded value) of the header fields so far."""
        return [*self._fields_so_far()]

    def anomalies(self) -> list[tuple[str, str]]:
        """Return (kind, detail) of what is odd in it; kinds as in smtp/anomalies.py."""
        told = self._findings.anomalies()
        if not self.header_too_large:
            return told
        others = [found for found in told if found[0] != HEADER_TOO_LARGE]
        return [(HEADER_TOO_LARGE, "header of the message"), *others]

    def fields(self, hashes: frozenset[str] = HASHES) -> Facts:
        """Return what the message says and holds, by field name; only what is there.

        Of its hashes only those named in `hashes` are there.
        """
        fields = self._fields_so_far()
        facts = facts_of_fields(fields, self._findings.limits, self._own_domains)
        facts["smtp.message.size"] = self.size
        if self._header_octets:
            facts["email.body.size"] = self.size - self._header_octets
            facts["email.delivery_status"] = self._findings.delivery_status
            facts.update(self._header_facts)
            add_counts(facts, fields)
        facts.update(self.hashes(hashes))
        facts.update(self._findings.facts())
        if self._hidden:
            self._add_hidden(facts, fields)
        return facts

    def _add_hidden(self, facts: Facts, fields: RawFields) -> None:
        """Add the fields that are never written, as far as they are wanted."""
        text = self._findings.text.text() if self._findings.text is not None else ""
        if text and TEXT in self._hidden:
            facts[TEXT] = text
        if PAN_COUNT in self._hidden:
            facts[PAN_COUNT] = pan_count(text)
        if LINES in self._hidden and fields:
            facts[LINES] = lines(fields, self._findings.limits)

    def _begin(self) -> Walk:
        """Begin the body: the header is as complete as it will be."""
        octets = self._header.octets
        fields = raw_fields(octets)
        if self._header_octets:
            self._header_facts = shape_facts(octets, fields)
        most = self._findings.limits.header_fields
        if len(fields) > most:
            del fields[most:]
            self._findings.tell(LIMIT_REACHED, "header_fields")
        self._fields = [(name, unfolded(value)) for name, value in fields]
        self._field_octets = len(octets) + FIELD_OCTETS * len(self._fields)
        octets.clear()
        return Walk(self._findings, self._fields, 0)

    def _fields_so_far(self) -> RawFields:
        """Return the fields of the header, as far as it has come."""
        if self._walk is not None:
            return self._fields
        return [*header_fields(self._header.octets)]

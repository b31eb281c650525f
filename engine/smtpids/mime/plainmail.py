"""The ordinary message, read at once when all of it is there.

One part of plain text that is not encoded, under an ordinary header (`plainheader.py`), with CRLF
at the end of each line, or no octet at all: there is nothing to walk through, to decode or to
attach. Whatever differs is read by `message.py`, and both say the same: a test holds one against
the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.config import Limits
from smtpids.mime import magic
from smtpids.mime.bodytext import LINES, OF_TEXT, PAN_COUNT, TEXT, decoded_text, pan_count
from smtpids.mime.digests import MOST_KEPT, Digests, PutOff
from smtpids.mime.findings import Findings
from smtpids.mime.plainheader import NO_HEADER, Rest, plain_header
from smtpids.mime.urls import UrlReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.mime.header import Facts
    from smtpids.mime.plainheader import PlainHeader

_EMPTY_LINE: Final = b"\r\n\r\n"
#: Colons looked at one by one: in most text there are fewer.
_FEW: Final = 16


class PlainMail:
    """An ordinary message, as `MessageReader` is after its end."""

    __slots__ = (
        "_body_at",
        "_digests",
        "_findings",
        "_header",
        "_limits",
        "_text",
        "size",
    )

    def __init__(
        self,
        head: bytes,
        body: str,
        text: str | None,
        header: PlainHeader,
        limits: Limits,
    ) -> None:
        self._body_at = len(head)
        self.size = len(head) + len(body)
        self._digests = Digests(head, len(head) or -1, body)
        self._header = header
        self._limits = limits
        self._text = text
        """What its body says, if a rule asks."""
        self._findings: Findings | None = None
        """The URLs, if there are any."""

    @property
    def held_octets(self) -> int:
        """About what is held: the content and the text; the header is small."""
        text = 0 if self._text is None else len(self._text)
        found = 0 if self._findings is None else self._findings.held_octets
        return self._digests.held_octets + self._body_at + text + found

    def hash_now(self) -> None:
        """Keep no content any more: hash it."""
        self._digests.begin()

    def put_off(
        self, names: frozenset[str], told: Facts | None = None
    ) -> tuple[Callable[[], Facts], int]:
        """Return what makes hashes when called, and about how many octets it keeps.

        If the header was not `told` as a whole, it puts the rest there.
        """
        digests = self._digests
        if told is None:
            return PutOff(digests, names), digests.held_octets
        before = Rest(self._header, self._limits, told)
        return PutOff(digests, names, before), digests.held_octets + self._body_at

    def anomalies(self) -> list[tuple[str, str]]:
        """Return (kind, detail) of what is odd in it: too many URLs, or nothing."""
        return [] if self._findings is None else self._findings.anomalies()

    def look_for_urls(self, body: bytes, codec: str) -> None:
        """Find the URLs of the body; `codec` is that of its character set."""
        findings = self._findings = Findings(self._limits, hashes=False)
        reader = UrlReader(findings.urls, codec, html=False)
        reader.feed(body)
        reader.end()

    def add_facts(
        self,
        facts: Facts,
        hashes: frozenset[str],
        hidden: frozenset[str],
        own_domains: tuple[str, ...],
        *,
        whole: bool = True,
    ) -> None:
        """Add what `MessageReader.fields` says, of the header the `whole` or what is asked most."""
        header, size = self._header, self.size
        header.add_facts(facts, self._limits, own_domains, whole=whole)
        facts["smtp.message.size"] = size
        if size:  # of nothing, nothing is said
            facts["email.body.size"] = size - self._body_at
            facts["email.delivery_status"] = False
            facts["email.header.longest"] = header.longest
            header.add_counts(facts)
        if hashes:
            facts.update(self._digests.facts(hashes))
        if self._findings is not None:
            facts.update(self._findings.facts())
        if not hidden:
            return
        if self._text and TEXT in hidden:
            facts[TEXT] = self._text
        if PAN_COUNT in hidden:
            facts[PAN_COUNT] = pan_count(self._text or "")
        if size and LINES in hidden:
            facts[LINES] = header.lines


#: A message of no octet: of it, nothing depends on limits, nor on what is wanted.
NOTHING: Final = PlainMail(b"", "", None, NO_HEADER, Limits())


def head_and_body(pieces: list[bytes]) -> tuple[bytes, bytes]:
    """Return the header of a message with its empty line, and its body; all lines end in CRLF.

    One without an empty line is all body.
    """
    first = pieces[0]
    at = first.find(_EMPTY_LINE)
    if at < 0 and len(pieces) > 1:
        first, pieces = b"".join(pieces), []
        at = first.find(_EMPTY_LINE)
    begin = 0 if at < 0 else at + len(_EMPTY_LINE)
    return first[:begin], b"".join([first[begin:], *pieces[1:]])


def header_of(head: bytes, text: str, limits: Limits) -> PlainHeader | None:
    """Read the header of a message that is `text`; None if it is not ordinary."""
    if len(head) <= len(_EMPTY_LINE) or len(head) > limits.header_octets or text[0] == "\r":
        return None
    return plain_header(text, head, limits)


def plain_mail(
    head: bytes,
    body: bytes,
    text: str,
    header: PlainHeader,
    limits: Limits,
    hidden: frozenset[str],
) -> PlainMail | None:
    """Read a message by its header; None if it takes a closer look.

    `text` is its body as Latin-1; none of it is NUL.
    `hidden` names the fields of `bodytext.HIDDEN` that are wanted.
    """
    codec, size = header.codec(), len(head) + len(body)
    if codec is None or size > MOST_KEPT:
        return None
    if size > limits.body_text_octets or size > limits.text_octets:
        return None
    if magic.sniffed(body[: magic.HEAD_OCTETS]) is not None:
        return None
    said = None
    if not OF_TEXT.isdisjoint(hidden):
        said = text if text.isascii() else decoded_text(body, codec)
    mail = PlainMail(head, text, said, header, limits)
    if _has_mark(text):
        mail.look_for_urls(body, codec)
    return mail


def _has_mark(text: str) -> bool:
    """Tell whether `://` stands in a text."""
    # a single character is found fifty times as fast
    at = 0
    for _ in range(_FEW):
        at = text.find(":", at) + 1
        if not at or text[at : at + 2] == "//":
            return at > 0
    return text.rfind("://", at) >= 0

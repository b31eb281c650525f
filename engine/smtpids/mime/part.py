"""One part that holds no other parts: its octets decoded, and given to whom they concern.

An attachment is listed, text is searched for URLs, an attached message is read in its turn. What
a part is, is decided on its first octets and its header together, since a program in a part that
calls itself text is an attachment all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from smtpids.mime import magic
from smtpids.mime.declared import IDENTITIES
from smtpids.mime.encoded import CHARSETS
from smtpids.mime.findings import BAD_BASE64, BAD_TRANSFER_ENCODING, LONG_FILENAME
from smtpids.mime.transfer import Base64, QuotedPrintable, UuEncoded
from smtpids.mime.urls import UrlReader, codec_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.mime.attachment import Attachment
    from smtpids.mime.declared import Declared
    from smtpids.mime.findings import Findings
    from smtpids.mime.magic import Kind
    from smtpids.mime.transfer import Decoder

DECODERS: Final[dict[bytes, Callable[[], Decoder]]] = {
    b"base64": Base64,
    b"quoted-printable": QuotedPrintable,
    b"x-uuencode": UuEncoded,
    b"x-uue": UuEncoded,
    b"uuencode": UuEncoded,
}
#: Types of which a client makes something to click on.
READ_FOR_URLS: Final = frozenset(
    {b"text/plain", b"text/html", b"text/calendar", b"text/enriched", b"text/x-amp-html"}
)
MARKUP_TYPES: Final = frozenset({b"text/html", b"text/x-amp-html"})
MARKUP_KINDS: Final = (magic.HTML, magic.SVG)
#: Types of an encrypted message (RFC 3156 4, RFC 8551 3.2), of which a client may put the
#: decrypted text behind the HTML before it.
ENCRYPTED_TYPES: Final = frozenset(
    {
        b"application/pgp-encrypted",
        b"application/pkcs7-mime",
        b"application/x-pkcs7-mime",
    }
)
#: RFC 3464 2.1
DELIVERY_STATUS: Final = frozenset({b"message/delivery-status", b"message/global-delivery-status"})
#: Classes of content that make a part an attachment whatever it declares.
NEVER_TEXT: Final = frozenset({magic.EXECUTABLE, magic.ARCHIVE, magic.DISK_IMAGE, magic.DOCUMENT})
#: Characters of a file name; no common file system takes more (NAME_MAX).
MOST_NAME: Final = 255


class Content(Protocol):
    """Whatever takes the decoded octets of an attached message."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""

    def gap(self) -> None:
        """Octets were lost."""

    def end(self) -> None:
        """Nothing more comes."""


class Part:
    """One part; `message` reads it if it is an attached message."""

    __slots__ = (
        "_attachment",
        "_begun",
        "_body",
        "_declared",
        "_decoder",
        "_findings",
        "_head",
        "_is_text",
        "_lost",
        "_message",
        "_urls",
    )

    def __init__(self, findings: Findings, declared: Declared, message: Content | None) -> None:
        self._findings = findings
        self._declared = declared
        self._message = message
        self._attachment: Attachment | None = None
        self._urls: UrlReader | None = None
        self._head = b""
        self._begun = False
        self._is_text = False
        """Nobody but the search for URLs wants the octets."""
        self._lost = False
        self._body = False
        """The text goes to `findings.text` too."""
        if findings.quote_open and declared.type in ENCRYPTED_TYPES:
            findings.fault("unclosed_quote_before_encrypted")
        if declared.type in DELIVERY_STATUS:
            findings.delivery_status = True
        encoding = declared.encoding
        make = DECODERS.get(encoding)
        self._decoder: Decoder | None = make() if make is not None else None
        if make is None and encoding not in IDENTITIES:
            name = encoding.decode("ascii", "backslashreplace")
            findings.tell(BAD_TRANSFER_ENCODING, f"{name!r} is none")
        elif make is not None and message is not None:
            findings.tell(BAD_TRANSFER_ENCODING, f"{encoding.decode()} on a message")
        longest = max(map(len, declared.names), default=0)
        if longest > MOST_NAME:
            findings.tell(LONG_FILENAME, f"name of {longest} characters")

    def feed(self, raw: bytes) -> None:
        """Take the next octets of the part, as they are encoded."""
        octets = raw if self._decoder is None else self._decoder.feed(raw)
        if self._is_text:
            assert self._urls is not None
            self._urls.feed(octets)
        elif self._begun:
            self._take(octets)
        else:
            self._head += octets
            if len(self._head) >= magic.HEAD_OCTETS:
                self._begin()

    def text(self) -> UrlReader | None:
        """Return who reads the octets as they stand, if nobody else needs to see them."""
        return self._urls if self._is_text and self._decoder is None else None

    def gap(self) -> None:
        """Octets of the part were lost."""
        if not self._begun:
            self._begin()
        self._lost = True
        if self._decoder is not None:
            self._decoder.gap()
        if self._attachment is not None:
            self._attachment.gap()
        if self._urls is not None:
            self._urls.gap()
        if self._message is not None:
            self._message.gap()

    def end(self) -> None:
        """Nothing more comes."""
        if self._decoder is not None:
            self._head += self._decoder.end()
            if self._begun:
                self._take(self._head)
            fault = self._decoder.fault()
            if fault and not self._lost:
                self._findings.tell(BAD_BASE64, fault)
        if not self._begun:
            self._begin()
        if self._attachment is not None:
            self._findings.attached(self._attachment)
        if self._urls is not None:
            self._urls.end()
            self._findings.quote_open |= self._urls.quote_open
        if self._message is not None:
            self._message.end()

    def _begin(self) -> None:
        """Decide by header and first octets what the part is."""
        self._begun = True
        head, self._head = self._head, b""
        findings, declared = self._findings, self._declared
        kind = _kind_of(declared, head[: magic.HEAD_OCTETS])
        if kind is not None:
            self._attachment = findings.attach(declared, kind)
        # a multipart that cannot be taken apart is shown as it stands
        shown = declared.type in READ_FOR_URLS or declared.type.startswith(b"multipart/")
        if shown or kind in MARKUP_KINDS:
            charset = CHARSETS.get(declared.charset.decode("ascii", "replace"), "")
            html = declared.type in MARKUP_TYPES or kind in MARKUP_KINDS
            codec = codec_of(charset, head)
            self._urls = UrlReader(findings.urls, codec, html=html)
            if findings.text is not None and declared.type in READ_FOR_URLS:
                findings.text.begin(codec)
                self._body = True
        if head:
            self._take(head)
        self._is_text = (
            self._urls is not None
            and self._attachment is None
            and self._message is None
            and not self._body
        )

    def _take(self, octets: bytes) -> None:
        attachment = self._attachment
        if attachment is not None:
            attachment.feed(octets)
        if self._urls is not None:
            self._urls.feed(octets)
        if self._body and self._findings.text is not None:
            self._findings.text.feed(octets)
        if self._message is not None:
            self._message.feed(octets)


def _kind_of(declared: Declared, head: bytes) -> Kind | None:
    """Return the kind of a part that is an attachment, None of one that is not."""
    if declared.is_attached:
        return magic.kind_of(head)
    kind = magic.sniffed(head)
    return kind if kind is not None and kind.content_class in NEVER_TEXT else None

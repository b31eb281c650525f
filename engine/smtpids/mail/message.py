"""Reads the content of one message as it comes: header, size, hashes.

The content is what remains after dot removal or of the chunks of BDAT, with the line ends as they
were sent. The header ends at the first empty line, CRLF or bare LF; it alone is kept, within
`limits.header_octets`. Of the body nothing is kept, only hashed at the speed of C.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from smtpids.mail.header import header_facts, header_fields

if TYPE_CHECKING:
    from smtpids.config import Limits
    from smtpids.mail.header import Facts

#: The end of the header with the line end before it, if there is one (RFC 5322 2.1).
EMPTY_LINE: Final = re.compile(rb"(?:\A|\n)\r?\n")
#: An empty line may begin two octets before the end of what was searched.
SEAM: Final = 2


class MessageReader:
    """One message. `size` counts all octets; hashes are hexadecimal and stand after `end`.

    `md5` and `sha256` are of the whole content, `body_md5` of what follows the first empty line;
    they are empty if there was none, if octets were lost, or with `hashes=False`.
    """

    __slots__ = (
        "_body_hash",
        "_header",
        "_limits",
        "_md5",
        "_sha256",
        "_tail",
        "body_md5",
        "ended",
        "header_complete",
        "header_too_large",
        "md5",
        "octets_lost",
        "sha256",
        "size",
    )

    def __init__(self, limits: Limits, *, hashes: bool = True) -> None:
        self._limits = limits
        self._header = bytearray()
        self._tail = b""
        self._md5 = hashlib.md5(usedforsecurity=False) if hashes else None
        self._sha256 = hashlib.sha256() if hashes else None
        self._body_hash = hashlib.md5(usedforsecurity=False) if hashes else None
        self.size = 0
        self.header_complete = False
        """The empty line was seen, or lies beyond what can be said (after a gap)."""
        self.header_too_large = False
        """The header was longer than `limits.header_octets`; its beginning is kept."""
        self.octets_lost = False
        self.ended = False
        self.md5 = ""
        self.sha256 = ""
        self.body_md5 = ""

    def feed(self, data: bytes) -> None:
        """Take the next octets of the content."""
        self.size += len(data)
        if self._md5 is not None and self._sha256 is not None:
            self._md5.update(data)
            self._sha256.update(data)
        if not self.header_complete:
            self._find_body(data)
        elif self._body_hash is not None:
            self._body_hash.update(data)

    def gap(self, length: int) -> None:
        """Pass over `length` lost octets: what is known of the header stays, hashes do not."""
        self.size += length
        self.octets_lost = True
        self.header_complete = True
        self._md5 = self._sha256 = self._body_hash = None

    def end(self) -> None:
        """Close the message: hashes are there from now on."""
        self.ended = True
        if self._md5 is not None and self._sha256 is not None:
            self.md5 = self._md5.hexdigest()
            self.sha256 = self._sha256.hexdigest()
        if self._body_hash is not None and self.header_complete:
            self.body_md5 = self._body_hash.hexdigest()

    def header(self) -> list[tuple[bytes, bytes]]:
        """Return (name, unfolded value) of the header fields so far."""
        return list(header_fields(bytes(self._header)))

    def fields(self) -> Facts:
        """Return what the message says of itself by field name; only what is there."""
        facts = header_facts(bytes(self._header), self._limits)
        facts["smtp.message.size"] = self.size
        for name, value in (
            ("smtp.message.hash.md5", self.md5),
            ("smtp.message.hash.sha256", self.sha256),
            ("smtp.message.body.hash.md5", self.body_md5),
        ):
            if value:
                facts[name] = value
        return facts

    def _find_body(self, data: bytes) -> None:
        if self.header_too_large:
            self._find_body_far(data)
            return
        before = len(self._header)
        self._header += data
        found = EMPTY_LINE.search(self._header, max(before - SEAM, 0))
        most = self._limits.header_octets
        if found is not None:
            self._begin_body(data[found.end() - before :])
            del self._header[found.end() :]
        self.header_too_large = len(self._header) > most
        if self.header_too_large:
            self._tail = bytes(self._header[-SEAM:])
            del self._header[most:]

    def _find_body_far(self, data: bytes) -> None:
        """Look for the empty line of a header that is no longer kept."""
        window = self._tail + data
        found = EMPTY_LINE.search(b"." + window, 1)
        if found is not None:
            self._begin_body(window[found.end() - 1 :])
        self._tail = window[-SEAM:]

    def _begin_body(self, octets: bytes) -> None:
        self.header_complete = True
        if self._body_hash is not None:
            self._body_hash.update(octets)

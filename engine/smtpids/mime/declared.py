"""What the header of a message or part declares of its content.

Content-Type, Content-Transfer-Encoding and Content-Disposition (RFC 2045, RFC 2183), read as
clients read them: where a field is repeated the first counts, what is missing has its default.
What is declared need not be true; mime/magic.py looks at the content itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from smtpids.mime.header import unfolded
from smtpids.mime.parameter import Parameters
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.mime.header import RawFields

MEDIA_TYPE: Final = Pattern(rb"[!#$&^_.+a-z0-9-]+/[!#$&^_.+a-z0-9-]+")
#: The form of most fields: a type, and a character set or nothing.
PLAIN_TYPE: Final = Pattern(
    rb'([a-z]+/[a-z]+)[ \t]*(?:;[ \t]*charset=(?:"([\w-]+)"|([\w-]+)))?[ \t]*;?',
    re.IGNORECASE,
)
COMMENT: Final = Pattern(rb"\([^()]*\)")
#: The longest media type and the longest disposition that are one (RFC 6838 4.2).
MOST_TYPE: Final = 127
#: RFC 2045 5.2
TEXT_PLAIN: Final = b"text/plain"
#: Contents of a message within a message.
MESSAGES: Final = frozenset({b"message/rfc822", b"message/global", b"message/news"})
IDENTITIES: Final = frozenset({b"7bit", b"8bit", b"binary"})
#: The fields that are read, and the fault if one stands twice in a header.
FAULT_OF_FIELD: Final = {
    b"content-type": "repeated_content_type",
    b"content-transfer-encoding": "repeated_transfer_encoding",
    b"content-disposition": "repeated_disposition",
}
#: What their names begin with; few others do.
INITIALS: Final = b"cC"


class Declared:
    """What the fields of a header declare; `default` is the type if they declare none."""

    __slots__ = ("boundary", "charset", "disposition", "encoding", "faults", "names", "type")

    def __init__(self, fields: RawFields, default: bytes = TEXT_PLAIN) -> None:
        self.type = default
        self.boundary = b""
        self.charset = b""
        self.encoding = b"7bit"
        """The transfer encoding in lower case."""
        self.disposition = b""
        self.names: list[str] = []
        """Every form of the file name, the preferred one first; not yet safe to show."""
        self.faults: list[str] = []
        """What in it two clients may read in two ways."""
        read: dict[bytes, bytes] = {}
        for written, value in fields:
            if written[0] not in INITIALS:
                continue
            name = written.lower()
            if name not in FAULT_OF_FIELD:
                continue
            if name in read:
                self.faults.append(FAULT_OF_FIELD[name])
            else:
                read[name] = unfolded(value)
        if b"content-disposition" in read:
            self._disposition(read[b"content-disposition"])
        if b"content-type" in read:
            self._type(read[b"content-type"])
        if b"content-transfer-encoding" in read:
            self.encoding = _encoding(read[b"content-transfer-encoding"])
        if self.type == b"message/partial":
            self.faults.append("partial_message")

    @property
    def is_multipart(self) -> bool:
        """Whether parts follow; without a boundary none can be found."""
        return self.type.startswith(b"multipart/") and bool(self.boundary)

    @property
    def is_message(self) -> bool:
        """Whether a message is attached."""
        return self.type in MESSAGES

    @property
    def is_attached(self) -> bool:
        """Whether it is a file to the reader of the mail, and not part of its text."""
        if self.names or self.disposition == b"attachment":
            return True
        return not self.type.startswith((b"text/", b"multipart/", b"message/"))

    def _type(self, value: bytes) -> None:
        plain = PLAIN_TYPE.fullmatch(value)
        if plain is None:
            self._type_with_parameters(value)
        else:
            self.type = plain[1].lower()
            self.charset = (plain[2] or plain[3] or b"").lower()
        if self.type.startswith(b"multipart/") and not self.boundary:
            self.faults.append("no_boundary")

    def _type_with_parameters(self, value: bytes) -> None:
        media_type, _, rest = value.partition(b";")
        if b"(" in media_type:
            media_type = COMMENT.sub(b"", media_type)
        media_type = media_type.strip().lower()[:MOST_TYPE]
        if MEDIA_TYPE.fullmatch(media_type):
            self.type = media_type
        if rest:
            found = Parameters(b";" + rest)
            self._parameter_faults(found)
            self.charset = found.token(b"charset").lower()
            self.boundary = found.boundary()
            self.names += found.forms(b"name")

    def _disposition(self, value: bytes) -> None:
        word, _, rest = value.partition(b";")
        self.disposition = word.strip().lower()[:MOST_TYPE]
        if rest:
            found = Parameters(b";" + rest)
            self._parameter_faults(found)
            self.names += found.forms(b"filename")

    def _parameter_faults(self, found: Parameters) -> None:
        if found.repeated:
            self.faults.append("repeated_parameter")
        if found.unterminated:
            self.faults.append("unterminated_quote")


def _encoding(value: bytes) -> bytes:
    """RFC 2045 6.1: one word; comments, quotes and parameters are wrong, and ignored by clients."""
    plain = value.lower()
    if plain in IDENTITIES:
        return plain
    if value.find(b"(") >= 0:
        value = COMMENT.sub(b"", value)
    word = value.partition(b";")[0].strip(b' \t\r"').lower()
    return word[:MOST_TYPE] or b"7bit"

"""Lists the members of a tar archive while it passes (POSIX pax, ustar and GNU forms).

Blocks of 512 octets: a header, then the member's data, padded. Unpackers skip by the length in
the header, so this does too; a block whose checksum is wrong is no header. Long names come as
members of their own before the one they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mime.archive import MOST_NAME, Member
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.mime.magic import Kind

BLOCK: Final = 512
#: Octets kept of a long name or of the records of pax, whose path stands early.
MOST_EXTRA: Final = 2 * MOST_NAME
OCTAL: Final = Pattern(rb"[ \0]*([0-7]{1,12})")
PAX_PATH: Final = Pattern(rb"(?:\A|\n)\d{1,5} path=([^\n]*)\n")
#: Types: files (old, new, contiguous), links, and what comes before the member that it names.
FILES: Final = b"\x000127S"
GNU_LONG_NAME, PAX = b"L", b"x"


class TarReader:
    """One tar archive."""

    __slots__ = (
        "_extra",
        "_header",
        "_members",
        "_name",
        "_room",
        "_skip",
        "_type",
        "encrypted",
        "overflowed",
    )

    def __init__(self, room: int) -> None:
        self._room = room
        self._header = b""
        self._skip = 0
        """Octets of data and padding still to come."""
        self._type = b""
        self._extra = b""
        self._name = b""
        """The long name of the next member."""
        self._members: list[Member] = []
        self.encrypted = False
        self.overflowed = False
        """There were more members than could be listed."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the archive."""
        at = 0
        while at < len(octets) and not self.overflowed:
            if self._skip:
                data = octets[at : at + self._skip]
                self._skip -= len(data)
                if self._type and len(self._extra) < MOST_EXTRA:
                    self._extra += data[: MOST_EXTRA - len(self._extra)]
            else:
                data = octets[at : at + BLOCK - len(self._header)]
                self._header += data
                if len(self._header) == BLOCK:
                    header, self._header = self._header, b""
                    self._block(header)
            at += len(data)

    def members(self) -> list[Member]:
        """Return the members seen so far."""
        return self._members

    def kind(self) -> Kind | None:
        """Return nothing: a tar archive is a tar archive."""
        return None

    def _block(self, header: bytes) -> None:
        if self._type:
            self._take_name()
        if _number(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * 0x20:
            return
        size = _number(header[124:136])
        self._skip = -(-size // BLOCK) * BLOCK
        kind = header[156:157]
        if kind in {GNU_LONG_NAME, PAX}:
            self._type = kind
            return
        name, self._name = self._name or _name(header), b""
        if not name or kind not in FILES or name.endswith(b"/"):
            return
        if len(self._members) >= self._room:
            self.overflowed = True
            return
        self._members.append(Member(name[:MOST_NAME], size, encrypted=False))

    def _take_name(self) -> None:
        extra, self._extra = self._extra, b""
        if self._type == GNU_LONG_NAME:
            self._name = extra.partition(b"\0")[0]
        else:
            found = PAX_PATH.search(extra)
            self._name = found[1] if found else b""
        self._type = b""


def _name(header: bytes) -> bytes:
    """Return the name, with the directory that ustar keeps apart."""
    name = header[:100].partition(b"\0")[0]
    if header[257:263] != b"ustar\0":
        return name
    prefix = header[345:500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def _number(field: bytes) -> int:
    """Return a size: octal digits, or binary where GNU's mark says so."""
    if field[0] == 0x80:
        return int.from_bytes(field[4:], "big")
    found = OCTAL.match(field)
    return int(found[1], 8) if found else 0

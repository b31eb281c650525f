"""Says of a 7z archive whether it is encrypted.

Its list of members stands at the end and is packed as a rule, so that names cannot be read
without unpacking. How it is packed stands in clear, and with it whether a password is needed to
read it. Where only the members are encrypted and the list is packed, this cannot be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smtpids.mime.archive import Member
    from smtpids.mime.magic import Kind

#: The mark, version, checksum; then place and length of the last header, and their checksum.
START_OCTETS: Final = 32
#: Octets of the last header that are looked at: it says early how it is packed.
MOST_HEADER: Final = 4_096
#: The id of AES-256 with SHA-256, the one method of encryption there is.
AES: Final = b"\x06\xf1\x07\x01"


class SevenZipReader:
    """One 7z archive."""

    __slots__ = ("_header", "_skip", "_start", "encrypted", "overflowed")

    def __init__(self, room: int) -> None:
        self._start = b""
        self._skip = -1
        """Octets before the last header; -1 as long as this is not known."""
        self._header = b""
        self.encrypted = False
        """The list of members needs a password, or says that they do."""
        self.overflowed = False

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the archive."""
        if self._skip < 0:
            missing = START_OCTETS - len(self._start)
            self._start += octets[:missing]
            octets = octets[missing:]
            if len(self._start) < START_OCTETS:
                return
            self._skip = int.from_bytes(self._start[12:20], "little")
        if self._skip >= len(octets):
            self._skip -= len(octets)
            return
        octets = octets[self._skip :]
        self._skip = 0
        if len(self._header) < MOST_HEADER:
            self._header += octets[: MOST_HEADER - len(self._header)]
            self.encrypted = AES in self._header

    def members(self) -> list[Member]:
        """Return nothing: the names are packed."""
        return []

    def kind(self) -> Kind | None:
        """Return nothing: a 7z archive is a 7z archive."""
        return None

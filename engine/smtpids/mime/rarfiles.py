"""Lists the members of a RAR archive while it passes, in the formats of versions 4 and 5.

A chain of headers, each saying how much data follows it. Of what is encrypted, the names may be
clear or not: an archive whose headers are encrypted shows nothing but that.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from smtpids.mime.archive import MOST_NAME, Member

if TYPE_CHECKING:
    from smtpids.mime.magic import Kind

MARK_4: Final = b"Rar!\x1a\x07\x00"
MARK_5: Final = b"Rar!\x1a\x07\x01\x00"
#: Octets of one header looked at; what it says of a member stands before this.
MOST_HEADER: Final = 4 * MOST_NAME
#: Headers read for each member that may be listed, which has one, and one for its comment.
TRIES: Final = 2
SPARE_TRIES: Final = 16
#: Version 4: checksum, type, flags, length of the header.
BLOCK_4: Final = Struct("<HBHH")
MAIN_4, FILE_4, END_4 = 0x73, 0x74, 0x7B
HEADERS_ENCRYPTED_4, MEMBER_ENCRYPTED_4, LARGE_4, DATA_4 = 0x0080, 0x0004, 0x0100, 0x8000
FOLDER_4: Final = 0x00E0
#: Version 5: types of headers, and flags of a file header.
FILE_5, ENCRYPTION_5, END_5 = 2, 4, 5
EXTRA_5, DATA_5 = 1, 2
FOLDER_5, TIME_5, CHECKSUM_5 = 1, 2, 4
#: The record in the extra area of a file header that says how it is encrypted.
ENCRYPTION_RECORD: Final = 1
#: A number of version 5 has seven bits an octet, and at most ten octets.
MOST_NUMBER: Final = 10


class RarReader:
    """One RAR archive."""

    __slots__ = (
        "_held",
        "_members",
        "_over",
        "_room",
        "_skip",
        "_tries",
        "_version",
        "encrypted",
        "overflowed",
    )

    def __init__(self, room: int) -> None:
        self._room = room
        self._tries = TRIES * room + SPARE_TRIES
        self._held = b""
        self._skip = 0
        """Octets of data still to come."""
        self._version = 0
        """4 or 5 once the mark was seen."""
        self._over = False
        """Its end was seen, or what follows cannot be read."""
        self._members: list[Member] = []
        self.encrypted = False
        """Members or headers need a password."""
        self.overflowed = False
        """There were more members than could be listed."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the archive."""
        if self._over:
            return
        if self._skip >= len(octets):
            self._skip -= len(octets)
            return
        window = self._held + octets[self._skip :]
        at = self._skip = 0
        while not self._over:
            used = self._header(window[at : at + MOST_HEADER])
            if not used:
                break
            at += used
            self._tries -= 1
            if self._tries < 0:
                self._stop()
                self.overflowed = True
            if at > len(window):
                self._skip = at - len(window)
                break
        self._held = window[at : at + MOST_HEADER]

    def members(self) -> list[Member]:
        """Return the members seen so far."""
        return self._members

    def kind(self) -> Kind | None:
        """Return nothing: a RAR archive is a RAR archive."""
        return None

    def _header(self, window: bytes) -> int:
        """Read the header that a window begins with.

        Return its length and that of the data behind it; 0 if more must come, or at the end.
        """
        if self._version == 4:
            return self._block_4(window)
        if self._version == 5:
            return self._block_5(window)
        if len(window) < len(MARK_5):
            return 0
        if window.startswith(MARK_4):
            self._version = 4
            return len(MARK_4)
        self._version = 5
        return len(MARK_5) if window.startswith(MARK_5) else self._stop()

    def _stop(self) -> int:
        self._over = True
        return 0

    def _block_4(self, window: bytes) -> int:
        if len(window) < BLOCK_4.size:
            return 0
        _, kind, flags, size = BLOCK_4.unpack_from(window)
        if kind == END_4 or size < BLOCK_4.size:
            return self._stop()
        if kind == MAIN_4 and flags & HEADERS_ENCRYPTED_4:
            self.encrypted = True
            return self._stop()
        if len(window) < min(size, MOST_HEADER):
            return 0
        header = window[:size]
        data = 0
        if flags & DATA_4 or kind == FILE_4:
            data = int.from_bytes(header[7:11], "little")
            if flags & LARGE_4:
                data += int.from_bytes(header[32:36], "little") << 32
        if kind == FILE_4:
            self._file_4(header, flags)
        return int(size) + data

    def _file_4(self, header: bytes, flags: int) -> None:
        begin = 40 if flags & LARGE_4 else 32
        length = int.from_bytes(header[26:28], "little")
        # behind a NUL the name is repeated in an encoding of RAR's own
        name = header[begin : begin + length].partition(b"\0")[0]
        encrypted = bool(flags & MEMBER_ENCRYPTED_4)
        self.encrypted |= encrypted
        if flags & FOLDER_4 != FOLDER_4:
            size = int.from_bytes(header[11:15], "little")
            self._list(Member(name[:MOST_NAME], size, encrypted, in_utf8=False))

    def _block_5(self, window: bytes) -> int:
        length, begin = _number(window, 4)
        if begin < 0:
            return 0 if len(window) < 4 + MOST_NUMBER else self._stop()
        size = begin + length
        if len(window) < min(size, MOST_HEADER):
            return 0
        header = window[:size]
        kind, at = _number(header, begin)
        flags, at = _number(header, at)
        extra = data = 0
        if flags & EXTRA_5:
            extra, at = _number(header, at)
        if flags & DATA_5:
            data, at = _number(header, at)
        if kind == ENCRYPTION_5:
            self.encrypted = True
        if at < 0 or kind in {ENCRYPTION_5, END_5}:
            return self._stop()
        if kind == FILE_5:
            self._file_5(header, at, header[size - extra :] if extra < size else b"")
        return size + data

    def _file_5(self, header: bytes, at: int, extra: bytes) -> None:
        flags, at = _number(header, at)
        size, at = _number(header, at)
        _, at = _number(header, at)  # attributes
        skipped = (4 if flags & TIME_5 else 0) + (4 if flags & CHECKSUM_5 else 0)
        _, at = _number(header, at + skipped if at >= 0 else at)  # compression
        _, at = _number(header, at)  # system
        length, at = _number(header, at)
        encrypted = _has_record(extra, ENCRYPTION_RECORD)
        self.encrypted |= encrypted
        if at >= 0 and not flags & FOLDER_5:
            self._list(Member(header[at : at + length][:MOST_NAME], size, encrypted))

    def _list(self, member: Member) -> None:
        if len(self._members) < self._room:
            self._members.append(member)
        else:
            self.overflowed = True
            self._stop()


def _number(octets: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends; -1 for the latter if it has no end or `at` is -1."""
    value = 0
    for place, octet in enumerate(octets[at : at + MOST_NUMBER] if at >= 0 else b""):
        value |= (octet & 0x7F) << 7 * place
        if octet < 0x80:
            return value, at + place + 1
    return 0, -1


def _has_record(extra: bytes, wanted: int) -> bool:
    """Whether an extra area has a record of this type."""
    at = 0
    while at < len(extra):
        size, begin = _number(extra, at)
        kind, _ = _number(extra, begin)
        if begin < 0 or not size:
            return False
        if kind == wanted:
            return True
        at = begin + size
    return False

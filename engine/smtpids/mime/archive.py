"""Lists the members of archives as they pass, without unpacking anything.

Each format has a reader in a module of its own; here stands what they have in common, and gzip,
of which only the first octets say something. A reader takes the octets of the archive in order,
lists at most as many members as it is given room for, and never holds more than one entry of the
archive's own tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from smtpids.mime import magic

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.mime.magic import Kind

#: Octets kept of the name of a member; file systems take 255 of one, archives a path of some.
MOST_NAME: Final = 1_024


class Member(NamedTuple):
    """A file in an archive, by what the archive says of it."""

    name: bytes
    size: int
    """Octets when unpacked, by the archive's own account."""
    encrypted: bool
    in_utf8: bool = True
    """Whether the archive says that the name is UTF-8."""


class ArchiveReader(Protocol):
    """Reads one archive."""

    encrypted: bool
    """Members, or the list of them, need a password."""
    overflowed: bool
    """There were more members than could be listed."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the archive."""

    def members(self) -> list[Member]:
        """Return the members seen so far; folders are none."""

    def kind(self) -> Kind | None:
        """Return what the members show the archive to be, if it is more than an archive."""


#: RFC 1952 2.3.1: which of the optional fields there are.
FEXTRA, FNAME = 4, 8


class GzipReader:
    """RFC 1952: a gzip file may name the one file that it holds, in its first octets."""

    __slots__ = ("_head", "_room", "encrypted", "overflowed")

    def __init__(self, room: int) -> None:
        self._room = room
        self._head = b""
        self.encrypted = False
        self.overflowed = False

    def feed(self, octets: bytes) -> None:
        """Take the next octets, of which the first ones count."""
        if len(self._head) < MOST_NAME:
            self._head += octets[: MOST_NAME - len(self._head)]

    def members(self) -> list[Member]:
        """Return the file that is named."""
        head = self._head
        if len(head) < 10 or not head[3] & FNAME or self._room < 1:
            return []
        begin = 10
        if head[3] & FEXTRA:
            begin += 2 + int.from_bytes(head[10:12], "little")
        name, end, _ = head[begin:].partition(b"\0")
        return [Member(name, 0, encrypted=False, in_utf8=False)] if name and end else []

    def kind(self) -> Kind | None:
        """Return nothing: what is in it would have to be unpacked."""
        return None


def reader_for(kind: Kind, room: int) -> ArchiveReader | None:
    """Return the reader of an archive's members, of which `room` may be listed."""
    make = _READERS.get(kind)
    return make(room) if make is not None else None


def _zip(room: int) -> ArchiveReader:
    from smtpids.mime.zipfiles import ZipReader

    return ZipReader(room)


def _tar(room: int) -> ArchiveReader:
    from smtpids.mime.tarfiles import TarReader

    return TarReader(room)


def _rar(room: int) -> ArchiveReader:
    from smtpids.mime.rarfiles import RarReader

    return RarReader(room)


def _seven_zip(room: int) -> ArchiveReader:
    from smtpids.mime.sevenzip import SevenZipReader

    return SevenZipReader(room)


#: The readers are loaded when the first archive of their kind comes.
_READERS: Final[dict[Kind, Callable[[int], ArchiveReader]]] = {
    magic.ZIP: _zip,
    magic.TAR: _tar,
    magic.GZIP: GzipReader,
    magic.RAR: _rar,
    magic.SEVEN_ZIP: _seven_zip,
}

"""Lists the members of a ZIP archive while it passes (APPNOTE 4.3).

Every member is named twice: before its data and in the central directory at the end. Unpackers
believe the directory, some of them what stands before the data, and an attacker may let the two
differ; so both are read, wherever they stand, and no length of packed data is trusted to skip by.
Where both name a member, the directory counts. An archive that lies unpacked in an archive shows
its members too.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from smtpids.mime import magic
from smtpids.mime.archive import MOST_NAME, Member
from smtpids.mime.magic import Kind
from smtpids.mime.unpacked import STORED, Unpacked, wanted
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

#: The signature of an entry of the central directory, and of what stands before a member's data.
SIGNATURE: Final = Pattern(rb"PK(?:\x01\x02|\x03\x04)")
SEAM: Final = 3
#: The octet of a signature that tells what stands before a member's data.
LOCAL: Final = 3
#: The longest end of a name that is looked at.
MOST_END: Final = 16
#: Flags, size when unpacked, length of the name (APPNOTE 4.3.12); then without what only the
#: directory has (4.3.7).
DIRECTORY_ENTRY: Final = Struct("<8xH14xIH16x")
LOCAL_ENTRY: Final = Struct("<6xH14xIH2x")
#: In a local entry, where the method of packing stands, and the length of what follows the name.
METHOD_AT, EXTRA_AT = 8, 28
#: Where the octets of the member as it is packed are counted; 0 where that stands behind it.
PACKED_AT: Final = 18
#: Octets unpacked of one archive to look for what acts; macros come to some hundred thousand.
MOST_UNPACKED: Final = 512 * 1024
ENCRYPTED: Final = 0x0001
UTF_8: Final = 0x0800
#: Tries for each member that may be listed: it is named twice. What only looks like an entry
#: counts too, so that a file full of signatures is soon left alone.
TRIES: Final = 2
SPARE_TRIES: Final = 16


class ZipReader:
    """One ZIP archive."""

    __slots__ = (
        "_held",
        "_left",
        "_members",
        "_room",
        "_trace",
        "_tries",
        "_unpacked",
        "encrypted",
        "overflowed",
        "traces",
    )

    def __init__(self, room: int) -> None:
        self._room = room
        self._tries = TRIES * room + SPARE_TRIES
        self._held = b""
        self._members: dict[bytes, Member] = {}
        self._unpacked: Unpacked | None = None
        """The member at hand, if its content is looked at."""
        self._trace = ""
        """What finding something in it means."""
        self._left = MOST_UNPACKED
        self.traces: set[str] = set()
        """What was found in the members of a document."""
        self.encrypted = False
        """A member needs a password."""
        self.overflowed = False
        """There were more members than could be listed."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets of the archive."""
        if self._unpacked is not None:
            self._unpack(self._unpacked, octets)
        if self.overflowed:
            return
        window = self._held + octets
        at = 0
        while True:
            found = SIGNATURE.search(window, at)
            if found is None:
                self._held = window[max(len(window) - SEAM, at) :]
                return
            at = found.start()
            end = self._entry(window, at)
            if not end:
                self._held = window[at:]
                return
            self._tries -= 1
            if self._tries < 0 or len(self._members) > self._room:
                self._overflow()
                return
            if self._unpacked is None and window[at + 2] == LOCAL and self._left > 0:
                self._begin(window, at, end)
            at = end

    def members(self) -> list[Member]:
        """Return the members seen so far."""
        return [*self._members.values()]

    def kind(self) -> Kind | None:
        """Return what the names of the members show: most documents of today are ZIP archives."""
        for shows, kind in KINDS:
            if any(shows(name) for name in self._members):
                return kind
        return None

    def _entry(self, window: bytes, at: int) -> int:
        """Read the entry at `at`; return where its name ends, 0 if that is still to come."""
        in_directory = window[at + 2] != LOCAL
        form = DIRECTORY_ENTRY if in_directory else LOCAL_ENTRY
        begin = at + form.size
        if len(window) < begin:
            return 0
        flags, size, length = form.unpack_from(window, at)
        length = min(int(length), MOST_NAME)
        if len(window) < begin + length:
            return 0
        name = window[begin : begin + length]
        if name and name[-1] not in b"/\\" and (in_directory or name not in self._members):
            encrypted = bool(flags & ENCRYPTED)
            self.encrypted |= encrypted
            self._members[name] = Member(name, size, encrypted, bool(flags & UTF_8))
        return begin + length

    def _begin(self, window: bytes, at: int, end: int) -> None:
        """Look at the content of the member whose entry is at `at`, if it is one of the table."""
        told = wanted(window[end - min(end, MOST_END) : end])
        if told is None:
            return
        pattern, self._trace = told
        method = int.from_bytes(window[at + METHOD_AT : at + METHOD_AT + 2], "little")
        extra = int.from_bytes(window[at + EXTRA_AT : at + EXTRA_AT + 2], "little")
        packed = int.from_bytes(window[at + PACKED_AT : at + PACKED_AT + 4], "little")
        most = min(packed or self._left, self._left) if method == STORED else self._left
        self._unpacked = Unpacked(pattern, method, extra, most)
        self._unpack(self._unpacked, window[end:])

    def _unpack(self, unpacked: Unpacked, octets: bytes) -> None:
        self._left -= unpacked.feed(octets)
        if unpacked.found:
            self.traces.add(self._trace)
        if unpacked.done:
            self._unpacked = None

    def _overflow(self) -> None:
        self.overflowed = True
        self._held = b""
        while len(self._members) > self._room:
            self._members.popitem()


def _begins(*names: bytes) -> Callable[[bytes], bool]:
    return lambda name: name.lower().startswith(names)


def _office(name: str) -> Kind:
    return Kind(f"application/vnd.openxmlformats-officedocument.{name}", magic.DOCUMENT)


#: What a member's name shows of the archive, the decisive ones first.
KINDS: Final[tuple[tuple[Callable[[bytes], bool], Kind], ...]] = (
    (
        _begins(b"androidmanifest.xml"),
        Kind("application/vnd.android.package-archive", magic.EXECUTABLE),
    ),
    (_begins(b"appxmanifest.xml"), Kind("application/appx", magic.EXECUTABLE)),
    (_begins(b"word/document"), _office("wordprocessingml.document")),
    (_begins(b"xl/workbook"), _office("spreadsheetml.sheet")),
    (_begins(b"ppt/presentation"), _office("presentationml.presentation")),
    (_begins(b"visio/document"), Kind("application/vnd.ms-visio.drawing", magic.DOCUMENT)),
    (_begins(b"fixeddocseq", b"fixeddocumentsequence"), Kind("application/oxps", magic.DOCUMENT)),
    (
        _begins(b"meta-inf/manifest.mf"),
        Kind("application/java-archive", magic.EXECUTABLE),
    ),
)

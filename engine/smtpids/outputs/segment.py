r"""One file of a spool: records that are appended, read again, and removed all together.

    file    "smtpids spool 1\n", then records
    record  length (4), CRC-32 of what follows (4), fields (16), id, kind, key, line

Numbers are big-endian, `length` counts what follows the CRC. The name of a file is the number of
its first record, counted since the spool began. So a file holds as many records as the difference
to the name of the next one says, and where one is damaged it is known exactly how many are lost.

A record is one `write`, so what a killed process leaves behind is a beginning of it at most.
"""

from __future__ import annotations

import os
from functools import partial
from itertools import pairwise
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from smtpids.config import KIB, MIB
from smtpids.outputs.entry import Entry
from smtpids.outputs.octets import push

if TYPE_CHECKING:
    from pathlib import Path

MAGIC: Final = b"smtpids spool 1\n"
START: Final = len(MAGIC)
"""Where the first record stands."""
SUFFIX: Final = ".spool"
MODE: Final = 0o640
"""Records name people: the owner writes, the group reads."""
BLOCK: Final = 256 * KIB
"""Octets read at once, unless a record is longer."""
LONGEST: Final = 64 * MIB
"""Octets of a record; a length beyond is damage."""
_HEAD: Final = Struct(">II")
_FIELDS: Final = Struct(">qHHHH")
_SHORT: Final = 0xFFFF
_NEW: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_OLD: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_CLOSED: Final = -1


class Read(NamedTuple):
    """An entry, and where the next record begins."""

    entry: Entry
    end: int


class Hole(NamedTuple):
    """Damaged records."""

    first: int
    """The number of the first of them."""
    lost: int
    """How many they are."""
    end: int
    """Where the next record begins; the size of the file if there is none."""


def pack(entry: Entry) -> bytes:
    """Return an entry as a record."""
    texts = [
        text.encode("utf-8", "backslashreplace")[:_SHORT]
        for text in (entry.id, entry.kind, entry.key)
    ]
    time = min(max(entry.ts_ns, -(2**63)), 2**63 - 1)
    severity = min(max(entry.severity, 0), _SHORT)
    fields = _FIELDS.pack(time, severity, *map(len, texts))
    body = b"".join([fields, *texts, entry.line])
    return _HEAD.pack(len(body), crc32(body)) + body


def unpack(body: bytes) -> Entry:
    """Return the entry that a record holds."""
    time, severity, *lengths = _FIELDS.unpack_from(body)
    ends = [_FIELDS.size]
    for length in lengths:
        ends.append(ends[-1] + length)
    number, kind, key = (
        body[begin:end].decode("utf-8", "backslashreplace") for begin, end in pairwise(ends)
    )
    return Entry(body[ends[-1] :], number, time, kind, severity, key)


class Segment:
    """A file of records, of which the first has the number `first`.

    Without `count` the file is new and is made by the first `append`; with it, `count` says how
    many records it holds. OSError if it cannot be opened.
    """

    def __init__(self, folder: Path, first: int, count: int | None = None) -> None:
        self.path = folder / f"{first:020d}{SUFFIX}"
        self.first = first
        self.count = count or 0
        self.holes: dict[int, Hole] = {}
        """Where damage begins -> what it cost; known when it was read over."""
        self.is_full = False
        """Nothing more may be appended."""
        self._fd = _CLOSED if count is None else os.open(self.path, _OLD)
        self.size = 0 if count is None else os.fstat(self._fd).st_size

    @property
    def end(self) -> int:
        """The number of the first record that comes after this file."""
        return self.first + self.count

    def append(self, record: bytes) -> OSError | None:
        """Write one record; return what stopped it, and then the file is as it was."""
        try:
            if self._fd == _CLOSED:
                self._fd = os.open(self.path, _NEW, MODE)
        except OSError as error:
            return error
        octets = record if self.size else MAGIC + record
        taken, failure = push(partial(os.write, self._fd), octets)
        if failure is not None:
            self._take_back(taken)
            return failure
        self.size += len(octets)
        self.count += 1
        return None

    def read(self, at: int, events: int, octets: int) -> tuple[list[Read], bool]:
        """Return up to `events` entries from offset `at` on, and whether damage comes after them.

        Their lines have at most `octets` together; a first one that is longer is left too.
        """
        found: list[Read] = []
        block, begin = b"", at
        while len(found) < events and at < self.size:
            head = at - begin
            if len(block) - head < _HEAD.size:
                block, begin, head = os.pread(self._fd, BLOCK, at), at, 0
            extent = self._extent(block, head, at)
            if not extent:
                return found, True
            if head + extent > len(block):
                block, begin, head = os.pread(self._fd, max(BLOCK, extent), at), at, 0
            entry = _checked(block[head : head + extent])
            if entry is None:
                return found, True
            octets -= len(entry.line)
            if octets < 0:
                break
            at += extent
            found.append(Read(entry, at))
        return found, False

    def hole(self, at: int, number: int) -> Hole:
        """Return what the damage at `at` costs; the record there has the number `number`.

        If only what a record holds is damaged, the next one stands where its length says.
        """
        known = self.holes.get(at)
        if known is None:
            beyond = at + self._extent(os.pread(self._fd, _HEAD.size, at), 0, at)
            steps = beyond > at and (beyond == self.size or self.read(beyond, 1, LONGEST)[0])
            known = Hole(number, 1, beyond) if steps else Hole(number, self.end - number, self.size)
            self.holes[at] = known
        return known

    def lost_from(self, number: int) -> int:
        """Return how many of the records from `number` on are known to be damaged."""
        return sum(hole.lost for hole in self.holes.values() if hole.first >= number)

    def recover(self) -> tuple[int, int]:
        """Count the records of the newest file, whose end nobody knows, and cut off what is torn.

        Returns how many octets were cut off, and how many records at least are lost with them: a
        beginning of a record that a killed process left behind is none.
        """
        at, self.count = START, 0
        if os.pread(self._fd, START, 0) != MAGIC:
            lost = int(self.size > START)
            return self._cut(0), lost
        while at < self.size:
            found, is_damaged = self.read(at, 10_000, LONGEST)
            self.count += len(found)
            at = found[-1].end if found else at
            if is_damaged:
                head = os.pread(self._fd, _HEAD.size, at)
                extent = self._extent(head, 0, at)
                if not extent:
                    lost = int(not self._is_torn(head, at))
                    return self._cut(at), lost
                self.count += 1  # found to be damaged, and skipped, when it is read
                at += extent
        return 0, 0

    def offset_of(self, number: int) -> int:
        """Return where the record with this number stands."""
        at, here = START, self.first
        while here < number and at < self.size:
            found, is_damaged = self.read(at, min(number - here, 1_000), LONGEST)
            here += len(found)
            at = found[-1].end if found else at
            if is_damaged and here < number:
                hole = self.hole(at, here)
                here, at = here + hole.lost, hole.end
        return at

    def close(self) -> None:
        """Give the descriptor back."""
        fd, self._fd = self._fd, _CLOSED
        if fd != _CLOSED:
            os.close(fd)

    def remove(self) -> None:
        """Give the descriptor back and remove the file."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _extent(self, block: bytes, head: int, at: int) -> int:
        """Return the octets of the record at offset `at`, 0 if no such record can be there."""
        if len(block) - head < _HEAD.size:
            return 0
        length: int = _HEAD.unpack_from(block, head)[0]
        extent = _HEAD.size + length
        return extent if _FIELDS.size <= length <= LONGEST and at + extent <= self.size else 0

    def _is_torn(self, head: bytes, at: int) -> bool:
        """Whether what stands at `at` is the beginning of a record, and the file ends in it."""
        if len(head) < _HEAD.size:
            return True
        length: int = _HEAD.unpack(head)[0]
        return _FIELDS.size <= length <= LONGEST and at + _HEAD.size + length > self.size

    def _cut(self, at: int) -> int:
        """Let the file end at `at`; return how many octets that took from it."""
        taken, self.size = self.size - at, at
        os.ftruncate(self._fd, at)
        return taken

    def _take_back(self, taken: int) -> None:
        """Undo a write that was cut short; what cannot be undone ends the file."""
        try:
            if not self.size:
                self.remove()
            elif taken:
                os.ftruncate(self._fd, self.size)
        except OSError:
            self.is_full = True


def _checked(record: bytes) -> Entry | None:
    """Return the entry of a record, None if it is damaged."""
    body = record[_HEAD.size :]
    if crc32(body) != _HEAD.unpack_from(record)[1]:
        return None
    return unpack(body)

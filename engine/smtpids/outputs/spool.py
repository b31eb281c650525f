"""A backlog on disk: what a killed process had taken, the next one delivers.

Each output has a folder of its own, with segments (`segment.py`), a lock, and a file with the
number of the oldest record that is not acknowledged. A record is written before anything else is
done with it, so whatever kills the process costs nothing that `append` returned for. It is not
synced to the disk one by one, which would cost a thousand times as much: when the machine loses its
power, what the kernel had not written yet is lost. The acknowledged number is replaced once a
batch, so after a kill a batch may be delivered twice, and none is left out.

Segments have a sixteenth of the room. If there is none and the oldest may go, the oldest segment
goes whole. Where the disk takes no more, entries wait in memory, in their place in the order, and
go to the disk when it takes them again.
"""

from __future__ import annotations

import os
from collections import deque
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.errors import OutputError
from smtpids.outputs.account import FULL, WRITE
from smtpids.outputs.claim import claim, folder_name
from smtpids.outputs.faults import name_of, sentence
from smtpids.outputs.queue import size_of
from smtpids.outputs.segment import START, SUFFIX, Segment, pack

if TYPE_CHECKING:
    from smtpids.outputs.entry import Entry

FOLDER_MODE: Final = 0o750
SEGMENTS: Final = 16
"""Parts of the room: what goes at once when there is none left."""
POSITION: Final = "acknowledged"
LOCK: Final = "lock"
_DIGITS: Final = 20


class Place(NamedTuple):
    """The number of a record, and where it stands if its segment begins before it."""

    number: int
    at: int = START


class Spool:
    """A backlog of `capacity` octets in the folder of the output `name` below `root`.

    With `drop_oldest` there is always room for a new entry, and the oldest segment goes for it.
    `memory_octets` wait in memory where the disk takes nothing. OutputError if the folder cannot be
    used, or if another process uses it.
    """

    def __init__(
        self, root: str, name: str, capacity: int, *, drop_oldest: bool, memory_octets: int
    ) -> None:
        self.place = str(Path(root) / folder_name(name))
        self.capacity = capacity
        self.lost: dict[str, int] = {}
        self.errors: dict[str, int] = {}
        self.news: deque[str] = deque()
        self._folder = Path(self.place)
        self._drop_oldest = drop_oldest
        self._memory_octets = memory_octets
        self._segments: deque[Segment] = deque()
        self._aside: deque[Entry] = deque()
        self._aside_octets = 0
        self._flight: deque[Place] = deque()
        """For each entry in flight, the place after it."""
        self._gone = 0
        """Entries that went while in flight, before the first one."""
        self._waiting = 0
        self._is_failing = False
        """The disk takes nothing."""
        self._is_open = True
        try:
            # no folder above it is made: a mistake in its name would go unseen
            self._folder.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
            self._folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
            self._lock = claim(self._folder / LOCK)
            self._end, self._acknowledged = self._recover()
        except OSError as error:
            raise OutputError(sentence(self.place, error)) from error
        self._cursor = self._acknowledged

    def __len__(self) -> int:
        """How many entries wait."""
        return self._waiting

    @property
    def octets(self) -> int:
        """How much of the disk is taken."""
        return sum(segment.size for segment in tuple(self._segments))

    # -- the end that is written -------------------------------------------------------------------

    def append(self, entry: Entry) -> bool:
        """Put an entry at the end; False if there is no room."""
        if self._aside:
            self._bring_back()
        if not self._aside:
            record = pack(entry)
            if not self._has_room(len(record)):
                return False
            if self._write(record):
                self._waiting += 1
                return True
        return self._put_aside(entry)

    def _has_room(self, size: int) -> bool:
        """Make room for a record if there is none; False if nothing may go for it."""
        while self._segments and self.octets + size > self.capacity:
            if not self._waiting:
                self._remove_all()
            elif self._drop_oldest:
                self._drop_segment()
            else:
                return False
        return True

    def _write(self, record: bytes) -> bool:
        """Append to the newest segment, or to a new one if that is full; False if it failed."""
        last = self._segments[-1] if self._segments else None
        fresh = (
            last is None
            or last.is_full
            or last.size + len(record) > max(self.capacity // SEGMENTS, START + len(record))
        )
        segment = Segment(self._folder, self._end) if fresh or last is None else last
        failure = segment.append(record)
        if failure is not None:
            self._note(failure)
            if not self._is_failing:
                self.news.append(
                    f"{sentence(self.place, failure)}; records wait in memory until then, and a "
                    "killed process loses them"
                )
            self._is_failing = True
            return False
        if self._is_failing:
            self.news.append(f"{self.place} takes records again")
        self._is_failing = False
        if segment is not last:
            self._segments.append(segment)
        self._end += 1
        return True

    def _put_aside(self, entry: Entry) -> bool:
        """Keep an entry in memory, behind all that is on disk."""
        size = size_of(entry)
        while self._aside and self._aside_octets + size > self._memory_octets:
            if not self._drop_oldest:
                return False
            if self._waiting > len(self._aside):
                self._drop_segment()  # it is older, and makes room on the disk
                self._bring_back()
            else:
                self._drop_aside()
        self._aside.append(entry)
        self._aside_octets += size
        self._waiting += 1
        return True

    def _bring_back(self) -> None:
        """Write to the disk what waits in memory, unless it is being delivered from there."""
        if self._cursor.number > self._end:
            return
        while self._aside:
            record = pack(self._aside[0])
            if not self._has_room(len(record)) or not self._write(record):
                return
            self._aside_octets -= size_of(self._aside.popleft())

    # -- the end that is read ----------------------------------------------------------------------

    def next(self, events: int, octets: int) -> list[Entry]:
        """Read on."""
        batch: list[Entry] = []
        while len(batch) < events and (segment := self._holding(self._cursor.number)) is not None:
            number, at = self._cursor
            if number <= segment.first:
                number, at = segment.first, START
            most = octets if batch else segment.size
            found, is_damaged = segment.read(at, events - len(batch) if batch else 1, most)
            for entry, end in found:
                number += 1
                octets -= len(entry.line)
                batch.append(entry)
                self._flight.append(Place(number, end))
            self._cursor = self._flight[-1] if found else Place(number, at)
            number, at = self._cursor
            if is_damaged or (at >= segment.size and number < segment.end):
                self._skip(segment)
            elif not found:
                break
        if self._holding(self._cursor.number) is None:
            self._read_aside(batch, events, octets)
        return batch

    def acknowledge(self, number: int) -> None:
        """Let the oldest `number` of those in flight go."""
        absorbed = min(number, self._gone)
        self._gone -= absorbed
        number = min(number - absorbed, len(self._flight))
        if not number:
            return
        for _ in range(number):
            self._acknowledged = self._flight.popleft()
        self._waiting -= number
        if not self._flight:
            self._acknowledged = self._cursor  # which has passed what is damaged
        while self._aside and self._end < self._acknowledged.number:
            self._forget()
        self._release()
        self._save()

    def rewind(self) -> None:
        """Read again from the oldest; what went while in flight is lost."""
        if self._gone:
            self._lose(FULL, self._gone)
        self._gone = 0
        self._flight.clear()
        self._cursor = self._acknowledged

    def close(self) -> None:
        """Leave on disk what waits, for the next run."""
        if not self._is_open:
            return
        self.rewind()
        self._bring_back()
        if self._aside:
            self._lose(FULL, len(self._aside))
            self._waiting -= len(self._aside)
            self._aside.clear()
        if not self._waiting:
            self._acknowledged = Place(self._end)
            self._remove_all()
        self._save()
        for segment in self._segments:
            segment.close()
        self._is_open = False
        os.close(self._lock)

    def _holding(self, number: int) -> Segment | None:
        """Return the segment with this record, or the next one; None if it is not on disk."""
        return next((segment for segment in self._segments if segment.end > number), None)

    def _read_aside(self, batch: list[Entry], events: int, octets: int) -> None:
        """Read on in what waits in memory."""
        for entry in islice(self._aside, self._cursor.number - self._end, None):
            octets -= len(entry.line)
            if len(batch) >= events or (octets < 0 and batch):
                break
            batch.append(entry)
            self._cursor = Place(self._cursor.number + 1)
            self._flight.append(self._cursor)

    def _skip(self, segment: Segment) -> None:
        """Go on behind what is damaged at the cursor; count it when it is met first."""
        number, at = self._cursor
        is_new = at not in segment.holes
        hole = segment.hole(at, number)
        self._cursor = Place(number + hole.lost, hole.end)
        if is_new:
            self._lose(WRITE, hole.lost)
            self._waiting -= hole.lost
            self.news.append(f"{segment.path} is damaged at octet {at}: {hole.lost} records lost")
        if not self._flight:
            self._acknowledged = self._cursor

    # -- what goes ---------------------------------------------------------------------------------

    def _release(self) -> None:
        """Remove the segments that are acknowledged, but for the one that is written."""
        while self._segments and self._segments[0].end <= self._acknowledged.number:
            if self._segments[0].end == self._end:
                return
            self._remove(self._segments.popleft())

    def _remove_all(self) -> None:
        while self._segments:
            self._remove(self._segments.popleft())

    def _remove(self, segment: Segment) -> None:
        try:
            segment.remove()
        except OSError as error:  # it is removed at the next start
            self._note(error)

    def _drop_segment(self) -> None:
        """Let the oldest segment go, with what is not acknowledged in it."""
        segment = self._segments.popleft()
        begin = max(self._acknowledged.number, segment.first)
        left = segment.end - begin - segment.lost_from(begin)
        flying = 0
        while self._flight and self._flight[0].number <= segment.end:
            self._flight.popleft()
            flying += 1
        self._gone += flying
        self._lose(FULL, left - flying)
        self._waiting -= left
        self._acknowledged = max(self._acknowledged, Place(segment.end))
        self._cursor = max(self._cursor, self._acknowledged)
        self._remove(segment)

    def _drop_aside(self) -> None:
        """Let the oldest entry in memory go; there is none on disk."""
        self._forget()
        self._waiting -= 1
        if self._flight:
            self._flight.popleft()
            self._gone += 1
        else:
            self._lose(FULL, 1)
        self._acknowledged = Place(self._end)
        self._cursor = max(self._cursor, self._acknowledged)
        self._release()  # the newest segment does not go on any more

    def _forget(self) -> None:
        """Take the oldest entry out of memory; its number is used up."""
        self._aside_octets -= size_of(self._aside.popleft())
        self._end += 1

    # -- the folder --------------------------------------------------------------------------------

    def _recover(self) -> tuple[int, Place]:
        """Open what an earlier run left; return the number of the next record, and the oldest."""
        oldest = self._saved()
        firsts = sorted(
            int(path.stem) for path in self._folder.glob("*" + SUFFIX) if path.stem.isdecimal()
        )
        for first, following in pairwise(firsts):
            self._segments.append(Segment(self._folder, first, following - first))
        if firsts:
            last = Segment(self._folder, firsts[-1], 0)
            self._mend(last)
            self._segments.append(last)
        while self._segments and self._segments[0].end <= oldest:
            self._remove(self._segments.popleft())
        if not self._segments:
            return oldest, Place(oldest)
        begin = self._segments[0]
        place = Place(max(oldest, begin.first))
        self._waiting = self._segments[-1].end - place.number
        return self._segments[-1].end, place._replace(at=begin.offset_of(place.number))

    def _mend(self, last: Segment) -> None:
        """Find the end of the newest segment, and say what was not whole."""
        cut, lost = last.recover()
        if lost:
            self._lose(WRITE, lost)
            self.news.append(
                f"{last.path} is damaged: its last {cut} octets are lost, with at least one record"
            )
        elif cut:
            self.news.append(
                f"{last.path}: {cut} octets cut off, of a record that was not written whole"
            )

    def _saved(self) -> int:
        """Return the number of the oldest record that is not acknowledged, as last saved."""
        try:
            text = (self._folder / POSITION).read_text("ascii", "replace").strip()
        except FileNotFoundError:
            return 0
        if text.isdecimal() and len(text) <= _DIGITS:
            return int(text)
        self.news.append(f"{self._folder / POSITION} is damaged: all that is here is sent again")
        return 0

    def _save(self) -> None:
        """Replace the saved number."""
        fresh = self._folder / (POSITION + ".new")
        try:
            fresh.write_text(f"{self._acknowledged.number}\n", "ascii")
            fresh.replace(self._folder / POSITION)
        except OSError as error:  # what is acknowledged now is sent again after a kill
            self._note(error)

    def _note(self, error: OSError) -> None:
        name = name_of(error)
        self.errors[name] = self.errors.get(name, 0) + 1

    def _lose(self, reason: str, number: int) -> None:
        self.lost[reason] = self.lost.get(reason, 0) + number

"""The captures of a folder that others write to, each known by its first packet.

Names say little: a ring uses its names again, a finished file is compressed (`tcpdump -z`), renamed
or copied and is the same capture still. Neither do inodes, which are used again as well. The first
packet with its time is in no other capture, so it decides what is new, what has grown, what was
replaced, and what was read before and only lies elsewhere now.

A file that has not its first packet yet is passed over until it has; one that is named like a
capture and is none is said.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from smtpids.capture.folder import is_named_like_a_capture
from smtpids.capture.growing import GrowingFile
from smtpids.config import SECOND
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Frame

#: A look at the folder that takes a second is followed by so many without; the next one comes after
#: MOST_BETWEEN at the latest, also when the clock was set back.
RESTS: Final = 20
MOST_BETWEEN_NS: Final = 10 * SECOND
#: Captures remembered that are in the folder no more, since they may come back compressed.
MOST_REMEMBERED: Final = 10_000
#: Octets read at once in search of a first packet.
PEEK: Final = 16 * 1024

Identity: TypeAlias = tuple[int, int]
"""Device and inode: a file, whatever it is called."""
Listed: TypeAlias = tuple[Path, tuple[int, int]]
"""A file's path, and its size and time of change: while these stay, so does the content."""


class Capture:
    """What is known of one capture."""

    __slots__ = ("damaged", "digest", "failure", "file", "first_ns", "given", "grew", "path")

    def __init__(self, path: Path, digest: bytes = b"", first_ns: int = 0) -> None:
        self.path = path
        self.digest = digest
        """Of the first packet."""
        self.first_ns = first_ns
        self.failure: CaptureError | None = None
        """Why it could not be read."""
        self.file: GrowingFile | None = None
        """The open file, if it is open."""
        self.given = -1
        """Packets that were given before the file was closed; -1 if it was not opened yet."""
        self.damaged = False
        """Behind what was given, nothing can be read."""
        self.grew = False
        """The open file has grown since this was set back."""

    @property
    def order(self) -> tuple[int, str]:
        """What is to be read before what."""
        return self.first_ns, self.path.name


class Seen(NamedTuple):
    """A file as it was when it was looked at last, and the capture that it is or is a copy of."""

    listed: Listed
    capture: Capture | None
    is_copy: bool = False
    """The capture stood in another file when this one was looked at."""


class Inventory:
    """The captures in `folder` whose names match `pattern`.

    `pending` are those to be opened, the next one last, `failures` what is to be told. `now_ns` is
    the clock in nanoseconds since 1970.
    """

    def __init__(self, folder: Path, pattern: str, now_ns: Callable[[], int]) -> None:
        self.pending: list[Capture] = []
        self.failures: list[CaptureError] = []
        self._folder = folder
        self._now_ns = now_ns
        self._matches = re.compile(fnmatch.translate(pattern)).match
        self._hidden = pattern.startswith(".")
        self._files: dict[Identity, Seen] = {}
        self._known: dict[bytes, Capture] = {}
        self._unlisted = False
        self._due_ns = 0
        """When to look at the folder again."""

    def look(self) -> None:
        """Look at the folder, unless that was done just now and takes long."""
        now = self._now_ns()
        if 0 < self._due_ns - now < MOST_BETWEEN_NS:
            return
        listed = self._list()
        if listed is not None:
            self._compare(listed)
            self.pending.sort(key=lambda capture: capture.order, reverse=True)
        took = max(self._now_ns() - now, 0)
        self._due_ns = now + min(took * RESTS, MOST_BETWEEN_NS - 1)

    def doubt(self, capture: Capture) -> None:
        """Find out at the next look what has become of a capture."""
        self._files = {at: seen for at, seen in self._files.items() if seen.capture is not capture}
        self._due_ns = 0

    def _list(self) -> dict[Identity, Listed] | None:
        """Return the files that are meant, None if the folder cannot be listed (now)."""
        found = {}
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if self._matches(entry.name) and (self._hidden or entry.name[0] != "."):
                        about = _about(entry)
                        if about is not None:
                            content = (about.st_size, about.st_mtime_ns)
                            found[about.st_dev, about.st_ino] = (Path(entry.path), content)
        except OSError as error:
            if not self._unlisted:
                message = f"cannot list the folder: {error.strerror}; it is tried again"
                self.failures.append(CaptureError(str(self._folder), message))
            self._unlisted = True
            return None
        self._unlisted = False
        return found

    def _compare(self, listed: dict[Identity, Listed]) -> None:
        """Find out what each file is that is new or has changed, and what went away."""
        before, self._files = self._files, {}
        here: set[int] = set()
        copies: list[Identity] = []
        for identity, file in listed.items():
            seen = before.get(identity)
            if seen is None or seen.listed[1] != file[1]:
                continue
            self._files[identity] = seen._replace(listed=file)
            if seen.is_copy:
                copies.append(identity)
            elif seen.capture is not None:
                seen.capture.path = file[0]
                here.add(id(seen.capture))
        for identity in copies:
            if id(self._files[identity].capture) not in here:
                del self._files[identity]  # the file that it is a copy of has gone
        for identity, file in listed.items():
            if identity not in self._files:
                seen = before.get(identity)
                earlier = seen.capture if seen is not None and not seen.is_copy else None
                self._files[identity] = self._identify(file, earlier, here)
        self._tell_lost(here)
        self._forget(here)

    def _identify(self, listed: Listed, earlier: Capture | None, here: set[int]) -> Seen:
        """Find out what a file is that was `earlier`; `here` are those whose files are known."""
        path = listed[0]
        if earlier is not None and earlier.file is not None and earlier.file.is_the_same():
            earlier.path = path
            earlier.grew = True
            here.add(id(earlier))
            return Seen(listed, earlier)
        try:
            frame, is_packed = _peek(path)
        except CaptureError as error:
            return Seen(listed, self._refused(path, error, earlier))
        if frame is None:
            return Seen(listed, None)
        digest = digest_of(frame)
        capture = self._known.get(digest)
        if capture is None:
            capture = self._known[digest] = Capture(path, digest, frame[0])
            self.pending.append(capture)
        elif capture is earlier or id(capture) not in here:
            self._go_on(capture, path, is_packed=is_packed and capture is not earlier)
        else:
            return Seen(listed, capture, is_copy=True)
        here.add(id(capture))
        return Seen(listed, capture)

    def _go_on(self, capture: Capture, path: Path, *, is_packed: bool) -> None:
        """A capture has grown after it was closed, or stands in another file than before."""
        begun = capture.file is not None or capture.given >= 0
        capture.path = path
        capture.failure = None
        if capture.damaged or (begun and is_packed):
            return  # it was compressed because it was complete
        if capture.file is not None:
            capture.given = capture.file.given
            capture.file.close()
            capture.file = None
        if capture not in self.pending:
            self.pending.append(capture)

    def _refused(self, path: Path, error: CaptureError, earlier: Capture | None) -> Capture | None:
        """Say that a file cannot be read, once, if it should be one that can."""
        is_gone = isinstance(error.__cause__, FileNotFoundError)
        if is_gone or not is_named_like_a_capture(path):
            return None
        if earlier is not None and earlier.failure is not None:
            return earlier
        capture = Capture(path)
        capture.failure = error
        self.failures.append(error)
        return capture

    def _tell_lost(self, here: set[int]) -> None:
        """Say which captures went away before they were opened."""
        for capture in [one for one in reversed(self.pending) if id(one) not in here]:
            self.pending.remove(capture)
            if capture.given < 0:
                message = "was removed or overwritten before it was read"
                self.failures.append(CaptureError(str(capture.path), message))

    def _forget(self, here: set[int]) -> None:
        """Drop the oldest of those that went away, if they are many."""
        surplus = len(self._known) - len(here) - MOST_REMEMBERED
        if surplus > 0:
            gone = [one for one in self._known.values() if id(one) not in here and not one.file]
            for capture in gone[:surplus]:
                del self._known[capture.digest]


def digest_of(frame: Frame) -> bytes:
    """Return what tells a capture from all others: its first packet, with its time."""
    ts_ns, linktype, data = frame
    return blake2b(b"%d %d " % (ts_ns, linktype) + data, digest_size=16).digest()


def _peek(path: Path) -> tuple[Frame | None, bool]:
    """Return the first packet of a file, None if it is not written yet; and if it is compressed."""
    file = GrowingFile(str(path), chunk=PEEK)
    try:
        return file.first(), file.is_packed
    finally:
        file.close()


def _about(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return what a file is like, None of what is no file or has just gone."""
    try:
        about = entry.stat()
    except OSError:
        return None
    return about if stat.S_ISREG(about.st_mode) else None

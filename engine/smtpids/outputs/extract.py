"""Attachments as files, for whoever wants to look into them: `--extract`.

A file is called by the SHA-256 of its octets, so nothing of the wire becomes a name, and what came
a hundred times is stored once. Octets go to a hidden file first, which gets its name when the
attachment has ended: under a name that is a hash there is nothing but what has that hash. An
attachment of which only the beginning could be had is called `.part` behind the hash of that.

All names are used relative to open folders and never through a symbolic link. What may be written
in a run is limited; what was not written is counted and said once. Octets leave here, so the folder
is as private as the mail: nobody but owner and group reads it, and no file can be run.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.config import KIB, MIB
from smtpids.errors import OutputError
from smtpids.outputs.faults import sentence
from smtpids.outputs.octets import push

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.config import Limits
    from smtpids.outputs.extract_shares import Share

FOLDER_MODE: Final = 0o750
FILE_MODE: Final = 0o640
#: Behind the name of a file that holds the beginning of an attachment.
PART: Final = ".part"
#: Why an attachment was not written.
QUOTA, FILES, OPEN_FILES, FULL, WRITE = REASONS = (
    "quota",
    "files",
    "open_files",
    "full",
    "write",
)
#: Of these, those that are a fault and no limit.
FAULTS: Final = (FULL, WRITE)
#: What became of those that were.
WHOLE, PARTIAL, DUPLICATE = RESULTS = ("whole", "part", "duplicate")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_CLOSED: Final = -1


class Extractor:
    """Writes attachments below `folder`, which is made if it is not there.

    `tell` gets a sentence for the log, each once. `share` is set where other processes of the run
    write there too. OutputError if the folder cannot be used.
    """

    def __init__(
        self,
        folder: str,
        limits: Limits,
        tell: Callable[[str], None],
        share: Share | None = None,
    ) -> None:
        self.name = str(Path(folder).absolute())
        self.limits = limits
        self.written = dict.fromkeys(RESULTS, 0)
        """Attachments by what became of them."""
        self.skipped = dict.fromkeys(REASONS, 0)
        """Attachments that were not written, by the reason."""
        self.octets = 0
        """Octets written, those of attachments that are not at their end included."""
        self.open = 0
        """Attachments that are being written."""
        self._tell = tell
        self._share = share
        self._told: set[str] = set()
        self._number = 0
        try:
            with suppress(FileExistsError):
                Path(folder).mkdir(mode=FOLDER_MODE)
            self._fd = os.open(folder, _FOLDER)
        except OSError as error:
            raise OutputError(sentence(folder, error)) from error
        if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            self.close()
            raise OutputError(sentence(folder, PermissionError(errno.EACCES, "permission denied")))

    @property
    def kept(self) -> int:
        """Attachments that are in files now, cut ones and those that were there before included."""
        return sum(self.written.values())

    @property
    def lost(self) -> int:
        """Attachments that could not be written, though no limit was met."""
        return sum(self.skipped[reason] for reason in FAULTS)

    def begin(self) -> Spool:
        """Return what takes the octets of one attachment."""
        return Spool(self)

    def close(self) -> None:
        """Give the folder back; what has not ended by now is not kept."""
        fd, self._fd = self._fd, _CLOSED
        if fd != _CLOSED:
            os.close(fd)

    # -- for the spools ----------------------------------------------------------------------------

    def refusal(self, count: int, *, is_new: bool) -> str:
        """Return why `count` more octets may not be written, "" if they may."""
        limits = self.limits
        octets = self.octets
        files = self.open + self.written[WHOLE] + self.written[PARTIAL]
        if self._share is not None:
            others = self._share.of_others(octets, files)
            octets += others[0]
            files += others[1]
        if octets + count > limits.extract_octets:
            return QUOTA
        if is_new and self.open >= limits.extract_open:
            return OPEN_FILES
        return FILES if is_new and files >= limits.extract_files else ""

    def create(self) -> tuple[int, str]:
        """Make a file without a name for others; return its descriptor and its own name."""
        while True:
            self._number += 1
            name = f".new-{os.getpid()}-{self._number}"
            with suppress(FileExistsError):
                return os.open(name, _NEW, FILE_MODE, dir_fd=self._fd), name

    def keep(self, hidden: str, name: str, size: int) -> tuple[str, bool]:
        """Give a file its name; return its path, and whether its like was there before."""
        below = name[:2]
        with suppress(FileExistsError):
            os.mkdir(below, FOLDER_MODE, dir_fd=self._fd)
        folder = os.open(below, _FOLDER | os.O_NOFOLLOW, dir_fd=self._fd)
        try:
            if self._share is not None:  # held until the folder is closed
                fcntl.flock(folder, fcntl.LOCK_EX)
            known = _is_there(name, size, folder)
            if known:
                os.unlink(hidden, dir_fd=self._fd)
            else:
                os.rename(hidden, name, src_dir_fd=self._fd, dst_dir_fd=folder)
        finally:
            os.close(folder)
        return f"{self.name}/{below}/{name}", known

    def discard(self, hidden: str) -> None:
        """Remove a file that gets no name."""
        with suppress(OSError):
            os.unlink(hidden, dir_fd=self._fd)

    def skip(self, reason: str, error: OSError | None = None) -> None:
        """Count an attachment that is not written, and say why for the first time."""
        self.skipped[reason] += 1
        said = sentence(self.name, error) if error is not None else self._words(reason)
        if said not in self._told and len(self._told) < len(REASONS) * 8:
            self._told.add(said)
            self._tell(said)

    def _words(self, reason: str) -> str:
        limits = self.limits
        met = {
            QUOTA: f"{sized(limits.extract_octets)} of attachments in a run (--extract-quota)",
            FILES: f"{limits.extract_files:,} attachments in a run",
            OPEN_FILES: f"{limits.extract_open:,} attachments at once",
        }
        return f"{self.name}: more than {met[reason]}: what goes beyond is counted only"


class Spool:
    """The octets of one attachment on their way into a file."""

    __slots__ = ("_extractor", "_fd", "_hidden", "_is_cut", "_is_refused", "size")

    def __init__(self, extractor: Extractor) -> None:
        self.size = 0
        self._extractor = extractor
        self._fd = _CLOSED
        self._hidden = ""
        self._is_cut = False
        self._is_refused = False

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""
        extractor = self._extractor
        room = extractor.limits.extract_file_octets - self.size
        self._is_cut |= len(octets) > room
        octets = octets[: max(room, 0)]
        if self._is_refused or not octets:
            return
        reason = extractor.refusal(len(octets), is_new=self._fd == _CLOSED)
        if reason:
            self._refuse(reason)
            return
        try:
            if self._fd == _CLOSED:
                self._fd, self._hidden = extractor.create()
                extractor.open += 1
        except OSError as error:
            self._fail(error)
            return
        taken, failure = push(partial(os.write, self._fd), octets)
        self.size += taken
        extractor.octets += taken
        if failure is not None:
            self._fail(failure)

    def end(self, sha256: str, *, whole: bool) -> str:
        """Give the file its name and return its path, "" if there is none.

        `sha256` is that of all octets, "" if it is not known; `whole` tells that none is missing.
        """
        if self._fd == _CLOSED:
            return ""
        extractor = self._extractor
        whole = whole and not self._is_cut
        try:
            name = sha256 if whole and sha256 else _digest(self._fd)
            path, known = extractor.keep(self._hidden, name if whole else name + PART, self.size)
        except OSError as error:
            self._fail(error)
            return ""
        self._close()
        if known:
            extractor.octets -= self.size
        extractor.written[DUPLICATE if known else WHOLE if whole else PARTIAL] += 1
        return path

    def __del__(self) -> None:
        """Let go of the file of an attachment that never ended."""
        if self._fd != _CLOSED:
            self._drop()

    def _fail(self, error: OSError) -> None:
        self._refuse(FULL if error.errno in _FULL else WRITE, error)

    def _refuse(self, reason: str, error: OSError | None = None) -> None:
        self._is_refused = True
        if self._fd != _CLOSED:
            self._drop()
        self._extractor.skip(reason, error)

    def _drop(self) -> None:
        self._close()
        self._extractor.octets -= self.size
        self._extractor.discard(self._hidden)

    def _close(self) -> None:
        os.close(self._fd)
        self._fd = _CLOSED
        self._extractor.open -= 1


def sized(octets: int) -> str:
    """Return octets for people: `1 GiB`, `64 MiB`, `300 octets`."""
    for unit, name in ((KIB * MIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if octets >= unit:
            return f"{octets / unit:.3g} {name}"
    return f"{octets} octets"


def _is_there(name: str, size: int, folder: int) -> bool:
    """Whether a file of this name and size is there; a symbolic link is none."""
    try:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(about.st_mode) and about.st_size == size


def _digest(fd: int) -> str:
    os.lseek(fd, 0, os.SEEK_SET)
    digest = hashlib.sha256()
    while octets := os.read(fd, MIB):
        digest.update(octets)
    return digest.hexdigest()

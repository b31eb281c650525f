"""Records in a file that other programs rotate and follow.

Each record is one `write` to a descriptor opened for appending, so a program that follows the file
sees whole lines and several writers do not tear each other's. Nothing is held in memory: what
`write` took survives a crash of ours; of a line that was underway the part is cut off (`tail.py`).
The file is looked up again at most once a second of wall time; if it was moved away or removed, a
new one is begun, with or without SIGHUP. When writing fails (a full disk, a lost mount), records
are counted as lost and the next ones are tried.

A rotation moves the file and then makes the new one. Who made it in between would be in the way of
the other, so a file that was moved is missed at two looks before it is made here.

Rotation that copies and truncates loses lines with every program; moving and creating does not.
"""

from __future__ import annotations

import errno
import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.errors import OutputError
from smtpids.outputs.account import WRITE, Account, no_clock
from smtpids.outputs.faults import name_of, sentence
from smtpids.outputs.octets import is_torn, push
from smtpids.outputs.tail import mend

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.outputs.entry import Entry

LOOK_SECONDS: Final = 1.0
"""Between two looks at whether the path still names the open file."""
MODE: Final = 0o640
"""Alerts name people: the owner writes, the group reads."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED: Final = -1


class FileOutput(Account):
    """Appends records to `path`. `clock` gives seconds that only grow, `now_ns` the wall's.

    `name` is what the operator calls it, if not by its path. OutputError if the file cannot be
    opened.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str = "",
        clock: Callable[[], float] = time.monotonic,
        now_ns: Callable[[], int] = no_clock,
    ) -> None:
        self._path = os.fspath(path)
        super().__init__(name or self._path, now_ns)
        self._clock = clock
        self._looked = clock()
        self._missed = False
        self._ended = False
        try:
            self._fd = _open(self._path)
        except OSError as error:
            raise OutputError(sentence(self._path, error)) from error
        self._torn = mend(self._path, self._fd)

    def write(self, entry: Entry) -> None:
        """Append one record; it counts as lost if that fails."""
        if self._ended:
            self.lose(WRITE)
            return
        now = self._clock()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            missed, self._missed = self._missed, False
            if not self._is_in_place():
                if self._was_moved() and not missed:
                    self._missed = True
                else:
                    self.reopen()
        if self._fd != _CLOSED and self._append(entry.line):
            self.succeed()
        else:
            self.lose(WRITE)

    def reopen(self) -> None:
        """Begin the file anew; if that fails, the old one serves for as long as it has a name."""
        if self._ended:
            return
        try:
            fresh = _open(self._path)
        except OSError as error:
            self._note(error)
            if self._fd != _CLOSED and _has_no_name(self._fd):
                self._drop()
            return
        self._drop()
        self._fd = fresh
        self._torn = mend(self._path, self._fd)

    def close(self) -> None:
        """Give the descriptor back."""
        self._ended = True
        self._drop()

    def _append(self, record: bytes) -> bool:
        """Write the record; after one that was cut short, it begins on a line of its own."""
        octets = b"\n" + record if self._torn else record
        taken, error = push(partial(os.write, self._fd), octets)
        self._torn = is_torn(octets, taken, before=self._torn)
        if error is None:
            return True
        self._note(error)
        if error.errno not in _FULL:  # the descriptor may be stale: open it anew in a second
            self._drop()
        return False

    def _is_in_place(self) -> bool:
        """Whether the path names the file that is open."""
        if self._fd == _CLOSED:
            return False
        try:
            named = Path(self._path).stat()
        except OSError:
            return False
        return os.path.samestat(named, os.fstat(self._fd))

    def _was_moved(self) -> bool:
        """Whether the open file has another name now, and none has taken its place yet."""
        named = os.path.lexists(self._path)
        return self._fd != _CLOSED and not named and not _has_no_name(self._fd)

    def _note(self, error: OSError) -> None:
        self.fail(name_of(error))
        self.last_error = sentence(self._path, error)

    def _drop(self) -> None:
        fd, self._fd = self._fd, _CLOSED
        if fd == _CLOSED:
            return
        try:
            os.close(fd)
        except OSError as error:  # a network file system may tell of a failed write only now
            self._note(error)


def _open(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, MODE)


def _has_no_name(fd: int) -> bool:
    """Whether the open file was removed, so that what is written to it can never be read."""
    try:
        return os.fstat(fd).st_nlink == 0
    except OSError:
        return True

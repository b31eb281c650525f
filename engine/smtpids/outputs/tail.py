"""The end of a file of lines that a killed process may have left within one.

A process that is killed amid a `write` leaves what the system had taken so far, and nobody can
finish that line: it was never counted as written. It is cut off, where this can hurt nobody: the
file is a plain one, what is left begins a JSON object and does not end it, and nobody else holds
the file open to write to it. Whoever writes holds a shared lock (`flock`), so the one that gets it
alone knows that the line is not underway. Where that cannot be known, the part stays, and what is
written next begins a line of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from pathlib import Path
from typing import Final

MOST_OCTETS: Final = 1 << 20
"""How far back the beginning of a line is looked for; no record is as long, in any format."""


def mend(path: str, written: int) -> bool:
    """Cut off what a killed process left of a line; tell whether the file still ends within one.

    `written` is the descriptor that `path` was opened with; it keeps a shared lock on the file.
    """
    try:
        alone = _lock(written, fcntl.LOCK_EX)
        try:
            return _mend(path, written, alone=alone)
        finally:
            _lock(written, fcntl.LOCK_SH)
    except OSError:  # it may be written and not read: then it counts as whole
        return False


def _mend(path: str, written: int, *, alone: bool) -> bool:
    state = os.fstat(written)
    if not state.st_size or not stat.S_ISREG(state.st_mode):
        return False
    at = max(state.st_size - MOST_OCTETS, 0)
    with Path(path).open("rb", buffering=0) as file:
        if os.pread(file.fileno(), 1, state.st_size - 1) == b"\n":
            return False
        before, end, part = os.pread(file.fileno(), MOST_OCTETS, at).rpartition(b"\n")
    if not alone or not (end or not at) or not _is_part_of_a_record(part):
        return True
    os.ftruncate(written, at + len(before) + len(end))
    return False


def _is_part_of_a_record(part: bytes) -> bool:
    """Whether this is a JSON object without its end, and not another's text without a newline."""
    if not part.startswith(b"{"):
        return False
    try:
        json.loads(part)
    except ValueError:
        return True
    return False


def _lock(written: int, kind: int) -> bool:
    """Take a lock, or tell that another has it, or that there are none on this file system."""
    try:
        fcntl.flock(written, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

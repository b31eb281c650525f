"""A folder that belongs to one output: what it is called, and that no other process is in it."""

from __future__ import annotations

import fcntl
import os
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from smtpids.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

MODE: Final = 0o640
NAME_CHARS: Final = 100
_ORDINARY: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def folder_name(name: str) -> str:
    """Return a name for a folder that is safe, and another one for every other name."""
    safe = "".join(char if char in _ORDINARY else "_" for char in name)[:NAME_CHARS]
    if safe == name and safe.strip("."):
        return safe
    return f"{safe.strip('.')}-{blake2b(name.encode(errors='replace'), digest_size=4).hexdigest()}"


def claim(path: Path) -> int:
    """Return a descriptor that keeps other processes out; OutputError if one is in."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise OutputError(
            f"{path.parent} is in use by another process: end that one, or give this output "
            "another name or another spool"
        ) from None
    return lock

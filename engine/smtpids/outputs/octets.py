"""Getting octets out whole: the system may take fewer at a time than it is given."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def push(write: Callable[[bytes], int], octets: bytes) -> tuple[int, OSError | None]:
    """Write until all is taken; return how many octets were, and what stopped it if not all."""
    taken = 0
    while taken < len(octets):
        try:
            count = write(octets[taken:])
        except OSError as error:
            return taken, error
        if not count:
            return taken, OSError(errno.EIO, os.strerror(errno.EIO))
        taken += count
    return taken, None


def is_torn(octets: bytes, taken: int, *, before: bool) -> bool:
    """Whether the target now ends within a line, as it did `before` or because of this write."""
    return octets[taken - 1 : taken] != b"\n" if taken else before

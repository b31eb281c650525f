"""Logs our own bugs without letting whoever found one fill the disk with it.

Traffic that shows a bug can show it a thousand times a second, each time with a traceback. So of
each bug, named by its kind and the line that raised it, the first occurrences are logged and then
those whose number is a power of ten; counted are all of them, elsewhere.
"""

from __future__ import annotations

import logging
from typing import Final

LOG: Final = logging.getLogger("smtpids")
#: Of one bug so many occurrences are logged before it becomes rare.
FIRST: Final = 3


class BugLog:
    """What was logged in one run. There are as many kinds as there are lines that can raise."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def tell(self, bug: Exception, layer: str, packet: int, ends: str) -> None:
        """Log a bug that showed in `layer` at a packet between two ends, if it is its turn."""
        kind = _kind_of(bug)
        number = self._seen[kind] = self._seen.get(kind, 0) + 1
        if number > FIRST and str(number).rstrip("0") != "1":
            return
        which = f"number {number} of its kind"
        if number == FIRST:
            which += "; from here on only the 10th, 100th, 1000th ... is logged"
        LOG.error(
            "internal error in %s, packet %d %s: %s", layer, packet, ends, which, exc_info=bug
        )


def _kind_of(bug: Exception) -> str:
    """Name a bug by its kind and the line that raised it."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return f"{type(bug).__name__} {where}"

"""Looks at files for changes, so that a run takes them up by itself (`run --reload`).

It asks the file system every few seconds, as that works on every system and on network shares. A
change counts when nothing has changed since the look before, so that an editor or a checkout that
is still writing is waited for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from smtpids.cli.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Seconds from one look to the next.
INTERVAL: Final = 2.0
SUFFIXES: Final = (".yml", ".yaml")

State: TypeAlias = "dict[str, tuple[int, int, int]]"


def state_of(roots: Iterable[str]) -> State:
    """Return time, size and inode of each file, and of each YAML file in a folder."""
    found: State = {}
    for root in roots:
        for path in _files(root):
            try:
                told = os.stat(path)  # noqa: PTH116 -- of a thousand files, every two seconds
            except OSError:
                continue  # gone: it is missed in the state
            found[path] = told.st_mtime_ns, told.st_size, told.st_ino
    return found


def _files(root: str) -> Iterator[str]:
    if not Path(root).is_dir():
        yield root
        return
    for folder, inner, files in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in files:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield os.path.join(folder, name)  # noqa: PTH118 -- the same


class Changes:
    """Tells when the files are others than they were and have come to rest."""

    def __init__(self, roots: Callable[[], Iterable[str]]) -> None:
        self._roots = roots
        self._settled = state_of(roots())
        self._before = self._settled

    def look(self) -> bool:
        """Return whether there is a change that was there at the look before, too."""
        before, now = self._before, state_of(self._roots())
        self._before = now
        if now == self._settled or now != before:
            return False
        self._settled = now
        return True


class Watcher(Ticker):
    """Calls `changed` in a thread of its own after each change, as long as the `with` lasts."""

    def __init__(
        self, changes: Changes, changed: Callable[[], None], interval: float = INTERVAL
    ) -> None:
        super().__init__("watch", self._look, interval)
        self._changes = changes
        self._changed = changed

    def _look(self) -> None:
        if self._changes.look():
            self._changed()

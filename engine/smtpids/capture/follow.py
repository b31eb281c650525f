"""Follows the captures of a folder, or one file, that others are still writing.

What is there is read in the order of first packets, and then what comes. Of several files with
unread octets the oldest is read, up to where it ends for now; it stays open, and if it grows it is
gone on with. So it makes no difference whether a writer closes a file before it begins the next,
whether two write at once, or a file is copied in late: nothing is lost, and nothing is read twice.

No system call tells on every system, and for network file systems, that a file grew: it is looked
again and again. What captures there are is found out by inventory.py, how one file is read as it
grows stands in growing.py.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, Final

from smtpids.capture.growing import GrowingFile
from smtpids.capture.inventory import Inventory, digest_of
from smtpids.config import SECOND
from smtpids.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smtpids.capture.frames import Frame, Source
    from smtpids.capture.inventory import Capture

#: Seconds between two looks at what grows.
PAUSE: Final = 0.2
#: A file that has not grown for so long while others did is given up, as complete or as cut. If it
#: grows after all, it is opened again.
QUIET_NS: Final = 60 * SECOND
#: Files that are kept open; beyond them the one that has not grown for longest is given up.
MOST_OPEN: Final = 16


class Failed:
    """A source that only says why there is nothing to read."""

    def __init__(self, failure: CaptureError) -> None:
        self.name = failure.source
        self.received = 0
        self.dropped = 0
        self._failure = failure

    def __iter__(self) -> Iterator[Frame]:
        """Raise the failure."""
        raise self._failure

    def stop(self) -> None:
        """Do nothing: it ends of itself."""

    def close(self) -> None:
        """Do nothing: nothing is open."""


class Follower:
    """The sources for the files in `folder` whose names match `pattern`, until `stop`.

    A file comes several times, each time with what was written since; after the last it is `over`.
    `now_ns` is the clock in nanoseconds since 1970, `wait` a wait of so many seconds.
    """

    def __init__(
        self,
        folder: Path,
        pattern: str = "*",
        *,
        now_ns: Callable[[], int],
        wait: Callable[[float], None] | None = None,
    ) -> None:
        self.name = str(folder if pattern == "*" else folder / pattern)
        self._inventory = Inventory(folder, pattern, now_ns)
        self._now_ns = now_ns
        self._wait = wait or self._sleep
        self.looks = 0
        """How often it was looked for more."""
        self._stopped = False
        self._wake = os.pipe()
        os.set_blocking(self._wake[1], False)
        self._open: dict[Capture, int] = {}
        """The captures that are open, and when each was seen to grow."""
        self._current: Capture | None = None

    def __iter__(self) -> Iterator[Source]:
        """Yield what is to be read next, again and again."""
        failures = self._inventory.failures
        while not self._stopped:
            self.looks += 1
            self._look()
            if failures:
                yield Failed(failures.pop(0))
                continue
            capture = self._turn() or self._quiet() or self._current
            file = None if capture is None else self._file_of(capture)
            if capture is None or file is None:
                self._wait(PAUSE)
                continue
            self._current = capture
            yield file
            self._leave(capture, file)

    def stop(self) -> None:
        """End the iteration soon, and any wait; from a signal handler, too."""
        self._stopped = True
        try:
            os.write(self._wake[1], b"\0")
        except OSError:
            return  # full: it is awake already

    def close(self) -> None:
        """Close what is open."""
        self._stopped = True
        for capture in self._open:
            if capture.file is not None:
                capture.file.close()
        self._open.clear()
        wake, self._wake = self._wake, (-1, -1)
        for fd in wake:
            if fd >= 0:
                os.close(fd)

    def _look(self) -> None:
        """Find out what there is, and what of the open files has grown."""
        self._inventory.look()
        now = self._now_ns()
        for capture in list(self._open):
            if capture.file is None:
                del self._open[capture]
            elif capture.grew:
                self._open[capture] = now
            capture.grew = False
        if self._current not in self._open:
            self._current = max(self._open, key=lambda capture: capture.order, default=None)

    def _stay(self, file: GrowingFile) -> bool:
        """Wait at the end of `file`; False if there is something else to do."""
        self._look()
        turn = self._turn() or self._quiet()
        if self._stopped or self._inventory.failures or file.over:
            return False
        if turn is not None and turn.file is not file:
            return False
        if not file.wants_to_go_on:
            self._wait(PAUSE)
        return not self._stopped

    def _turn(self) -> Capture | None:
        """Return the oldest capture that has something to read."""
        ready = [capture for capture in self._open if capture.file and capture.file.wants_to_go_on]
        ready += self._inventory.pending[-1:]
        return min(ready, key=lambda capture: capture.order, default=None)

    def _quiet(self) -> Capture | None:
        """Return an open file that is to be given up."""
        others = [capture for capture in self._open if capture is not self._current]
        if not others:
            return None
        quietest = min(others, key=self._open.__getitem__)
        quiet_ns = self._now_ns() - self._open[quietest]
        if quietest.file is None or (quiet_ns < QUIET_NS and len(self._open) <= MOST_OPEN):
            return None
        quietest.file.finish()
        return quietest

    def _file_of(self, capture: Capture) -> GrowingFile | None:
        """Return its file, opened if it is not; None if it is not there any more."""
        if capture.file is not None:
            return capture.file
        file = self._opened(capture)
        if file is None:
            self._inventory.doubt(capture)
            return None
        self._inventory.pending.remove(capture)
        file.skip(capture.given)
        capture.file = file
        self._open[capture] = self._now_ns()
        return file

    def _opened(self, capture: Capture) -> GrowingFile | None:
        """Open the file, which may have become another's since it was looked at."""
        try:
            file = GrowingFile(str(capture.path), self._stay, self._now_ns)
        except CaptureError:
            return None
        try:
            frame = file.first()
        except CaptureError:
            frame = None
        if frame is not None and digest_of(frame) == capture.digest:
            return file
        file.close()
        return None

    def _leave(self, capture: Capture, file: GrowingFile) -> None:
        """Note how far a file was read."""
        capture.given = file.given
        if file.over:
            capture.damaged = file.damaged
            capture.file = None

    def _sleep(self, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._wake[0], select.POLLIN)
        poll.poll(seconds * 1000)

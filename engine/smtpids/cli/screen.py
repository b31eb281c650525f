"""stderr, which the log and the progress bar share, often on the terminal that stdout has too.

Whoever writes a line takes the lock and lets the bar be wiped first; the bar draws itself anew.
So lines never run into the bar, whichever thread they come from.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: To the first column, and clear to the end of the line (ECMA-48 EL).
WIPE = "\r\x1b[K"

log = logging.getLogger("smtpids")


class Screen:
    """Keeps apart the lines and the bar of one terminal."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.bar_is_drawn = False

    @contextmanager
    def line(self) -> Iterator[None]:
        """Hold the terminal while a line is written, without the bar in its way."""
        with self.lock:
            if self.bar_is_drawn:
                sys.stderr.write(WIPE)
                sys.stderr.flush()
                self.bar_is_drawn = False
            yield


class ToScreen(logging.Handler):
    """Writes what the engine logs as lines `smtpids: …` on stderr."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen
        self.setFormatter(logging.Formatter("smtpids: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a stderr that is gone or full is not worth an end."""
        text = self.format(record)
        with suppress(OSError), self._screen.line():
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


@contextmanager
def logging_to(screen: Screen, *, quiet: bool, verbose: int) -> Iterator[None]:
    """Show the log on `screen`: warnings always, notices unless quiet, all with -v."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    target = ToScreen(screen)
    before = log.level, log.propagate
    log.addHandler(target)
    log.setLevel(level)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(target)
        log.level, log.propagate = before

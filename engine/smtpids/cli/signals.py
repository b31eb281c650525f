"""What the process's signals mean: SIGINT and SIGTERM end the input, SIGHUP begins anew.

A Python signal handler runs between two instructions of the main thread, so it may not take a lock
nor do anything long. Ends set flags and wake the source; a reload is the work of a thread of its
own, which compiles the rules while packets flow on.
"""

from __future__ import annotations

import signal
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

#: Seconds that an end waits for a reload under way.
PATIENCE = 5.0


class Signals:
    """Answers signals as long as the `with` lasts.

    `stop` is called in a signal handler: it must only set flags and wake. `reload` is called in a
    thread. A second SIGINT raises KeyboardInterrupt, wherever the program is.
    """

    def __init__(self, stop: Callable[[], None], reload: Callable[[], None] = lambda: None) -> None:
        self.interrupted = False
        self.terminated = False
        self._stop = stop
        self._reload = reload
        # put() of a SimpleQueue may be called in a handler that interrupted another put()
        self._asked: SimpleQueue[bool] = SimpleQueue()
        self._thread = Thread(target=self._reload_when_asked, name="reload", daemon=True)
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for."""
        return self.interrupted or self.terminated

    def __enter__(self) -> Self:
        """Take over the three signals."""
        self._thread.start()
        actions = {
            signal.SIGINT: self._interrupt,
            signal.SIGTERM: self._terminate,
            signal.SIGHUP: self._hang_up,
        }
        for number, action in actions.items():
            self._before[number] = signal.signal(number, action)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back and let a reload that has begun come to its end."""
        for number, action in self._before.items():
            signal.signal(number, action)
        self._asked.put(False)
        self._thread.join(PATIENCE)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
        self._stop()

    def _terminate(self, _number: int, _frame: FrameType | None) -> None:
        self.terminated = True
        self._stop()

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.put(True)

    def _reload_when_asked(self) -> None:
        while self._asked.get():
            self._reload()

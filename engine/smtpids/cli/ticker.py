"""What goes on beside a run: a function that is called again and again in a thread of its own."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

#: Seconds that the end waits for a call that has begun.
PATIENCE: Final = 5.0


class Ticker:
    """Calls `tick` every `interval` seconds in a thread `name`, as long as the `with` lasts."""

    def __init__(self, name: str, tick: Callable[[], None], interval: float) -> None:
        self._tick = tick
        self._interval = interval
        self._over = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and let a call that has begun come to its end."""
        self._over.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._over.wait(self._interval):
            self._tick()

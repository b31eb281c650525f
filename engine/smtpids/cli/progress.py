"""The progress bar for files: octets, packets a second, alerts, time left; on stderr.

A thread looks at the counters a few times a second, so that the loop over packets does not know of
it. The bar is rich's; drawing is ours to time, because lines of the log and of the alerts go to the
same terminal.
"""

from __future__ import annotations

import sys
import time
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.progress import Progress, TaskID

    from smtpids.cli.screen import Screen

#: Seconds between two drawings.
INTERVAL = 0.2


class Standing(NamedTuple):
    """How far the work is."""

    octets: int
    packets: int
    alerts: int


def wanted(choice: str, *, live: bool) -> bool:
    """Return whether to draw: `auto` does for files when stderr is a terminal."""
    if choice == "auto":
        return not live and sys.stderr.isatty()
    return choice == "always"


class Bar:
    """Draws the bar as long as the `with` lasts. `total` is in octets; None if nobody knows."""

    def __init__(self, screen: Screen, total: int | None, standing: Callable[[], Standing]) -> None:
        self._screen = screen
        self._total = total
        self._standing = standing
        self._ended = Event()
        self._thread = Thread(target=self._draw_until_end, name="progress", daemon=True)

    def __enter__(self) -> Self:
        """Start to draw."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the bar."""
        self._ended.set()
        self._thread.join()

    def _draw_until_end(self) -> None:
        begun = time.monotonic()
        if self._ended.wait(INTERVAL):
            return  # done before anybody could read a bar, or wait for rich to be imported
        progress, task = _rich_bar(self._total)
        try:
            self._draw(progress, task, begun)
            while not self._ended.wait(INTERVAL):
                self._draw(progress, task, begun)
        finally:
            with self._screen.line():
                progress.stop()

    def _draw(self, progress: Progress, task: TaskID, begun: float) -> None:
        now = self._standing()
        rate = f"{now.packets / (time.monotonic() - begun):,.0f}"
        with self._screen.lock:
            progress.start()
            progress.update(task, completed=now.octets, rate=rate, alerts=f"{now.alerts:,}")
            progress.refresh()
            self._screen.bar_is_drawn = True


def _rich_bar(total: int | None) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    progress = Progress(
        BarColumn(bar_width=24),
        DownloadColumn(),
        TextColumn("{task.fields[rate]} packets/s"),
        TextColumn("{task.fields[alerts]} alerts"),
        TimeRemainingColumn(),
        console=Console(stderr=True, force_terminal=True),  # `wanted` has decided
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    return progress, progress.add_task("", total=total, rate="0", alerts="0")

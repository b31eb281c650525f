"""What a service manager is told of a run: ready, reloading, stopping, alive (sd_notify(3)).

Each state is one datagram to the socket that the manager names in the environment; without one
nothing is sent. A sign of life goes out only if the loop over the packets has turned since the last
one, so that a run that hangs is found and started anew. What cannot be sent is no fault of the run.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

#: Looks at the loop within the time after which the manager gives a run up; the manual asks for two
#: signs of life, and a look may come just before the loop turns.
LOOKS: Final = 4
#: Seconds between two reports of how things stand.
STATUS_SECONDS: Final = 10.0
#: A manager that does not read its socket must not hold the run up.
SEND_SECONDS: Final = 0.5

_log = logging.getLogger("smtpids")


class Notifier:
    """Sends states to the socket at `address`, a path or `@name`; "" is none.

    `watchdog` is the time in seconds after which the manager wants a sign of life, 0 is never.
    """

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        if address and address[0] not in "/@":
            _log.debug("NOTIFY_SOCKET: nobody is told, %r is no socket of this machine", address)
            address = ""
        self.watchdog = watchdog if address else 0.0
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._failed = False

    @classmethod
    def of(cls, environment: Mapping[str, str], process: int) -> Notifier:
        """Return what the environment asks for; a watchdog of another process is not ours."""
        wanted = environment.get("WATCHDOG_USEC", "")
        watchdog = 0.0
        if environment.get("WATCHDOG_PID", str(process)) == str(process) and _is_number(wanted):
            watchdog = int(wanted) / 1_000_000
        return cls(environment.get("NOTIFY_SOCKET", ""), watchdog)

    @property
    def listens(self) -> bool:
        """Whether there is a manager."""
        return bool(self._address)

    def tell(self, *states: str) -> bool:
        """Send states such as `READY=1`; return whether the manager has them."""
        if not self._address:
            return False
        import socket  # most runs have no manager

        text = "\n".join(state.replace("\n", " ") for state in states)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(SEND_SECONDS)
                sender.sendto(text.encode(errors="backslashreplace"), self._address)
        except (OSError, ValueError) as error:  # ValueError: a path with a null octet
            if not self._failed:
                _log.warning("the service manager cannot be told how the run stands: %s", error)
            self._failed = True
            return False
        self._failed = False
        return True

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """Tell that a reload is under way, and that it is over."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.tell("RELOADING=1", f"MONOTONIC_USEC={now}")
        try:
            yield
        finally:
            self.tell("READY=1")


class Attendance:
    """Tells the manager that the run lives, and how it stands, as long as the `with` lasts.

    `turns` counts what the loop has done so far; None is for a run that may wait for input as long
    as it likes, whose silence says nothing. `standing` is a line for people.
    """

    def __init__(
        self,
        notifier: Notifier,
        turns: Callable[[], int] | None,
        standing: Callable[[], str],
        status_seconds: float = STATUS_SECONDS,
    ) -> None:
        self._notifier = notifier
        self._turns = turns
        self._standing = standing
        self._status_seconds = status_seconds
        self._said = ""
        self._ends = False
        self._over = Event()
        self._thread = Thread(target=self._attend, name="notify", daemon=True)

    def __enter__(self) -> Self:
        """Do nothing: nothing is ready yet."""
        return self

    def ready(self) -> None:
        """Say that all is open and loaded, and begin to look."""
        if self._notifier.listens:
            self._said = self._standing()
            self._notifier.tell("READY=1", f"STATUS={self._said}")
            self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def stopping(self) -> None:
        """Say that the end has begun; its length is bounded by the manager, not by the watchdog."""
        self._ends = True
        self._notifier.tell("STOPPING=1", "STATUS=writing what is due")

    def _attend(self) -> None:
        watchdog = self._notifier.watchdog
        pause = self._status_seconds
        if watchdog:
            pause = min(pause, watchdog / LOOKS)
        turned = self._turned()
        told = time.monotonic()
        while not self._over.wait(pause):
            now, before = self._turned(), turned
            if watchdog and (now is None or now != before or self._ends):
                self._notifier.tell("WATCHDOG=1")
            turned = now
            if time.monotonic() - told >= self._status_seconds and not self._ends:
                told = time.monotonic()
                self._tell_standing()

    def _turned(self) -> int | None:
        return None if self._turns is None else self._turns()

    def _tell_standing(self) -> None:
        standing = self._standing()
        if standing != self._said:
            self._said = standing
            self._notifier.tell(f"STATUS={standing}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16

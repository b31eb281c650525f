"""The side of a service manager: a datagram socket that hears what a program tells (sd_notify)."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class ServiceManager:
    """Listens at `address`, a path or `@name`, as long as the `with` lasts."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.heard: list[str] = []
        """The datagrams so far."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def next(self, seconds: float = 20.0) -> str:
        """Return the next datagram; TimeoutError if none comes."""
        self._socket.settimeout(seconds)
        text = self._socket.recv(65536).decode()
        self.heard.append(text)
        return text

    def until(self, is_it: Callable[[str], bool], seconds: float = 20.0) -> str:
        """Return the first datagram from now on that is it."""
        end = time.monotonic() + seconds
        while not is_it(text := self.next(max(end - time.monotonic(), 0.001))):
            pass
        return text

    def is_silent(self, seconds: float) -> bool:
        """Tell whether nothing comes for so long, after what has come already."""
        self._socket.setblocking(False)
        try:
            while True:
                self.heard.append(self._socket.recv(65536).decode())
        except BlockingIOError:
            pass
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False

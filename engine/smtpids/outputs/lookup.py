"""The addresses of a name, within a time.

The system's resolver knows no limit of ours and may take half a minute, so it is asked in a thread
of its own. One that does not answer is not asked again before it does.
"""

from __future__ import annotations

import socket
import threading
from typing import NamedTuple


class Found(NamedTuple):
    """An address that a socket can be connected to."""

    family: int
    address: tuple[str | int | bytes, ...]


class Lookup:
    """Asks for the addresses of one host, one question at a time."""

    def __init__(self, host: str, port: int, kind: socket.SocketKind) -> None:
        self._host = host
        self._port = port
        self._kind = kind
        self._asking: threading.Thread | None = None
        self._answer: list[Found] | OSError = []

    def addresses(self, seconds: float) -> list[Found]:
        """Return the addresses, best first; OSError if there are none, TimeoutError."""
        if self._asking is None:
            self._asking = threading.Thread(target=self._ask, name="lookup", daemon=True)
            self._asking.start()
        self._asking.join(seconds)
        if self._asking.is_alive():
            raise TimeoutError
        self._asking = None
        if isinstance(self._answer, OSError):
            raise self._answer
        return self._answer

    def _ask(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=self._kind)
            self._answer = [Found(family, address) for family, _, _, _, address in found]
        except OSError as error:
            self._answer = error
        except UnicodeError:  # a label of a name that is empty or too long
            self._answer = socket.gaierror(socket.EAI_NONAME, "no such name")

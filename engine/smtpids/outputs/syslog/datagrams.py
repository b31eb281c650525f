"""A socket that carries one message a datagram: UDP (RFC 5426), or `/dev/log` of this machine.

UDP promises nothing: what the network or a full buffer drops is gone, and nobody is told. A
datagram socket of this machine waits while the receiver is behind, and loses what the receiver had
not read when it ends. Neither is confirmed, so nothing of it is delivered again.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING, Final

from smtpids.config import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST: Final = MIB
"""Octets of a datagram on a socket of this machine, if the system grants it
(net.core.wmem_max)."""


class Datagrams:
    """A connected datagram socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.confirms = True
        self.heard = b""
        self.too_long: dict[int, int] = {}
        """Position of the messages of the last `send` that no datagram takes -> their octets."""
        self._sock = sock
        if sock.family == socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)

    def check(self) -> None:
        """Do nothing: an error waits for the next `send`."""

    def settled(self) -> bool:
        """Whether nothing waits: there is nothing that could be known of it."""
        return True

    def send(self, messages: Sequence[bytes], deadline: float) -> tuple[int, int]:
        """Send messages in order; return how many were done with, and their octets.

        TimeoutError if none could be sent, OSError if the receiver is not there.
        """
        self.too_long = {}
        octets = 0
        for position, message in enumerate(messages):
            self._sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                octets += self._sock.send(message)
            except TimeoutError:
                if not position:
                    raise
                return position, octets
            except OSError as error:
                if error.errno != errno.EMSGSIZE:
                    raise
                self.too_long[position] = len(message)
        return len(messages), octets

    def finish(self, deadline: float) -> bool:
        """There is no end to wait for."""
        return True

    def close(self) -> None:
        """Let go of the socket."""
        self._sock.close()

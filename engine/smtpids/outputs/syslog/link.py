"""A connection that carries messages as a stream: TCP, TLS or a stream socket of this machine.

Sending ends at a deadline. What is sent by then is sent: the message that is under way is finished
first at the next call, and those behind it are told to come later. So a slow way gets through, as
long as it takes anything at all; one that takes nothing raises TimeoutError.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import ssl
import struct
import termios
import time
from typing import TYPE_CHECKING, Final

from smtpids.config import KIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PIECE: Final = 16 * KIB
"""Octets handed over at once: those of one record of TLS (RFC 8446 5.1)."""
LOOKS: Final = 16
"""How often what a receiver says is read at a time; it has nothing to say."""
PAUSE: Final = 0.005
"""Seconds between two looks at what the kernel has to send yet."""


class Link:
    """A connected socket, and how messages are framed on it.

    No method waits beyond its deadline, a reading of time.monotonic.
    """

    def __init__(self, sock: socket.socket, frame: Callable[[bytes], bytes]) -> None:
        self.confirms = False
        self.heard = b""
        """The first words of the receiver, which has nothing to say."""
        self._sock = sock
        self._frame = frame
        self._rest = b""  # of the message that is under way

    def check(self) -> None:
        """Read what the receiver has said; EOFError if it closed, OSError if it broke.

        Asked before sending: what is written to a connection that the other side has closed is
        taken by our kernel, and lost.
        """
        self._sock.settimeout(0)
        for _ in range(LOOKS):
            try:
                octets = self._sock.recv(4 * KIB)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not octets:
                raise EOFError
            self.heard = self.heard or octets

    def listen(self, seconds: float) -> None:
        """Wait a moment for the first word of the receiver.

        In TLS 1.3 it judges our certificate behind the handshake, and then says no or sends a
        session ticket.
        """
        select.select([self._sock], [], [], seconds)

    def settled(self) -> bool:
        """Whether the other kernel has acknowledged all that was sent."""
        return not self._rest and not self._unsent()

    def send(self, messages: Sequence[bytes], deadline: float) -> tuple[int, int]:
        """Send messages in order; return how many are on the way, and their octets.

        TimeoutError if nothing could be sent, OSError if the connection broke.
        """
        frames = [self._frame(message) for message in messages]
        octets = b"".join([self._rest, *frames])
        sent, begun = self._push(memoryview(octets), deadline)
        count, end = 0, len(self._rest)
        for frame in frames:
            if end >= begun:
                break
            count += 1
            end += len(frame)
        taken = end - len(self._rest)
        self._rest = octets[sent:end]
        return count, taken

    def finish(self, deadline: float) -> bool:
        """End the sending side; return whether the receiver has read all, as its own end shows.

        Linux resets a connection that is closed with something unread, so its FIN tells that
        nothing was. OSError if it broke.
        """
        self.check()  # an end that was there before tells nothing
        try:
            self.send((), deadline)
        except TimeoutError:
            return False
        if self._rest:
            return False
        try:
            self._end(deadline)
            while True:
                self._sock.settimeout(_left(deadline))
                if not self._sock.recv(4 * KIB):
                    break
            while self._unsent():
                if time.monotonic() >= deadline:
                    return False
                time.sleep(PAUSE)
        except TimeoutError:
            return False
        number = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, os.strerror(number))
        return True

    def close(self) -> None:
        """Let go of the socket; what is under way is cut off."""
        self._sock.close()

    # -- inside ------------------------------------------------------------------------------------

    def _push(self, octets: memoryview, deadline: float) -> tuple[int, int]:
        """Return how many octets were sent, and up to where they must be sent as they are.

        A record of TLS that is under way is made already, and must be handed over again whole.
        """
        sent = 0
        while sent < len(octets):
            piece = octets[sent : sent + PIECE]
            self._sock.settimeout(_left(deadline))
            try:
                sent += self._sock.send(piece)
            except (TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                if not sent:
                    raise TimeoutError from None
                is_tls = isinstance(self._sock, ssl.SSLSocket)
                return sent, sent + len(piece) if is_tls else sent
        return sent, sent

    def _end(self, deadline: float) -> None:
        """Say that nothing more comes: in TLS by close_notify, then by FIN."""
        sock = self._sock
        while isinstance(sock, ssl.SSLSocket):
            sock.settimeout(0)
            try:
                sock.unwrap()
            except ssl.SSLWantWriteError:
                select.select([], [sock], [], _left(deadline))
                if time.monotonic() >= deadline:
                    raise TimeoutError from None
                continue
            except (ssl.SSLError, ValueError):
                pass  # it is sent; the answer is not waited for, FIN says the same
            except OSError as error:
                if error.errno:  # 0: the other side ended without close_notify
                    raise
            break
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            if error.errno != errno.ENOTCONN:
                raise

    def _unsent(self) -> int:
        """Return the octets that the other kernel has not acknowledged (SIOCOUTQ)."""
        answer = fcntl.ioctl(self._sock.fileno(), termios.TIOCOUTQ, b"\0" * 4)
        return int(struct.unpack("i", answer)[0])


def _left(deadline: float) -> float:
    """Return the seconds until the deadline; a little where it has passed, for 0 means no wait."""
    return max(deadline - time.monotonic(), 0.001)

"""One request to a receiver and its answer, on a connection that is kept, within a deadline.

`http.client` speaks HTTP; the sockets under it share one deadline for all that is sent and
received, so that a receiver that drips an octet a second is as late as one that says nothing.

Redirects are not followed, and proxies that the environment names are not used: records go where
the configuration says or nowhere.
"""

from __future__ import annotations

import errno
import io
import select
import socket
import ssl
import time
from contextlib import suppress
from http.client import (
    HTTP_PORT,
    HTTPS_PORT,
    HTTPConnection,
    HTTPException,
    IncompleteRead,
)
from typing import TYPE_CHECKING, Final

from smtpids.config import KIB, MIB
from smtpids.errors import OutputError
from smtpids.outputs.contexts import make_context
from smtpids.outputs.faults import NETWORK, NO_ADDRESS
from smtpids.outputs.http.answer import Answer
from smtpids.outputs.http.tls import words_of
from smtpids.outputs.lookup import Lookup
from smtpids.outputs.transport import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from smtpids.config import OutputConfig

#: Octets of an answer that are read: a receiver's word on some ten thousand records.
ANSWER_OCTETS: Final = 4 * MIB
#: Octets handed to the system at once, so that the deadline is looked at in between.
BLOCK_OCTETS: Final = 64 * KIB
#: Nobody listens, or no way leads there.
NO_WAY: Final = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH})
#: The receiver ended a connection that it had taken.
BROKEN: Final = (errno.ECONNRESET, errno.EPIPE)


class Deadline:
    """A moment by which all must be done. `clock` gives seconds that only grow."""

    __slots__ = ("_clock", "_end")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Return the seconds left; TimeoutError if there are none."""
        seconds = self._end - self._clock()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class Connection:
    """A way to one host that is opened when it is needed and kept while it lasts.

    OutputError if the files for TLS cannot be used.
    """

    def __init__(self, config: OutputConfig, *, secure: bool, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        self.source = f"{'https' if secure else 'http'}://{shown}:{port}"
        """Scheme, host and port: what messages call the receiver."""
        self._config = config
        self._secure = secure
        self._host = host
        self._port = port
        self._lookup = Lookup(host, port, socket.SOCK_STREAM)
        self._context = make_context(config) if secure else None
        self._wire: _Wire | None = None
        self._has_answered = False
        """The receiver has shown that it speaks as we do."""

    def post(
        self,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        deadline: Deadline,
        hide: Callable[[str], str],
    ) -> Answer:
        """Send a request and return the answer; UnavailableError if there is none.

        A connection that was kept may have been closed by the receiver meanwhile. If it breaks
        before the first octet of an answer, the request is sent once more on a new one.
        """
        try:
            if self._wire is not None and self._wire.is_stale():
                self.close()
            if self._wire is not None:
                self._wire.deadline = deadline
                self._wire.is_answered = False
                with suppress(_SilenceError):
                    return self._exchange(self._wire, path, headers, body, hide)
            wire = self._wire = self._open(deadline)
            return self._exchange(wire, path, headers, body, hide)
        except (OSError, HTTPException, ValueError, OutputError) as error:
            self.close()
            raise self._unavailable(error) from error

    def reach(self, deadline: Deadline) -> None:
        """Connect if there is no connection; UnavailableError if that fails."""
        try:
            self._wire = self._wire or self._open(deadline)
        except (OSError, OutputError) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.cut()

    def _exchange(
        self,
        wire: _Wire,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        hide: Callable[[str], str],
    ) -> Answer:
        http = HTTPConnection(self._host, self._port)
        http.default_port = HTTPS_PORT if self._secure else HTTP_PORT  # which Host leaves out
        http.auto_open = 0
        http.sock = wire
        broken: OSError | None = None
        try:
            try:
                http.request("POST", path, body, dict(headers))
            except TimeoutError:
                raise
            except OSError as error:  # it may have answered before it had heard all: 413
                broken = error
            with http.getresponse() as response:
                octets = response.read(ANSWER_OCTETS + 1)
                if response.length and len(octets) <= ANSWER_OCTETS:
                    raise IncompleteRead(octets)
                named = {name.lower(): value for name, value in response.getheaders()}
                ends = response.will_close or bool(broken) or len(octets) > ANSWER_OCTETS
        except TimeoutError:
            raise
        except (OSError, HTTPException) as error:
            self.close()
            if wire.is_kept and not wire.is_answered:
                raise _SilenceError from error
            raise broken or error from None
        wire.is_kept = self._has_answered = True
        if ends:
            self.close()
        whole = len(octets) <= ANSWER_OCTETS
        return Answer(self.source, response.status, named, octets[:ANSWER_OCTETS], whole, hide)

    def _open(self, deadline: Deadline) -> _Wire:
        sock = self._connect(deadline)
        if not self._secure:
            return _Wire(sock, deadline)
        try:
            if self._context is None:
                self._context = make_context(self._config)
            sock.settimeout(deadline.left())
            name = self._config.server_name or self._host
            return _Wire(self._context.wrap_socket(sock, server_hostname=name), deadline)
        except BaseException:
            sock.close()
            raise

    def _connect(self, deadline: Deadline) -> socket.socket:
        """Try each address of the host, each with its share of the time."""
        found = self._lookup.addresses(deadline.left())
        last = OSError("it has no address")
        for index, (family, address) in enumerate(found):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(deadline.left() / (len(found) - index))
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                sock.close()
                last = error
            else:
                return sock
        raise last

    def _unavailable(self, error: Exception) -> UnavailableError:
        if isinstance(error, TimeoutError):
            seconds = self._config.timeout_ns / 1e9
            told = f"{self.source} did not answer within {seconds:g} s"
            return UnavailableError(told, reason="timeout")
        reason = "refused" if _is_refusal(error) else "write"
        return UnavailableError(f"{self.source}: {self._words(error)}", reason=reason)

    def _words(self, error: Exception) -> str:
        if isinstance(error, ssl.SSLError):
            self._context = None  # its files may be replaced by the next time
            return words_of(error)
        if isinstance(error, OutputError):
            return str(error)
        if isinstance(error, ConnectionError) and error.errno in {None, *BROKEN}:
            told = NETWORK.get(error.errno or 0, "closed the connection without an answer")
            is_strange = not self._secure and not self._has_answered
            return f"{told}; if this is a port with TLS, write https://" if is_strange else told
        if isinstance(error, socket.gaierror):
            return NO_ADDRESS
        if isinstance(error, OSError):
            return (
                NETWORK.get(error.errno or 0)
                or (error.strerror or str(error) or "unknown error").lower()
            )
        return "what it answers is not HTTP, or was cut short"


def _is_refusal(error: Exception) -> bool:
    """Whether there is no way to the receiver, or one of us does not trust the other."""
    if isinstance(error, (ssl.SSLError, socket.gaierror, OutputError)):
        return True
    return isinstance(error, OSError) and error.errno in NO_WAY


class _SilenceError(Exception):
    """A kept connection broke before anything was answered on it."""


class _Wire:
    """A socket as `http.client` uses it, on which everything ends by the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self.deadline = deadline
        self.is_kept = False
        """Whether a request was answered on it before."""
        self.is_answered = False
        """Whether anything of the answer came."""
        self._sock = sock

    def is_stale(self) -> bool:
        """Whether the other side has closed it, or says what nobody asked for."""
        watch = select.poll()
        watch.register(self._sock, select.POLLIN)
        return bool(watch.poll(0))

    def sendall(self, octets: bytes) -> None:
        """Send all of it."""
        rest = memoryview(octets)
        while rest:
            self._sock.settimeout(self.deadline.left())
            rest = rest[self._sock.send(rest[:BLOCK_OCTETS]) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the reader of one answer."""
        return _Lines(_Incoming(self))

    def receive(self, room: Any) -> int:
        """Fill the room with what comes next."""
        self._sock.settimeout(self.deadline.left())
        count = self._sock.recv_into(room)
        self.is_answered = self.is_answered or count > 0
        return count

    def close(self) -> None:
        """Do nothing: `http.client` closes before the answer is read to its end."""

    def cut(self) -> None:
        """Close it without waiting for the other side."""
        self._sock.close()


class _Lines(io.BufferedReader):
    """An answer of which no line may be cut short: `http.client` would take `HTTP/1.1 200` for 200.

    A connection that ends amid the status or the header fields has answered nothing.
    """

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line; ConnectionError if the connection ends before it does."""
        line = super().readline(size)
        if not line.endswith(b"\n") and len(line) != size:
            raise ConnectionAbortedError
        return line


class _Incoming(io.RawIOBase):
    """What comes on a wire, for one answer; closing it leaves the wire open."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        return self._wire.receive(room)

"""A receiver of a stream on loopback, in a thread: it reads what comes, and can do worse."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self


class Receiver:
    """Listens on `host`; with `says`, it says that to each who connects, and no more."""

    def __init__(
        self, host: str = "127.0.0.1", *, context: ssl.SSLContext | None = None, says: bytes = b""
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._server = socket.create_server((host, 0), family=family)
        self.address: tuple[str, int] = self._server.getsockname()[:2]
        self.octets = b""
        """What came over all connections that have ended."""
        self.errors: list[OSError] = []
        self.reads = threading.Event()
        """Unset: it does not read on."""
        self.reads.set()
        self._context = context
        self._says = says
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10)

    def _run(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:  # the end
                return
            sock.settimeout(10)
            with sock:
                try:
                    self._serve(sock)
                except OSError as error:
                    self.errors.append(error)

    def _serve(self, sock: socket.socket) -> None:
        if self._says:
            sock.sendall(self._says)
            sock.shutdown(socket.SHUT_WR)
        if self._context is not None:
            sock = self._context.wrap_socket(sock, server_side=True)
        with sock:
            received = [self.octets]
            while self.reads.wait(10) and (octets := sock.recv(1 << 16)):
                received.append(octets)
            self.octets = b"".join(received)


def tls_server(certificate: Path, *, clients: Path | None = None) -> ssl.SSLContext:
    """Return a server's context; it asks for certificates that `clients` has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    return context


def free_port() -> int:
    """Return a port of TCP on which nobody listens, for a server that must be told one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port

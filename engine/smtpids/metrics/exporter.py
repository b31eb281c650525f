"""A small HTTP server for Prometheus: a landing page, the metrics, two probes.

prometheus_client's own server answers every path with metrics and has no bounds; here a client
that is slow, large or one of too many gets its connection closed and costs nobody else anything.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import ipaddress
import logging
import re
import socket
import socketserver
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.errors import UsageError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

REQUEST_OCTETS: Final = 16 * 1024
REQUEST_SECONDS: Final = 5.0
CONNECTIONS: Final = 16

_log = logging.getLogger(__name__)
_HTML: Final = "text/html; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_ODD_VERSION: Final = re.compile(r"version=(?!\d\.\d{1,2}\.\d{1,2}\s*(?:[;,]|$))", re.ASCII)
_LANDING: Final = b"""<!DOCTYPE html>
<html lang="en"><head><title>smtpids</title></head><body><h1>smtpids</h1>
<ul><li><a href="/metrics">Metrics</a></li><li><a href="/-/healthy">Healthy</a></li>
<li><a href="/-/ready">Ready</a></li></ul></body></html>
"""


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as the operator does."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


#: The loopback; none of the ports that other exporters are known for.
DEFAULT_ADDRESS: Final = Address("127.0.0.1", 10825)


class Page(NamedTuple):
    """An answer."""

    status: HTTPStatus
    content_type: str
    body: bytes


def parse_address(text: str) -> Address:
    """Read `127.0.0.1:10825`, `[::1]:10825`, `:10825` or `10825`; port 0 is any free one.

    Without a host it is the loopback: whoever means every address writes `0.0.0.0` or `[::]`.
    Names but `localhost` are refused, because smtpids asks no resolver. Raises UsageError.
    """
    host, _, port = text.rpartition(":")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise UsageError(f"metrics address {text}: write an IPv6 address in brackets, [::1]:10825")
    if not (port.isascii() and port.isdigit()) or int(port[:6]) > 0xFFFF:
        raise UsageError(
            f"metrics address {text}: expected HOST:PORT such as {DEFAULT_ADDRESS}, or off"
        )
    if host in {"", "localhost"}:
        host = DEFAULT_ADDRESS.host
    try:
        return Address(str(ipaddress.ip_address(host.strip("[]"))), int(port))
    except ValueError:
        raise UsageError(
            f"metrics address {text}: {host!r} is no IP address; names are not looked up"
        ) from None


class Exporter:
    """Serves a registry from a thread of its own until `close`.

    A request must be whole after `request_seconds`. Raises UsageError if the address is not free.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        address: tuple[str, int] = DEFAULT_ADDRESS,
        *,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        self.ready = False
        """What `/-/ready` says: the rules are loaded and packets are being read."""
        self._registry = registry
        wanted = Address(*address)
        try:
            self._server = _Server(wanted, self, request_seconds)
        except OSError as error:
            raise UsageError(_why_not(wanted, error)) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where it listens, with the port that the system chose for port 0."""
        host, port = self._server.socket.getsockname()[:2]
        return Address(host, port)

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):  # wakes the thread; systems differ on whether it may
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def page(self, path: str, accept: str) -> Page:
        """Return the answer to a GET."""
        if path == "/metrics":
            return self._metrics(accept)
        if path == "/":
            return Page(HTTPStatus.OK, _HTML, _LANDING)
        if path == "/-/healthy":
            return Page(HTTPStatus.OK, _TEXT, b"smtpids is healthy\n")
        if path == "/-/ready" and self.ready:
            return Page(HTTPStatus.OK, _TEXT, b"smtpids is ready\n")
        if path == "/-/ready":
            return Page(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, b"smtpids is not ready\n")
        return Page(HTTPStatus.NOT_FOUND, _TEXT, b"not found; see /metrics\n")

    def _metrics(self, accept: str) -> Page:
        from prometheus_client.exposition import choose_encoder

        # prometheus_client fails on versions that are no numbers, and repeats the others
        encode, content_type = choose_encoder("" if _ODD_VERSION.search(accept) else accept)
        return Page(HTTPStatus.OK, content_type, encode(self._registry))


def _why_not(address: Address, error: OSError) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        reason = "is in use"
    else:
        reason = f"cannot be used ({(error.strerror or str(error)).lower()})"
    return (
        f"metrics address {address} {reason}; choose another with --metrics HOST:PORT"
        " or turn it off with --metrics off"
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 2 * CONNECTIONS

    def __init__(self, address: Address, exporter: Exporter, request_seconds: float) -> None:
        self.exporter = exporter
        self.request_seconds = request_seconds
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        if ":" in address.host:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Request)

    def server_bind(self) -> None:
        """Bind as TCPServer does: HTTPServer would ask the resolver for our name."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve in a thread, if one is free."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # the system gives no thread
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve, then free the thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell our own faults; a client that goes away is none."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("metrics could not be served")


class _Request(BaseHTTPRequestHandler):
    server: _Server
    server_version = "smtpids"
    sys_version = ""

    def setup(self) -> None:
        """Read the request's head at once, within its limits of time and size."""
        super().setup()
        seconds = self.server.request_seconds
        head = _head(self.connection, seconds)
        self.connection.settimeout(seconds)
        self._too_large = len(head) > REQUEST_OCTETS
        self.rfile.close()
        self.rfile = io.BufferedReader(io.BytesIO(head))

    def handle(self) -> None:
        """Answer one request, or none that is too large."""
        if not self._too_large:
            self.handle_one_request()

    def do_GET(self) -> None:
        """Answer."""
        accept = self.headers.get("Accept", "")
        page = self.server.exporter.page(self.path.partition("?")[0], accept)
        body = page.body
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name that the standard library asks for

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - likewise
        """Say nothing: a scrape is no news."""


def _head(connection: socket.socket, seconds: float) -> bytes:
    """Return what the client sends up to the empty line, or more than REQUEST_OCTETS."""
    until = time.monotonic() + seconds
    head = bytearray()
    while b"\r\n\r\n" not in head and len(head) <= REQUEST_OCTETS:
        connection.settimeout(max(until - time.monotonic(), 0.001))
        octets = connection.recv(4096)
        if not octets:
            break
        head += octets
    return bytes(head)

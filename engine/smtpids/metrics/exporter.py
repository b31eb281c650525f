"""A small HTTP server for Prometheus: a landing page, the metrics, two probes.

prometheus_client's own server answers every path with metrics and has no bounds; here a client
that is slow, large or one of too many gets its connection closed and costs nobody else anything.
TLS and users come from a web configuration, as of every exporter (`web`).
"""

from __future__ import annotations

import contextlib
import gzip
import io
import logging
import re
import socket
import socketserver
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smtpids.address import Address
from smtpids.errors import UsageError
from smtpids.metrics import landing
from smtpids.metrics.basicauth import Answer, BasicAuth
from smtpids.metrics.health import Health

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from smtpids.metrics.web import Serving, Web

REQUEST_OCTETS: Final = 16 * 1024
REQUEST_SECONDS: Final = 5.0
CONNECTIONS: Final = 16

#: The loopback; none of the ports that other exporters are known for.
DEFAULT_ADDRESS: Final = Address("127.0.0.1", 10825)

_log = logging.getLogger(__name__)
_HTML: Final = "text/html; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_ODD_VERSION: Final = re.compile(r"version=(?!\d\.\d{1,2}\.\d{1,2}\s*(?:[;,]|$))", re.ASCII)
#: How a TLS record of a handshake begins (RFC 8446 5.1).
_HANDSHAKE: Final = b"\x16"
_NOT_TLS: Final = b"HTTP/1.0 400 Bad Request\r\n\r\nthis port speaks TLS; use https\n"


class Page(NamedTuple):
    """An answer."""

    status: HTTPStatus
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Exporter:
    """Serves a registry from a thread of its own until `close`.

    `standing` tells the landing page how the run stands. A request must be whole after
    `request_seconds`. Raises UsageError if the address is not free.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        address: tuple[str, int] = DEFAULT_ADDRESS,
        *,
        health: Health | None = None,
        standing: Callable[[], landing.Standing] = landing.Standing,
        web: Web | None = None,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        self.web = web
        self._health = health or Health()
        self._standing = standing
        self._registry = registry
        self._auth = BasicAuth()
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

    @property
    def url(self) -> str:
        """What a browser opens."""
        secured = self.web is not None and self.web.serving().context is not None
        return f"{'https' if secured else 'http'}://{self.address}"

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):  # wakes the thread; systems differ on whether it may
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def refusal(self, serving: Serving | None, authorization: str, client: str) -> Page | None:
        """Return why a request is not answered; None if it is to be."""
        if serving is None:
            return None
        if serving.allowance is not None and not serving.allowance.take():
            return _too_many()
        users = serving.config.users
        if not users:
            return None
        answer = self._auth.answer(authorization, users, client)
        if answer is Answer.LATER:
            return _too_many()
        if answer is Answer.WRONG:
            asked = (("WWW-Authenticate", 'Basic realm="smtpids", charset="UTF-8"'),)
            return Page(HTTPStatus.UNAUTHORIZED, _TEXT, b"unauthorized\n", asked)
        return None

    def page(self, path: str, accept: str) -> Page:
        """Return the answer to a GET."""
        if path == "/metrics":
            return self._metrics(accept)
        if path == "/":
            body = landing.page(self._standing(), self._health.why_not_ready())
            return Page(HTTPStatus.OK, _HTML, body.encode(errors="replace"))
        if path == "/-/healthy":
            return _probe("healthy", self._health.why_not_healthy())
        if path == "/-/ready":
            return _probe("ready", self._health.why_not_ready())
        return Page(HTTPStatus.NOT_FOUND, _TEXT, b"not found; see /metrics\n")

    def _metrics(self, accept: str) -> Page:
        from prometheus_client.exposition import choose_encoder

        # prometheus_client fails on versions that are no numbers, and repeats the others
        encode, content_type = choose_encoder("" if _ODD_VERSION.search(accept) else accept)
        return Page(HTTPStatus.OK, content_type, encode(self._registry))


def _probe(word: str, why_not: str) -> Page:
    if why_not:
        told = f"smtpids is not {word}: {why_not}\n".encode(errors="replace")
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, told)
    return Page(HTTPStatus.OK, _TEXT, f"smtpids is {word}\n".encode())


def _too_many() -> Page:
    later = (("Retry-After", "1"),)
    return Page(HTTPStatus.TOO_MANY_REQUESTS, _TEXT, b"too many requests\n", later)


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


class _OfThread(threading.local):
    """What one connection is served by, though the file may change meanwhile."""

    now: Serving | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 2 * CONNECTIONS

    def __init__(self, address: Address, exporter: Exporter, request_seconds: float) -> None:
        self.exporter = exporter
        self.serving = _OfThread()
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
            secured = self._secured(request, client_address)
            if secured is not None:
                super().process_request_thread(secured, client_address)
        finally:
            self._free.release()

    def _secured(self, connection: socket.socket, client_address: Any) -> Any:
        """Return a connection ready for a request; None if that failed, and it is closed."""
        try:
            connection.settimeout(self.request_seconds)
            web = self.exporter.web
            serving = None if web is None else web.serving()
            self.serving.now = serving
            if serving is None or serving.context is None:
                return connection
            if connection.recv(1, socket.MSG_PEEK) != _HANDSHAKE:
                connection.sendall(_NOT_TLS)
            else:
                return serving.secured(connection)  # its time is that of the whole handshake
        except Exception:  # noqa: BLE001 - as the base class does
            self.handle_error(connection, client_address)
        self.shutdown_request(connection)
        return None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell our own faults; a client that goes away is none."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("metrics could not be served")


class _Request(BaseHTTPRequestHandler):
    server: _Server

    def version_string(self) -> str:
        """Return what the header Server says; the version is for those who may read the page."""
        return "smtpids"

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
        if self._too_large:
            return
        self.raw_requestline = self.rfile.readline()
        if self.raw_requestline and self.parse_request():
            self._send(self._answer())

    def _answer(self) -> Page:
        exporter = self.server.exporter
        authorization = self.headers.get("Authorization", "")
        refused = exporter.refusal(self.server.serving.now, authorization, self.client_address[0])
        if refused is not None:
            return refused
        if self.command not in {"GET", "HEAD"}:
            allowed = (("Allow", "GET, HEAD"),)
            return Page(HTTPStatus.METHOD_NOT_ALLOWED, _TEXT, b"only GET and HEAD\n", allowed)
        return exporter.page(self.path.partition("?")[0], self.headers.get("Accept", ""))

    def _send(self, page: Page) -> None:
        serving = self.server.serving.now
        headers = {"Content-Type": page.content_type, "X-Content-Type-Options": "nosniff"}
        headers |= page.headers
        headers |= {} if serving is None else serving.config.headers
        body = page.body
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        self.send_response(page.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

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

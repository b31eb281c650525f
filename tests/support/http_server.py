"""An HTTP server in a thread that answers as a test says, request by request."""

from __future__ import annotations

import gzip
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from smtpids.config import SECOND, OutputConfig
from smtpids.outputs.entry import Entry

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

HOST = "127.0.0.1"


class Reply(NamedTuple):
    """A plain answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}


class Request(NamedTuple):
    """What a client asked."""

    path: str
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    """Unpacked, if it was packed."""
    packed: bytes
    """As it came."""
    connection: int
    """The how manieth connection it came on."""


#: An answer, or what writes one on the connection by itself.
Step: TypeAlias = "Reply | Callable[[Handler], None]"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1
            self.number = self.server.connections

    def do_POST(self) -> None:
        body = packed = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        named = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.requests.append(Request(self.path, named, body, packed, self.number))
            step = self.server.steps.pop(0) if len(self.server.steps) > 1 else self.server.steps[0]
        if isinstance(step, Reply):
            self.reply(step)
        else:
            step(self)

    def reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if not {"Content-Length", "Transfer-Encoding"} & set(reply.headers):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


class Receiver(ThreadingHTTPServer):
    """The server, and what was asked of it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, steps: list[Step], context: ssl.SSLContext | None) -> None:
        super().__init__((HOST, 0), Handler)
        self.steps = steps
        self.requests: list[Request] = []
        self.connections = 0
        self.lock = Lock()
        self.over = Event()
        """Set when the test is over, for answers that never end."""
        self._context = context

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self._context else 'http'}://{HOST}:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._context is not None:
            request = self._context.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: tests break connections."""


@contextmanager
def serving(*steps: Step, context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Serve; the last step answers all that comes after it."""
    with Receiver(list(steps), context) as receiver:
        thread = Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            receiver.shutdown()
            thread.join()


def dripping(handler: Handler) -> None:
    """Answer an octet at a time, for as long as anybody listens."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not handler.server.over.wait(0.01):
            handler.wfile.write(b"x")
    handler.close_connection = True


def silent(handler: Handler) -> None:
    """Answer nothing, and leave the connection open."""
    handler.server.over.wait(20)
    handler.close_connection = True


def hung_up(handler: Handler) -> None:
    """Close the connection instead of an answer."""
    handler.close_connection = True


def saying(octets: bytes) -> Callable[[Handler], None]:
    """Answer exactly these octets, then close the connection."""

    def say(handler: Handler) -> None:
        handler.wfile.write(octets)
        handler.close_connection = True

    return say


def config_of(target: str, dialect: str = "webhook", **others: Any) -> OutputConfig:
    """Return a configuration as a site may have it, with a short timeout."""
    settings = {"timeout_ns": 5 * SECOND, "name": "siem", **others}
    return OutputConfig(type="http", target=target, dialect=dialect, **settings)


def entry(number: int = 1, **others: Any) -> Entry:
    """Return a record with an id of its own, a second after the one before."""
    identity = others.pop("id", f"id-{number}")
    line = b'{"event":{"id":"%b"},"n":%d}\n' % (identity.encode(), number)
    about = {"ts_ns": 1_764_000_000_123_456_789 + number * SECOND, "severity": 73, **others}
    return Entry(about.pop("line", line), identity, **about)

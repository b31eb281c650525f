"""A made-up output for tests of delivery: lines over TCP, confirmed batch by batch.

    python -m tests.support.lines run -r FILE -o 'lines://127.0.0.1:17550?spool=DIR'

is `smtpids` with this output beside its own. Whatever follows the `?` sets a field of OutputConfig.
A batch is its number of lines, then the lines; the answer is `ok` when they are kept.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from smtpids.cli import main, outlets, targets
from smtpids.config import SECOND, OutputConfig
from smtpids.outputs.transport import Report, UnavailableError
from smtpids.settings.outputs import GivenOutput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.outputs.entry import Entry

COMMAND = (sys.executable, "-m", "tests.support.lines")
#: Closes a connection with a RST and forgets what was not sent.
ABORT = struct.pack("ii", 1, 0)


class LinesTransport:
    """Sends a batch and waits for the answer."""

    def __init__(self, config: OutputConfig) -> None:
        address = urlsplit(config.target)
        self._address = address.hostname or "", address.port or 0
        self._timeout = config.timeout_ns / SECOND
        self._socket: socket.socket | None = None
        self.unconfirmed = 0

    def deliver(self, batch: Sequence[Entry]) -> Report:
        """Deliver; any failure ends the connection."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, self._timeout)
            lines = b"".join(entry.line for entry in batch)
            self._socket.sendall(b"%d\n" % len(batch) + lines)
            answer = self._socket.recv(3)
        except OSError as error:
            self.close()
            raise UnavailableError(f"cannot deliver: {error}") from error
        if answer != b"ok\n":
            self.close()
            raise UnavailableError("cannot deliver: the connection was closed")
        return Report()

    def confirm(self, seconds: float) -> None:
        """Do nothing: what was answered is confirmed."""

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class LinesReceiver:
    """Keeps the lines that arrive; `pause` is slept before each answer."""

    def __init__(self, port: int, pause: float = 0.0) -> None:
        self.port = port
        self.lines: list[bytes] = []
        self._pause = pause
        self._listener: socket.socket | None = None
        self._connections: set[socket.socket] = set()
        self._lock = Lock()

    def start(self) -> None:
        """Listen."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def kill(self) -> None:
        """Close all connections with a RST."""
        listener, self._listener = self._listener, None
        with self._lock:
            connections, self._connections = self._connections, set()
        for end in (*([listener] if listener else []), *connections):
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def count(self) -> int:
        """Return how many lines arrived."""
        return len(self.lines)

    def ids(self) -> list[str]:
        """Return the ids of what arrived."""
        return [json.loads(line)["event"]["id"] for line in tuple(self.lines)]

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with self._lock:
                    self._connections.add(connection)
                Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        from time import sleep

        with suppress(OSError, ValueError), connection.makefile("rb") as stream:
            while head := stream.readline():
                for _ in range(int(head)):
                    line = stream.readline()
                    if not line.endswith(b"\n"):
                        return
                    self.lines.append(line)
                sleep(self._pause)
                connection.sendall(b"ok\n")


class LinesOutput(GivenOutput):
    """The output that `lines://HOST:PORT?FIELD=VALUE` names."""

    def config(
        self,
        *,
        form: str = "ecs",
        events: frozenset[str] = frozenset({"alert"}),
        spool: str = "",
    ) -> OutputConfig:
        """Return it whole."""
        address, _, query = str(self.given["path"]).partition("?")
        config = OutputConfig(
            type="lines", target=address, name="lines", format=form, events=events, spool=spool
        )
        values = {
            name: int(value) if isinstance(getattr(config, name), int) else value
            for name, value in parse_qsl(query)
        }
        return config._replace(**values)  # type: ignore[arg-type]  # names and values are the test's


def read(word: str) -> GivenOutput:
    """Read `lines://...`, and all else as smtpids does."""
    return LinesOutput("file", {"path": word}) if word.startswith("lines://") else _READ(word)


_READ = targets.read

if __name__ == "__main__":
    targets.read = read
    outlets.TRANSPORTS["lines"] = ("tests.support.lines", "LinesTransport", False)
    sys.exit(main())

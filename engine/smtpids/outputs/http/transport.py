"""The way over HTTP: one POST a batch, and what the answer says of each record.

Nothing is queued, repeated or waited for here, with two exceptions that cost no time: a connection
that was kept and turns out closed is opened anew, and when the receiver no longer knows us while
the files hold another secret, the batch is sent once more with that. All of it ends within the
timeout.
"""

from __future__ import annotations

import gzip
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from smtpids.buglog import LOG
from smtpids.errors import OutputError
from smtpids.outputs.http.connection import Connection, Deadline
from smtpids.outputs.http.dialects import DIALECTS
from smtpids.outputs.http.secret import Secret
from smtpids.outputs.transport import Report
from smtpids.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.parse import SplitResult

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.http.answer import Answer

PORTS: Final = {"http": 80, "https": 443}
#: Alerts shrink to about a tenth; 6 saves an eighth of that and takes half as long again.
GZIP_LEVEL: Final = 4
#: The receiver does not know the secret (any more).
UNKNOWN: Final = frozenset({401, 403})


class HttpTransport:
    """Hands batches to the receiver that `config` describes. `sensor` is who they come from.

    OutputError if the target is no URL, or a file that is named cannot be used.
    """

    unconfirmed = 0
    """An answer is a confirmation."""

    def __init__(self, config: OutputConfig, sensor: str) -> None:
        url = _url(config)
        secure, host = url.scheme == "https", url.hostname or ""
        self._dialect = DIALECTS[config.dialect](config, sensor)
        self._place = _joined(url.path, self._dialect.path) + (f"?{url.query}" if url.query else "")
        self._secret = Secret(config, self._dialect.scheme)
        self._connection = Connection(
            config, secure=secure, host=host, port=url.port or PORTS[url.scheme]
        )
        self._seconds = config.timeout_ns / 1e9
        self._gzip = config.gzip
        if self._secret.header and not secure and not _is_here(host):
            LOG.warning(
                "output %s: its secret goes to %s in the clear; write https://",
                config.name,
                self._connection.source,
            )

    def deliver(self, batch: Sequence[Entry]) -> Report:
        """Hand over a batch; raises UnavailableError or TooLargeError."""
        if not batch:
            self._connection.reach(Deadline(self._seconds))
            return Report()
        body = self._dialect.write(batch)
        if self._gzip:
            body = gzip.compress(body, GZIP_LEVEL, mtime=0)
        deadline = Deadline(self._seconds)
        answer = self._post(body, deadline)
        if answer.status in UNKNOWN and self._secret.renew():
            answer = self._post(body, deadline)
        return self._dialect.read(answer, batch)

    def confirm(self, seconds: float) -> None:
        """Do nothing: what was answered is confirmed."""

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _post(self, body: bytes, deadline: Deadline) -> Answer:
        headers = {
            "User-Agent": f"smtpids/{__version__}",
            "Content-Type": self._dialect.content_type,
        }
        if self._gzip:
            headers["Content-Encoding"] = "gzip"
        if self._secret.header:
            headers["Authorization"] = self._secret.header
        return self._connection.post(
            self._place, headers, body, deadline=deadline, hide=self._secret.hide
        )


def _url(config: OutputConfig) -> SplitResult:
    """Return the target in its parts; a message never holds more of it than scheme and host."""
    wrong = OutputError(
        f"output {config.name}: the target is no URL of a receiver; "
        "write https://HOST:PORT/PATH, without user and password"
    )
    try:
        url = urlsplit(config.target)
        usable = url.scheme in PORTS and url.hostname and url.port != 0 and url.username is None
    except ValueError:
        raise wrong from None
    if not usable:
        raise wrong
    if not (url.path + url.query).isascii() or " " in url.path + url.query:
        raise OutputError(f"output {config.name}: write other letters in the target as %XX")
    return url


def _joined(path: str, tail: str) -> str:
    """Return where to write: `path` with what of `tail` it does not end with already."""
    if not tail:
        return path or "/"
    path = path.rstrip("/").removesuffix(tail[tail.rindex("/") :])
    for end in range(len(tail), 0, -1):
        if path.endswith(tail[:end]) and tail[end : end + 1] in {"", "/"}:
            return path + tail[end:]
    return path + tail


def _is_here(host: str) -> bool:
    """Whether what is sent to a host stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

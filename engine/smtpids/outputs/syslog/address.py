"""The target of a syslog output, as a URL: `tls://log.example.net:6514`, `unix:///dev/log`."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from smtpids.errors import OutputError

UDP, TCP, TLS, UNIX = "udp", "tcp", "tls", "unix"
#: The ports of RFC 5426 3.3 and RFC 5425 4.1, and the one that rsyslog and others take for TCP.
PORTS: Final = {UDP: 514, TCP: 601, TLS: 6514}
EXAMPLES: Final = "tls://HOST:6514, tcp://HOST:601, udp://HOST:514 or unix:///dev/log"


class Address(NamedTuple):
    """Where a receiver is."""

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""


def parse(target: str) -> Address:
    """Read the URL; OutputError, which does not repeat a password, if it is none."""
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError as error:
        raise OutputError(f"a syslog target has no such port or host; write {EXAMPLES}") from error
    if parts.username is not None or parts.password is not None:
        raise OutputError("a syslog target has no user and no password; leave out what ends in @")
    if parts.scheme == UNIX:
        if parts.netloc or not parts.path.startswith("/"):
            raise OutputError(f'"{target}" names no absolute path; write unix:///dev/log')
        return Address(UNIX, path=parts.path)
    if parts.scheme not in PORTS or not parts.hostname:
        raise OutputError(f'"{target}" is no syslog target; write {EXAMPLES}')
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise OutputError(f'"{target}" goes on behind the port; write {EXAMPLES}')
    if port == 0:
        raise OutputError(f'"{target}" has no port that can be reached; write {EXAMPLES}')
    return Address(parts.scheme, parts.hostname, port or PORTS[parts.scheme])

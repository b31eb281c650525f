"""Where to listen: `HOST:PORT` as operators write it, without asking any resolver."""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

from smtpids.errors import UsageError


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as the operator does."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback


#: The loopback; none of the ports that other exporters are known for.
DEFAULT_ADDRESS: Final = Address("127.0.0.1", 10825)


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

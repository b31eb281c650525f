"""Who the two ends of a session are, by the lists of the configuration.

The client is the first of these that its address is listed as:

    scanner, monitor, mail_server, trusted_relay    their lists
    workstation    in `home_nets`, where `mail_servers` are set too; else it may be a mail server
    external       outside `home_nets`, where those are set
    unknown        anything else

Scanners and monitors come first, for they are single hosts with an odd purpose, often within a
network that is listed as something wider. The server's role is that of the first row of
`mail_servers` that has its address and port; one of our mail servers on a port that no row has is
`unknown`, a server outside `home_nets` is `external`.

Loopback is the sensor's own host, neither at home nor outside: it has only a role that a list gives
it. An address is looked up once in a connection, by one dict for each length of prefix, so a list
of ten thousand networks costs no more than a short one.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.config import Config

#: The roles that a row of `mail_servers` may give.
SERVER_KINDS: Final = ("mx", "submission", "relay")
CLIENT_ROLES: Final = frozenset(
    {
        "scanner",
        "monitor",
        "mail_server",
        "trusted_relay",
        "workstation",
        "external",
        "unknown",
    }
)
SERVER_ROLES: Final = frozenset({*SERVER_KINDS, "external", "unknown"})

#: (client is ours, server is ours) -> `network.direction`, in the words of ECS.
DIRECTIONS: Final = {
    (True, True): "internal",
    (True, False): "outbound",
    (False, True): "inbound",
    (False, False): "external",
}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Networks:
    """A list of networks; tells which of them hold an address."""

    __slots__ = ("_lengths", "count")

    def __init__(self, networks: Iterable[str]) -> None:
        by_length: dict[tuple[int, int], dict[int, list[int]]] = {}
        self.count = 0
        for row, text in enumerate(networks):
            net = ipaddress.ip_network(text)
            shift = net.max_prefixlen - net.prefixlen
            rows = by_length.setdefault((net.version, shift), {})
            rows.setdefault(int(net.network_address) >> shift, []).append(row)
            self.count += 1
        self._lengths: dict[int, list[tuple[int, dict[int, list[int]]]]] = {4: [], 6: []}
        for (version, shift), rows in by_length.items():
            self._lengths[version].append((shift, rows))

    def rows(self, address: Address) -> list[int]:
        """Return the places in the list, in order, of the networks that hold `address`."""
        number = int(address)
        found: list[int] = []
        for shift, rows in self._lengths[address.version]:
            found += rows.get(number >> shift, ())
        return sorted(found)

    def __contains__(self, address: Address) -> bool:
        """Tell whether one of the networks holds `address`."""
        number = int(address)
        return any((number >> shift) in rows for shift, rows in self._lengths[address.version])


class Parts(NamedTuple):
    """What the two ends of a session are."""

    direction: str = "unknown"
    client_role: str = "unknown"
    server_role: str = "unknown"


#: Of whom no list speaks.
NOBODY: Final = Parts()


class Roles:
    """The lists of a configuration, ready to be asked."""

    def __init__(self, config: Config) -> None:
        self._home = Networks(config.home_nets)
        self._servers = Networks(server.network for server in config.mail_servers)
        self._rows = [(server.role, server.ports) for server in config.mail_servers]
        listed = (
            ("scanner", Networks(config.scanners)),
            ("monitor", Networks(config.monitors)),
            ("mail_server", self._servers),
            ("trusted_relay", Networks(config.trusted_relays)),
        )
        self._listed = [(role, networks) for role, networks in listed if networks.count]
        self._knows_none = not (self._home.count or self._listed)

    def of(self, client: str, server: str, port: int) -> Parts:
        """Return what a client is that connects to a port of a server; addresses as text."""
        if self._knows_none:
            return NOBODY
        source, target = _address(client), _address(server)
        return Parts(
            self._direction(source, target), self._client(source), self._server(target, port)
        )

    def _direction(self, client: Address, server: Address) -> str:
        if not self._home.count:
            return "unknown"
        return DIRECTIONS[client in self._home, server in self._home]

    def _client(self, address: Address) -> str:
        for role, networks in self._listed:
            if address in networks:
                return role
        if not self._home.count or address.is_loopback:
            return "unknown"
        if address not in self._home:
            return "external"
        return "workstation" if self._rows else "unknown"

    def _server(self, address: Address, port: int) -> str:
        rows = self._servers.rows(address)
        for row in rows:
            role, ports = self._rows[row]
            if not ports or port in ports:
                return role
        if rows or not self._home.count or address.is_loopback or address in self._home:
            return "unknown"
        return "external"


@lru_cache(maxsize=4096)
def _address(text: str) -> Address:
    return ipaddress.ip_address(text)

"""The network interfaces of this machine, as Linux lists them in the network of this process.

No library is needed for it, and nothing here needs a privilege. /sys/class/net is not asked: it is
of the network in which it was mounted, which is another one for `nsenter -n`.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv6Address
from pathlib import Path

from smtpids.errors import UsageError

DEVICES = Path("/proc/net/dev")
ROUTES_IPV4 = Path("/proc/net/route")
ROUTES_IPV6 = Path("/proc/net/ipv6_route")
ADDRESSES_IPV6 = Path("/proc/net/if_inet6")
#: All interfaces at once; libpcap's name for it.
ANY = "any"

# linux/if.h and linux/route.h
FLAG_UP = 0x1
FLAG_LOOPBACK = 0x8
ROUTE_UP = 0x1
ROUTE_REJECT = 0x200
#: ARPHRD_ETHER and ARPHRD_LOOPBACK: frames with an Ethernet header.
ETHERNET_HARDWARE = frozenset({1, 772})
# linux/sockios.h: SIOCGIFFLAGS, SIOCGIFADDR, SIOCGIFHWADDR
ASK_FLAGS = 0x8913
ASK_IPV4_ADDRESS = 0x8915
ASK_HARDWARE = 0x8927


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface; `hardware` is its ARPHRD_ number, `addresses` those it has, as text."""

    name: str
    up: bool
    loopback: bool
    hardware: int
    addresses: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """`up` or `down`, as the operator set it."""
        return "up" if self.up else "down"


def list_interfaces(listed: str | None = None) -> list[Interface]:
    """Return the interfaces of this machine by name, loopback last.

    `listed` is the text of /proc/net/dev, if not the one of now; who is gone since is left out.
    """
    addresses = _ipv6_addresses(_text(ADDRESSES_IPV6))
    found = []
    for name in _names(_text(DEVICES) if listed is None else listed):
        flags, hardware = _ask(ASK_FLAGS, name), _ask(ASK_HARDWARE, name)
        if flags is None or hardware is None:
            continue
        (number,) = struct.unpack_from("=H", flags)
        (kind,) = struct.unpack_from("=H", hardware)
        own = (*_ipv4_address(name), *addresses.get(name, ()))
        up, loopback = bool(number & FLAG_UP), bool(number & FLAG_LOOPBACK)
        found.append(Interface(name, up, loopback, kind, own))
    return sorted(found, key=lambda interface: (interface.loopback, interface.name))


def default_interface() -> str:
    """Return the interface of the default route, else the first that is up and no loopback.

    Raises UsageError if there is none.
    """
    return choose_default(list_interfaces(), _text(ROUTES_IPV4), _text(ROUTES_IPV6))


def choose_default(interfaces: list[Interface], ipv4: str, ipv6: str) -> str:
    """Choose by the texts of /proc/net/route and /proc/net/ipv6_route."""
    names = {interface.name for interface in interfaces}
    routes = sorted([*_default_routes_ipv4(ipv4), *_default_routes_ipv6(ipv6)])
    for _, _, name in routes:
        if name in names:
            return name
    for interface in interfaces:
        if interface.up and not interface.loopback:
            return interface.name
    raise UsageError(
        "no interface to capture on: there is no default route, and none is up but loopback "
        f"({described(interfaces)}); name one with -i"
    )


def find_interface(name: str, interfaces: list[Interface]) -> Interface:
    """Return the interface of that name, or raise UsageError with those there are."""
    for interface in interfaces:
        if interface.name == name:
            return interface
    near = get_close_matches(name, [interface.name for interface in interfaces], n=1, cutoff=0.5)
    advice = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"{name}: no such interface{advice} (there are: {described(interfaces)})")


def described(interfaces: list[Interface]) -> str:
    """Return `eth0 up, lo up` for a message."""
    return ", ".join(f"{entry.name} {entry.state}" for entry in interfaces) or "none"


def _default_routes_ipv4(text: str) -> list[tuple[int, int, str]]:
    """Return (family's turn, metric, interface) of each default route."""
    routes = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8 or int(fields[3], 16) & ROUTE_REJECT:
            continue
        if fields[1] == fields[7] == "00000000" and int(fields[3], 16) & ROUTE_UP:
            routes.append((0, int(fields[6]), fields[0]))
    return routes


def _default_routes_ipv6(text: str) -> list[tuple[int, int, str]]:
    routes = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 10 or int(fields[8], 16) & ROUTE_REJECT:
            continue
        if set(fields[0]) == {"0"} and fields[1] == "00" and int(fields[8], 16) & ROUTE_UP:
            routes.append((1, int(fields[5], 16), fields[9]))
    return routes


def _ipv6_addresses(text: str) -> dict[str, list[str]]:
    addresses: dict[str, list[str]] = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 6:
            address = IPv6Address(bytes.fromhex(fields[0]))
            addresses.setdefault(fields[5], []).append(str(address))
    return addresses


def _names(text: str) -> list[str]:
    """Return the names in the text of /proc/net/dev, below its two lines of titles."""
    return [line.partition(":")[0].strip() for line in text.splitlines()[2:]]


def _ipv4_address(name: str) -> tuple[str, ...]:
    """Return the first IPv4 address, if there is one."""
    answer = _ask(ASK_IPV4_ADDRESS, name)
    return () if answer is None else (socket.inet_ntoa(answer[4:8]),)


def _ask(question: int, name: str) -> bytes | None:
    """Return the kernel's answer on an interface, what stands behind the name; None without one."""
    request = struct.pack("16s24x", name.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            return fcntl.ioctl(asking.fileno(), question, request)[16:]
        except OSError:
            return None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""

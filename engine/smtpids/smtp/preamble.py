"""What may stand before SMTP on a connection: an HTTP CONNECT tunnel, a PROXY header.

A client behind a web proxy says `CONNECT host:25 HTTP/1.1` and goes on when the proxy says 2xx
(RFC 9110 9.3.6); a load balancer sends one PROXY header before the first octet of the client
(HAProxy's PROXY protocol, versions 1 and 2). Both are taken off, so that what follows is read as
the session it is.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from typing import Final, NamedTuple

from smtpids.pattern import Pattern

#: A header longer than this is no preamble of ours.
MOST_OCTETS: Final = 8192
_END: Final = b"\r\n\r\n"
#: Bots leave a blank and a slash behind the host.
_CONNECT: Final = Pattern(rb"CONNECT [^\r\n]{1,300} HTTP/1\.[01]\r\n", re.IGNORECASE)
_CONNECTED: Final = Pattern(rb"HTTP/1\.[01] 2\d\d[ \r]")
#: PROXY TCP4 192.0.2.1 198.51.100.2 50000 25 (at most 107 octets with CRLF)
_PROXY_1: Final = Pattern(
    rb"PROXY (?:UNKNOWN[^\r\n]{0,90}|(?:TCP4|TCP6) ([0-9A-Fa-f.:]{2,39}) ([0-9A-Fa-f.:]{2,39})"
    rb" (\d{1,5}) (\d{1,5}))\r\n"
)
_PROXY_1_OCTETS: Final = 107
_PROXY_1_START: Final = b"PROXY "
_PROXY_2_START: Final = b"\r\n\r\n\x00\r\nQUIT\n"
#: Address families of version 2 over streams, with the octets of one address.
_FAMILIES: Final = {0x11: 4, 0x21: 16}


class Proxied(NamedTuple):
    """A PROXY header: how long it is, and whom it speaks for (empty if it does not say)."""

    octets: int
    ip: str = ""
    port: int = 0


def tunnel(client: bytes, server: bytes) -> tuple[int, int] | bool | None:
    """Look for an HTTP CONNECT tunnel in the first octets of both sides.

    Returns how many octets of client and server belong to it, None if that is not known yet, and
    False if there is none.
    """
    if not client:
        return None if not server else False
    start = client[:8].upper()
    if not b"CONNECT ".startswith(start[: len(client)]) or len(client) > MOST_OCTETS:
        return False
    asked = client.find(_END)
    if asked < 0 or not server:
        return None if _may_become(client, _CONNECT) else False
    if not _CONNECT.match(client):
        return False
    answered = server.find(_END)
    if len(server) >= 13 and not _CONNECTED.match(server):
        return False
    if answered < 0:
        return None if len(server) <= MOST_OCTETS else False
    return asked + len(_END), answered + len(_END)


def _may_become(octets: bytes, pattern: Pattern[bytes]) -> bool:
    return b"\n" not in octets or pattern.match(octets) is not None


def proxied(octets: bytes) -> Proxied | bool | None:
    """Look for a PROXY header in the first octets of a client; None and False as in `tunnel`."""
    if octets.startswith(_PROXY_2_START):
        return _version_2(octets)
    if octets.startswith(_PROXY_1_START):
        found = _PROXY_1.match(octets)
        if found is None:
            return None if b"\n" not in octets and len(octets) < _PROXY_1_OCTETS else False
        ip, port = found[1] or b"", found[3] or b"0"
        return Proxied(found.end(), ip.decode("ascii"), int(port))
    if octets and (_PROXY_1_START.startswith(octets) or _PROXY_2_START.startswith(octets)):
        return None
    return False


def _version_2(octets: bytes) -> Proxied | bool | None:
    if len(octets) < 16:
        return None
    version, family, length = struct.unpack_from(">BBH", octets, 12)
    if version >> 4 != 2 or length > MOST_OCTETS:
        return False
    end = 16 + length
    if len(octets) < end:
        return None
    size = _FAMILIES.get(family, 0)
    if not size or length < 2 * size + 4:
        return Proxied(end)
    (port,) = struct.unpack_from(">H", octets, 16 + 2 * size)
    return Proxied(end, str(ipaddress.ip_address(octets[16 : 16 + size])), port)

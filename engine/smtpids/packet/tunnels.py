"""Finds the packet inside tunnels: MPLS, PPPoE, GRE with ERSPAN, VXLAN, Geneve.

Mirror ports of switches and clouds wrap what they copy, and then the inner flow is the one that
counts. Each function takes the octets behind the header that named the tunnel and returns
(ethertype, inner octets), `None` if this is something else. IP in IP needs no function: its
payload is the packet.
"""

from __future__ import annotations

from typing import TypeAlias

from smtpids.capture.linktypes import (
    GENEVE_PORT,
    IPV4,
    IPV6,
    TRANSPARENT_ETHERNET,
    TUNNEL_PORTS,
    VXLAN_PORTS,
)
from smtpids.packet import headers

Inner: TypeAlias = tuple[int, bytes]

#: Labels in a stack; networks in use need four or five.
MOST_LABELS = 16
#: The fixed part of GRE and its three optional words (RFC 2784 2, RFC 2890 2).
GRE_HEADER = 16
ERSPAN_2 = 0x88BE
ERSPAN_3 = 0x22EB
#: PPP protocol numbers, also in their compressed form of one octet (RFC 1661 6.5).
PPP_PROTOCOLS = {0x0021: IPV4, 0x0057: IPV6}


def mpls(octets: bytes) -> Inner | None:
    """Return what a label stack carries (RFC 3032), told by its first octets as routers do."""
    for index in range(MOST_LABELS):
        label = headers.read(headers.Label, octets[4 * index : 4 * index + 4])
        if label is None:
            return None
        if label.s:
            return _below_labels(octets[4 * index + 4 :])
    return None


def _below_labels(inner: bytes) -> Inner | None:
    version = inner[0] >> 4 if inner else -1
    if version == 4:
        return IPV4, inner
    if version == 6:
        return IPV6, inner
    # A pseudowire; its control word begins with a zero nibble (RFC 4448 4.6).
    return TRANSPARENT_ETHERNET, inner[4:] if inner[:2] == b"\0\0" else inner


def pppoe(octets: bytes) -> Inner | None:
    """Return what a PPPoE session packet carries (RFC 2516 4)."""
    if len(octets) < 8 or octets[:2] != b"\x11\0":
        return None
    inner = octets[6 : 6 + int.from_bytes(octets[4:6], "big")]
    size = 1 if inner and inner[0] & 1 else 2
    kind = PPP_PROTOCOLS.get(int.from_bytes(inner[:size], "big"))
    return None if kind is None else (kind, inner[size:])


def gre(octets: bytes) -> Inner | None:
    """Return what GRE version 0 carries, ERSPAN types I to III included."""
    header = headers.read(headers.Gre, octets[:GRE_HEADER])
    if header is None or header.flags & 0x7 or header.flags & headers.GRE_ROUTING:
        return None
    size = 4
    for option in headers.GRE_WORDS:
        if header.flags & option:
            size += 4
    inner = octets[size:]
    if header.p == ERSPAN_2:
        # Type I has no header of its own and, unlike type II, no sequence number.
        skipped = 8 if header.flags & headers.GRE_SEQUENCE else 0
        return TRANSPARENT_ETHERNET, inner[skipped:]
    if header.p == ERSPAN_3:
        # The last bit says that a platform-specific part of 8 octets follows.
        return TRANSPARENT_ETHERNET, inner[20 if inner[11:12] and inner[11] & 1 else 12 :]
    return header.p, inner


def has_tunnel_port(octets: bytes) -> bool:
    """Say whether a UDP datagram goes to a port of VXLAN or Geneve."""
    return int.from_bytes(octets[2:4], "big") in TUNNEL_PORTS


def udp(octets: bytes) -> Inner | None:
    """Return what VXLAN or Geneve carries, by the destination port of a UDP datagram."""
    header = headers.read(headers.Udp, octets)
    if header is None:
        return None
    if header.dport in VXLAN_PORTS:
        return _vxlan(header.data)
    if header.dport == GENEVE_PORT:
        return _geneve(header.data)
    return None


def _vxlan(octets: bytes) -> Inner | None:
    """RFC 7348 5: the flag says that there is a network identifier, as there always is."""
    if len(octets) < 8 or not octets[0] & 0x08:
        return None
    return TRANSPARENT_ETHERNET, octets[8:]


def _geneve(octets: bytes) -> Inner | None:
    """RFC 8926 3.4: version 0, options counted in words of four octets."""
    if len(octets) < 8 or octets[0] >> 6:
        return None
    size = 8 + 4 * (octets[0] & 0x3F)
    return int.from_bytes(octets[2:4], "big"), octets[size:]

"""Builds single packets: TCP in IPv4 or IPv6, whole or in fragments, in a frame of any link type.

What it builds is valid: lengths, checksums, Ethernet padding. Plain functions on octets.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from smtpids.trial.packets import (
    WRAP,
    address,
    checksum,
    ether_type,
    ip_packet,
    macs,
    padded,
    seal_ipv4,
    tcp_segment,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smtpids.capture.frames import Frame

__all__ = [
    "LINKS",
    "WRAP",
    "address",
    "checksum",
    "fragment_ip",
    "ip_packet",
    "macs",
    "padded",
    "relink",
    "tcp_segment",
    "unwrap",
    "wrap",
]

#: Name of a way to wrap an IP packet -> its LINKTYPE_ value.
LINKS: dict[str, int] = {
    "ethernet": 1,
    "vlan": 1,
    "qinq": 1,
    "sll": 113,
    "sll2": 276,
    "null": 0,
    "loop": 108,
    "raw": 101,
}


def fragment_ip(packet: bytes, size: int, *, ident: int = 1) -> list[bytes]:
    """Cut an IP packet into fragments of `size` octets of payload (a multiple of 8)."""
    assert size % 8 == 0
    if packet[0] >> 4 == 6:
        return _fragment_ipv6(packet, size, ident)
    head_size = (packet[0] & 15) * 4
    head, body = packet[:head_size], packet[head_size:]
    fragments = []
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        more = 0x2000 if start + size < len(body) else 0
        fields = struct.pack(">HHH", head_size + len(piece), ident & 0xFFFF, more | start // 8)
        fragments.append(seal_ipv4(head[:2] + fields + head[8:] + piece))
    return fragments


def _fragment_ipv6(packet: bytes, size: int, ident: int) -> list[bytes]:
    head, body = packet[:40], packet[40:]
    fragments = []
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        more = int(start + size < len(body))
        extension = struct.pack(">BBHI", head[6], 0, start | more, ident)
        length = struct.pack(">HB", 8 + len(piece), 44)
        fragments.append(head[:4] + length + head[7:] + extension + piece)
    return fragments


def wrap(packet: bytes, link: str) -> bytes:
    """Return `packet` in the frame of `link`, a name of LINKS."""
    return _WRAPPERS[link](packet, ether_type(packet))


def _bsd(order: str) -> Callable[[bytes, bytes], bytes]:
    def build(packet: bytes, ethertype: bytes) -> bytes:
        family = 2 if ethertype == b"\x08\0" else 30  # AF_INET, and AF_INET6 of macOS
        return struct.pack(f"{order}I", family) + packet

    return build


_WRAPPERS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "ethernet": lambda packet, kind: padded(macs(packet) + kind + packet),
    "vlan": lambda packet, kind: padded(macs(packet) + b"\x81\0\0\x2a" + kind + packet),
    "qinq": lambda packet, kind: padded(
        macs(packet) + b"\x88\xa8\0\x64\x81\0\0\x2a" + kind + packet
    ),
    "sll": lambda packet, kind: (
        struct.pack(">HHH", 0, 1, 6) + macs(packet)[6:] + b"\0\0" + kind + packet
    ),
    "sll2": lambda packet, kind: (
        kind + struct.pack(">HIHBB", 0, 2, 1, 0, 6) + macs(packet)[6:] + b"\0\0" + packet
    ),
    "null": _bsd("<"),
    "loop": _bsd(">"),
    "raw": lambda packet, kind: packet,
}

#: Octets in front of the IP packet, by name of LINKS.
_OVERHEAD = {
    "ethernet": 14, "vlan": 18, "qinq": 22, "sll": 16, "sll2": 20, "null": 4, "loop": 4, "raw": 0,
}  # fmt: skip


def unwrap(data: bytes, link: str) -> bytes:
    """Return the IP packet in a frame that `wrap` made."""
    packet = data[_OVERHEAD[link] :]
    if packet[0] >> 4 == 6:
        return packet[: 40 + int.from_bytes(packet[4:6], "big")]
    return packet[: int.from_bytes(packet[2:4], "big")]


def relink(frames: Iterable[Frame], link: str, *, was: str = "ethernet") -> list[Frame]:
    """Return `frames`, which are of the link `was`, in frames of `link`."""
    return [(ts, LINKS[link], wrap(unwrap(data, was), link)) for ts, _, data in frames]

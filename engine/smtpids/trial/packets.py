"""Builds packets: TCP in IPv4 or IPv6 in Ethernet frames, as a tap sees them.

What it builds is valid: lengths, checksums, Ethernet padding. Plain functions on octets.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

#: Sequence numbers wrap here.
WRAP: Final = 0xFFFFFFFF
#: LINKTYPE_ETHERNET.
ETHERNET: Final = 1


def address(text: str) -> bytes:
    """Return the octets of an IPv4 or IPv6 address."""
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of `data`."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_segment(
    src: bytes,
    dst: bytes,
    ports: tuple[int, int],
    numbers: tuple[int, int],
    flags: int,
    payload: bytes,
    *,
    options: bytes = b"",
    urgent: int = 0,
) -> bytes:
    """Return a TCP segment with its checksum; `numbers` are seq and ack."""
    options += b"\0" * (-len(options) % 4)
    offset = (20 + len(options)) // 4 << 4
    seq, ack = numbers[0] & WRAP, numbers[1] & WRAP
    head = struct.pack(">HHIIBBHHH", *ports, seq, ack, offset, flags, 64_240, 0, urgent)
    segment = head + options + payload
    pseudo = src + dst + struct.pack(">II", len(segment), 6)
    return segment[:16] + struct.pack(">H", checksum(pseudo + segment)) + segment[18:]


def ip_packet(
    src: bytes, dst: bytes, protocol: int, payload: bytes, *, options: bytes = b"", ident: int = 1
) -> bytes:
    """Return an IPv4 or IPv6 packet; `options` are IPv4 options or IPv6 extension headers.

    For IPv6 `protocol` is the next header of the first header: 6, or that of the extension.
    """
    if len(src) == 16:
        body = options + payload
        return struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + src + dst + body
    options += b"\0" * (-len(options) % 4)
    size = 20 + len(options)
    head = struct.pack(
        ">BBHHHBBH", 0x40 | size // 4, 0, size + len(payload), ident, 0x4000, 64, protocol, 0
    )
    return seal_ipv4(head + src + dst + options + payload)


def seal_ipv4(packet: bytes) -> bytes:
    """Return `packet` with the right header checksum."""
    size = (packet[0] & 15) * 4
    bare = packet[:10] + b"\0\0" + packet[12:]
    return bare[:10] + struct.pack(">H", checksum(bare[:size])) + bare[12:]


def ether_type(packet: bytes) -> bytes:
    """Return what an Ethernet frame says of the IP packet in it."""
    return b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"


def ethernet(packet: bytes) -> bytes:
    """Return an IP packet in an Ethernet frame."""
    return padded(macs(packet) + ether_type(packet) + packet)


def macs(packet: bytes) -> bytes:
    """Return destination and source MAC addresses made of the last octets of the IP addresses."""
    src, dst = (
        (packet[12:16], packet[16:20]) if packet[0] >> 4 == 4 else (packet[20:24], packet[36:40])
    )
    return b"\x02\0" + dst + b"\x02\0" + src


def padded(frame: bytes) -> bytes:
    """Return an Ethernet frame of at least 60 octets (IEEE 802.3 3.2.8)."""
    return frame.ljust(60, b"\0")

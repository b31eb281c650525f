"""The Internet checksum (RFC 1071), as a yes or no.

A one's complement sum of 16-bit words is the whole read as one number modulo 65535, and Python
takes that remainder in C: there is no loop over words here.
"""

from __future__ import annotations

TCP = 6


def header_holds(header: bytes) -> bool:
    """Say whether an IPv4 header (RFC 791 3.1), with its options, has the right checksum."""
    return int.from_bytes(header, "big") % 0xFFFF == 0


def segment_holds(addresses: bytes, segment: bytes) -> bool:
    """Say whether a TCP segment has the right checksum.

    `addresses` are source and destination as in the pseudo-header (RFC 9293 3.1, RFC 8200 8.1).
    """
    number = int.from_bytes(segment, "big")
    if len(segment) & 1:
        number <<= 8
    return (int.from_bytes(addresses, "big") + TCP + len(segment) + number) % 0xFFFF == 0

"""The two ends of a connection, as the key of a segment has them and as text."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


def address(key: bytes) -> bytes:
    """Return the address that a key begins with, 4 or 16 octets: that of the sender."""
    return key[: (len(key) - 4) // 2]


def port_of(key: bytes) -> int:
    """Return the port of the sender."""
    return key[-4] << 8 | key[-3]


def turned(key: bytes) -> bytes:
    """Return the key of the other direction."""
    size = (len(key) - 4) // 2
    return key[size:-4] + key[:size] + key[-2:] + key[-4:-2]


@lru_cache(maxsize=4096)
def address_text(octets: bytes) -> str:
    """Return an address as text; the same few come again and again."""
    if len(octets) == 4:
        return f"{octets[0]}.{octets[1]}.{octets[2]}.{octets[3]}"
    return str(ipaddress.ip_address(octets))

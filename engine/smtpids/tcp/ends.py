"""The two ends of a connection, as the key of a segment has them and as text."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

#: An octet -> its digits, and these with a dot.
_DIGITS: Final = [str(octet) for octet in range(256)]
_DOTTED: Final = [f"{octet}." for octet in range(256)]


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
        one, two, three, four = octets
        return f"{_DOTTED[one]}{_DOTTED[two]}{_DOTTED[three]}{_DIGITS[four]}"
    return str(ipaddress.ip_address(octets))

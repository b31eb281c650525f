"""The two ends of a connection, as the key of a segment has them and as text."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

#: An octet -> its digits, and these with a dot.
_DIGITS: Final = [str(octet) for octet in range(256)]
_DOTTED: Final = [f"{octet}." for octet in range(256)]

MOST_SHARED: Final = 4096
"""Servers whose addresses are kept as text: a site has some, a scan of the network any number."""
_shared: Final[dict[bytes, str]] = {}


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


def address_text(octets: bytes) -> str:
    """Return an address as text."""
    if len(octets) == 4:
        return f"{_DOTTED[octets[0]]}{_DOTTED[octets[1]]}{_DOTTED[octets[2]]}{_DIGITS[octets[3]]}"
    return _with_colons(octets)


def shared_text(octets: bytes) -> str:
    """Return an address as text, the same object for the few that come again and again."""
    text = _shared.get(octets)
    if text is None:
        if len(_shared) >= MOST_SHARED:
            _shared.clear()
        text = _shared[octets] = address_text(octets)
    return text


@lru_cache(maxsize=4096)
def _with_colons(octets: bytes) -> str:
    return str(ipaddress.ip_address(octets))

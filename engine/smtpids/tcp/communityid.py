"""Community ID, the name of a connection that Zeek, Suricata and others give it too.

Version 1 of the specification at github.com/corelight/community-id-spec: SHA-1 over the seed,
both ends with the lower one first, and the protocol.
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from typing import Final

_SEED: Final = b"\x00\x00"
_TCP: Final = b"\x06\x00"  # the protocol and an octet of padding


def community_id(key: bytes) -> str:
    """Return the Community ID (version 1, seed 0) of a TCP connection.

    `key` is that of either direction's `Segment`.
    """
    size = (len(key) - 4) // 2
    source, destination, ports = key[:size], key[size : 2 * size], key[2 * size :]
    if source + ports[:2] <= destination + ports[2:]:
        text = _SEED + source + destination + _TCP + ports
    else:
        text = _SEED + destination + source + _TCP + ports[2:] + ports[:2]
    digest = hashlib.sha1(text, usedforsecurity=False).digest()
    return "1:" + b2a_base64(digest, newline=False).decode("ascii")

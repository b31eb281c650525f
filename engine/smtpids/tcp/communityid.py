"""Community ID, the name of a connection that Zeek, Suricata and others give it too.

Version 1 of the specification at github.com/corelight/community-id-spec: SHA-1 over the seed,
both ends with the lower one first, and the protocol.
"""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import sha1
from typing import Final

_SEED: Final = b"\x00\x00"
_TCP: Final = b"\x06\x00"  # the protocol and an octet of padding


def community_id(there: bytes, back: bytes) -> str:
    """Return the Community ID (version 1, seed 0) of a TCP connection.

    The keys are those of the `Segment`s of both directions.
    """
    # ports stand behind both addresses, so the key of the lower end is the lower one
    key = min(there, back)
    digest = sha1(_SEED + key[:-4] + _TCP + key[-4:], usedforsecurity=False).digest()
    return "1:" + b2a_base64(digest)[:-1].decode("ascii")

"""The names in the clear part of the three NTLM messages.

MS-NLMP 2.2.1 gives the layouts: a client's NEGOTIATE (1) and AUTHENTICATE (3) and the server's
CHALLENGE (2) name domains, hosts and a Windows build that an outsider should not learn. The
responses of type 3 are as good as a password to who can guess; they are not read at all.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from smtpids.text import bounded, readable

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

SIGNATURE: Final = b"NTLMSSP\x00"
NEGOTIATE: Final = 1
CHALLENGE: Final = 2
AUTHENTICATE: Final = 3
#: The kinds of message that each side sends.
OF_CLIENT: Final = frozenset({NEGOTIATE, AUTHENTICATE})
OF_SERVER: Final = frozenset({CHALLENGE})
UNICODE: Final = 0x00000001
VERSION: Final = 0x02000000

#: AvId of MS-NLMP 2.2.2.1 in the order in which they are preferred as the server's name.
DNS_COMPUTER: Final = 3
NETBIOS_COMPUTER: Final = 1
END_OF_PAIRS: Final = 0
#: Ten identifiers are defined; more pairs are noise.
MOST_PAIRS: Final = 32


def names(token: bytes, kinds: frozenset[int], most: int) -> Fields:
    """Return what an NTLM message of one of `kinds` in `token` tells, or nothing.

    The message may lie inside another token (SPNEGO); texts have at most `most` characters.
    """
    start = token.find(SIGNATURE)
    if start < 0 or len(token) < start + 12:
        return {}
    message = token[start:]
    kind = int.from_bytes(message[8:12], "little")
    if kind not in kinds:
        return {}
    if kind == NEGOTIATE:
        told = _negotiate(message, most)
    elif kind == CHALLENGE:
        told = _challenge(message, most)
    else:
        told = _authenticate(message, most)
    fields: Fields = {name: text for name, text in told.items() if text}
    fields["smtp.auth.ntlm.stage"] = kind
    return fields


def _negotiate(message: bytes, most: int) -> dict[str, str]:
    """MS-NLMP 2.2.1.1: both names are in the OEM character set."""
    return {
        "smtp.auth.ntlm.domain": readable(_field(message, 16), most),
        "smtp.auth.ntlm.host": readable(_field(message, 24), most),
    }


def _challenge(message: bytes, most: int) -> dict[str, str]:
    """MS-NLMP 2.2.1.2, with the pairs of 2.2.2.1 and the version of 2.2.2.10."""
    flags = _number(message, 20)
    pairs = _pairs(_field(message, 40))
    server = pairs.get(DNS_COMPUTER) or pairs.get(NETBIOS_COMPUTER) or b""
    build = ""
    if flags & VERSION and len(message) >= 56:
        major, minor, number = struct.unpack_from("<BBH", message, 48)
        build = f"{major}.{minor}.{number}" if major else ""
    return {
        "smtp.auth.ntlm.target": _text(_field(message, 12), flags, most),
        "smtp.auth.ntlm.server": _text(server, UNICODE, most),
        "smtp.auth.ntlm.os_build": build,
    }


def _authenticate(message: bytes, most: int) -> dict[str, str]:
    """MS-NLMP 2.2.1.3."""
    flags = _number(message, 60)
    return {
        "smtp.auth.ntlm.domain": _text(_field(message, 28), flags, most),
        "smtp.auth.user": _text(_field(message, 36), flags, most),
        "smtp.auth.ntlm.host": _text(_field(message, 44), flags, most),
    }


def _field(message: bytes, at: int) -> bytes:
    """Return the payload that the length and offset at `at` point to; nothing if outside."""
    if len(message) < at + 8:
        return b""
    length, _, offset = struct.unpack_from("<HHI", message, at)
    if not length or offset + length > len(message):
        return b""
    return message[offset : offset + length]


def _pairs(target_info: bytes) -> dict[int, bytes]:
    pairs: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(target_info) and len(pairs) < MOST_PAIRS:
        kind, length = struct.unpack_from("<HH", target_info, at)
        if kind == END_OF_PAIRS:
            break
        pairs.setdefault(kind, target_info[at + 4 : at + 4 + length])
        at += 4 + length
    return pairs


def _number(message: bytes, at: int) -> int:
    return int.from_bytes(message[at : at + 4], "little")


def _text(octets: bytes, flags: int, most: int) -> str:
    if not flags & UNICODE:
        return readable(octets, most)
    return bounded(octets[: 2 * most + 4].decode("utf-16-le", "backslashreplace"), most)

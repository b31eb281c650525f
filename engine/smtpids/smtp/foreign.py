"""Protocols that a client speaks where SMTP is expected, by their first octets.

Scanners try everything everywhere; a web server that is made to talk to a mail server (request
forgery) sends HTTP first and SMTP behind it. Only what is certain has a name here.
"""

from __future__ import annotations

import re
from typing import Final

from smtpids.pattern import Pattern

#: protocol -> how its first line begins, blanks before it apart
_LINES: Final[dict[str, Pattern[bytes]]] = {
    "connect": Pattern(rb"CONNECT \S+:\d+( |\Z)", re.IGNORECASE),
    "sip": Pattern(rb"[A-Z]{3,16} sips?:\S+ SIP/2\.0"),
    "rtsp": Pattern(rb"[A-Z_]{3,16} \S+ RTSP/1\.0"),
    "http": Pattern(
        rb"(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|TRACE|PATCH|PROPFIND) \S+ HTTP/\d"
        rb"|PRI \* HTTP/2\.0"
        rb"|(?:GET|POST|HEAD|PUT|OPTIONS) /\S*\Z"
    ),
    "ssh": Pattern(rb"SSH-\d\.\d"),
    "rdp": Pattern(rb".{0,16}Cookie: mstshash=", re.DOTALL),
    "proxy": Pattern(rb"PROXY (?:TCP|UDP|UNKNOWN)"),
    "gopher": Pattern(rb"_?(?:EHLO|HELO) \S*%0d%0a", re.IGNORECASE),
}
_PROXY: Final = b"\r\n\r\n\x00\r\nQUIT\n"
#: protocol -> octets with which a client of it begins; longer than a line may never come.
_OCTETS: Final[dict[str, Pattern[bytes]]] = {
    # version, command CONNECT or BIND, a port, an address (SOCKS 4)
    "socks4": Pattern(rb"\x04[\x01\x02].{6}", re.DOTALL),
    # version, as many methods as it says, of those registered (RFC 1928 3)
    "socks5": Pattern(rb"\x05(?:\x01[\x00-\x09]|\x02[\x00-\x09]{2}|\x03[\x00-\x09]{3})"),
    # NetBIOS session message, then the mark of SMB 1, 2 or 3
    "smb": Pattern(rb"\x00.{3}[\xff\xfe\xfd]SMB", re.DOTALL),
    # TPKT and an X.224 connection request (MS-RDPBCGR 2.2.1.1)
    "rdp": Pattern(rb"\x03\x00.{2}.\xe0\x00\x00", re.DOTALL),
    # DCE/RPC version 5, bind
    "rpc": Pattern(rb"\x05\x00\x0b.\x10\x00\x00\x00", re.DOTALL),
    # the signature of a PROXY header that could not be read
    "proxy": Pattern(re.escape(_PROXY)),
}
PROTOCOLS: Final = frozenset(_LINES) | frozenset(_OCTETS)
#: Octets that suffice for each of them.
MOST_OCTETS: Final = 512
#: First octet of what has no lines -> octets that tell; all else is left to the commands.
_BINARY: Final[dict[int, int]] = {0: 8, 3: 8, 4: 8, 5: 8, 13: 12}
_SOCKS5: Final = 5
_MOST_METHODS: Final = 3


def of_line(line: bytes) -> str:
    """Return the protocol that a line belongs to, or nothing."""
    line = line[:MOST_OCTETS].lstrip()
    for name, pattern in _LINES.items():
        if pattern.match(line):
            return name
    return ""


def of_octets(octets: bytes) -> str | None:
    """Return the protocol that a client begins with, where it has no lines.

    Nothing if it is none of these, None if that takes more octets.
    """
    needed = _BINARY.get(octets[0], 0) if octets else 0
    if not needed or (octets[0] == ord("\r") and not _may_be_proxy(octets)):
        return ""
    if octets[0] == _SOCKS5 and len(octets) > 1 and octets[1]:
        needed = 2 + octets[1] if octets[1] <= _MOST_METHODS else 0
    if len(octets) < needed:
        return None
    return next((name for name, pattern in _OCTETS.items() if pattern.match(octets)), "")


def _may_be_proxy(octets: bytes) -> bool:
    return _PROXY.startswith(octets[: len(_PROXY)])

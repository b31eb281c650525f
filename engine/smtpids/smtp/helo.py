"""What the name is that a client gives in EHLO, and whose.

RFC 5321 4.1.4 lets nobody refuse mail for it, so these are facts to weigh and no faults. The name
is judged as it stands: a space or a quote in it makes it malformed, an underscore does not, since
many hosts have one.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

FQDN: Final = "fqdn"
UNQUALIFIED: Final = "unqualified"
LOCALHOST: Final = "localhost"
IPV4: Final = "ipv4"
LITERAL: Final = "literal"
MALFORMED: Final = "malformed"
EMPTY: Final = "empty"
KINDS: Final = frozenset({FQDN, UNQUALIFIED, LOCALHOST, IPV4, LITERAL, MALFORMED, EMPTY})

#: RFC 1035 2.3.4: the longest name.
_NAME_OCTETS: Final = 255
#: What names are made of is what this leaves as it is: labels of letters, digits, hyphens and
#: underscores, with dots between them; those beyond ASCII are names of RFC 6531.
_OF_NAMES: Final = bytes(
    octet if octet >= 0x80 or chr(octet).isalnum() or octet in b"_.-" else ord("_")
    for octet in range(256)
)
#: What no name begins with.
_AMID: Final = frozenset(b".-")
_BRACKET: Final = 0x5B
_COLON: Final = 0x3A
_DIGITS: Final = frozenset(b"0123456789")
_LOCALHOST: Final = Pattern(rb"localhost(?:\..*)?\.?", re.IGNORECASE)
_IPV4: Final = Pattern(rb"\d{1,3}(?:\.\d{1,3}){3}")


def kind_of(name: bytes) -> str:
    """Return which of `KINDS` a name is."""
    if not name:
        return EMPTY
    if name[0] == _BRACKET:
        return LITERAL if address_of(name) else MALFORMED
    if name[0] in _DIGITS and _IPV4.fullmatch(name):
        return IPV4 if address_of(name) else MALFORMED
    text = name.decode("latin-1")
    if len(text) > _NAME_OCTETS or ".." in text or name[0] in _AMID:
        return MALFORMED
    if name.translate(_OF_NAMES) != name:
        return MALFORMED
    if text[0] in "lL" and _LOCALHOST.fullmatch(name):
        return LOCALHOST
    return FQDN if "." in text.rstrip(".") else UNQUALIFIED


def address_of(name: bytes) -> str:
    """Return the address that a name is, `[192.0.2.1]`, `[IPv6:2001:db8::1]` or bare; else ''."""
    if not 0 < len(name) <= _NAME_OCTETS:
        return ""
    may_be_ipv4 = name[0] in _DIGITS and _IPV4.fullmatch(name) is not None
    if name[0] != _BRACKET and not may_be_ipv4 and _COLON not in name:
        return ""  # most names are none, and to find that out by an exception is dear
    inner = name[1:-1] if name[:1] == b"[" and name[-1:] == b"]" else name
    if inner[:5].upper() == b"IPV6:":
        inner = inner[5:]
    try:
        return str(ipaddress.ip_address(inner.decode("ascii")))
    except ValueError:
        return ""


def is_within(domain: str, domains: tuple[str, ...]) -> bool:
    """Tell whether a domain, in lower case, is one of `domains` or below one."""
    domain = domain.rstrip(".")
    return any(domain == own or domain.endswith(f".{own}") for own in domains)


def facts(name: bytes, client_ip: str, server_ip: str, own_domains: tuple[str, ...]) -> Fields:
    """Return what is said of a name in EHLO; what it does not tell is not there."""
    said: Fields = {"smtp.helo_kind": kind_of(name)}
    address = address_of(name)
    if address:
        said["smtp.helo_matches_source"] = address == client_ip
        said["smtp.helo_matches_destination"] = address == server_ip
    if own_domains:
        shown = name.decode("ascii", "replace").lower()
        said["smtp.helo_own"] = address == server_ip or is_within(shown, own_domains)
    return said

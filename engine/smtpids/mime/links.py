"""What the URLs of a message show: their hosts, and what in them deceives or is out of the way.

They are looked at as browsers read them: a backslash is a slash, an address may be one number, and
what stands before an at sign is no host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from smtpids.mime.domains import ACE
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.mime.header import Facts

IP_LITERAL: Final = "ip_literal"
PUNYCODE: Final = "punycode"
NON_ASCII: Final = "non_ascii"
USERINFO: Final = "userinfo"
ODD_PORT: Final = "odd_port"
FILE_SCHEME: Final = "file_scheme"
MANY_REDIRECTS: Final = "many_redirects"
TEXT_MISMATCH: Final = "text_mismatch"
LINK_TRAITS: Final = frozenset(
    {
        IP_LITERAL,
        PUNYCODE,
        NON_ASCII,
        USERINFO,
        ODD_PORT,
        FILE_SCHEME,
        MANY_REDIRECTS,
        TEXT_MISMATCH,
    }
)

#: The form of nearly every link.
PLAIN: Final = Pattern(r"https?://([a-z0-9.-]+)(?![^/?#])")
#: Scheme, what stands before an at sign, host and port.
PARTS: Final = Pattern(
    r"([a-z]+)://(?:([^/\\?#]*)@)?(\[[^\]]*\]|[^/\\?#:]*)(?::([0-9]*))?", re.IGNORECASE
)
#: An IPv6 address, and the forms of an IPv4 address that browsers take.
ADDRESS: Final = Pattern(r"\[[0-9a-f:.]*\]|(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}")
#: RFC 9110 4.2: the ports of the Web.
WEB_PORTS: Final = frozenset({"", "80", "443"})
FILE_SCHEMES: Final = frozenset({"file", "smb"})
#: URLs inside of one that a chain of redirects may have; mailing services have one or two.
MOST_REDIRECTS: Final = 5
#: What no URL begins with.
NO_URL: Final = " "
#: The shortest URL that can hold more.
LONG: Final = 60


def link_facts(urls: Iterable[str], *, mismatch: bool) -> Facts:
    """Return what is said of URLs; `mismatch` tells that a link's text names another host."""
    hosts: dict[str, None] = {}
    before = NO_URL
    traits: set[str] = {TEXT_MISMATCH} if mismatch else set()
    for url in urls:
        if not url.startswith(before):
            plain = PLAIN.match(url)
            hosts[plain[1] if plain is not None else _parted(url, traits)] = None
            before = f"{plain[0]}/" if plain is not None else NO_URL
        if len(url) > LONG and _redirects(url) > MOST_REDIRECTS:
            traits.add(MANY_REDIRECTS)
    hosts.pop("", None)
    facts: Facts = {"email.url.hosts": [*hosts]} if hosts else {}
    for host in hosts:
        if ACE in host:
            traits.add(PUNYCODE)
        elif not host[-1].isalpha() and ADDRESS.fullmatch(host):
            traits.add(IP_LITERAL)
    if traits:
        facts["email.url.traits"] = [*sorted(traits)]
    return facts


def _parted(url: str, traits: set[str]) -> str:
    """Return the host of a URL in lower case; add what is out of the way in it to `traits`."""
    parts = PARTS.match(url)
    if parts is None:
        return ""
    scheme, user, host, port = parts.groups()
    if user is not None:
        traits.add(USERINFO)
    if scheme.lower() in FILE_SCHEMES:
        traits.add(FILE_SCHEME)
    elif (port or "") not in WEB_PORTS:
        traits.add(ODD_PORT)
    if not host.isascii():
        traits.add(NON_ASCII)
    return host.lower().rstrip(".")


def _redirects(url: str) -> int:
    lowered = url.lower()
    return lowered.count("://") - 1 + lowered.count("%3a%2f%2f")

"""What the authors that a message names show of themselves beyond their addresses.

People read the name and few read the address, so a name that holds another address deceives; so
does a domain that is ours, or nearly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from smtpids.mime.domains import ACE, domain_of, domains_of, is_lookalike, is_within, organisation
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.mime.header import Facts, Value

#: Authors whose names are listed of one message; there is one, or somebody plays.
MOST_NAMES: Final = 10
#: An address in a name, or a domain whose end people know for one.
ADDRESS_IN_NAME: Final = Pattern(
    r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}"
    r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.(?:biz|com|edu|gov|info|mil|net|org)\b",
    re.IGNORECASE,
)


def add_sender_facts(
    facts: Facts, members: list[tuple[str, str]], own_domains: tuple[str, ...]
) -> None:
    """Add what is said of the (name, address) of all authors."""
    facts["email.from.address"] = [address for _, address in members]
    named = members[:MOST_NAMES]
    names: list[Value] = [name for name, _ in named if name]
    if names:
        facts["email.from.name"] = names
    domains = domains_of(members)
    facts["email.from.count"] = len(members)
    if domains:
        facts["email.from.domain"] = [*domains]
    facts["email.from.punycode"] = ACE in " ".join(domains)
    others = _others(named)
    if others:
        facts["email.from.name_address"] = [*dict.fromkeys(others)]
    if own_domains:
        facts["email.from.own"] = any(is_within(domain, own_domains) for domain in domains)
        compared = domains[:MOST_NAMES]
        facts["email.from.lookalike"] = any(is_lookalike(d, own_domains) for d in compared)


def _others(members: list[tuple[str, str]]) -> list[str]:
    """Return the addresses and domains in names that are not those of the address beside them."""
    found: list[str] = []
    for name, address in members:
        if "." not in name:
            continue
        own = organisation(domain_of(address))
        for said in ADDRESS_IN_NAME.findall(name):
            shown = said.lower()
            differs = organisation(domain_of(shown) or shown) != own
            if differs or ("@" in shown and shown != address.lower()):
                found.append(shown)
    return found

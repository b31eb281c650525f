"""Compares domains: whose they are, which belong together, and which only look alike.

Which domains one organisation holds is a list that changes daily; here the last two labels stand
for it, or three where the last two look like `co.uk`. That is wrong now and then, and cheap.
"""

from __future__ import annotations

from typing import Final

#: RFC 5890 2.3.2.1: how the ASCII form of an international label begins.
ACE: Final = "xn--"
#: RFC 1035 2.3.4: a longer name is none.
MOST_DOMAIN: Final = 253
#: Letters of the longest name that is compared letter by letter; the work is their square.
MOST_COMPARED: Final = 64
#: Shorter names are alike too easily: below the first nothing is, below the second one letter may
#: differ, from there on two.
ONE_LETTER, TWO_LETTERS = 6, 10
#: A label in front of a country's, of which names are sold as below `co.uk`.
SECOND_LEVEL: Final = frozenset({"ac", "co", "com", "edu", "gob", "gov", "net", "ne", "or", "org"})


def domain_of(address: str) -> str:
    """Return the domain of an address in lower case; empty if it has none."""
    at = address.rfind("@")
    if at < 0:
        return ""
    domain = address[at + 1 :].lower()
    return domain.rstrip(".") if domain.endswith(".") else domain


def domains_of(members: list[tuple[str, str]]) -> list[str]:
    """Return the domains in (name, address), each once, in their order."""
    if len(members) == 1:
        domain = domain_of(members[0][1])
        return [domain] if domain else []
    found = dict.fromkeys([domain_of(address) for _, address in members])
    found.pop("", None)
    return [*found]


def is_within(domain: str, owned: tuple[str, ...]) -> bool:
    """Return whether a domain is one of those owned, or a subdomain of one."""
    return any(domain == own or domain.endswith(f".{own}") for own in owned)


def organisation(domain: str) -> str:
    """Return the part of a domain that stands for who holds it."""
    labels = domain.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def is_lookalike(domain: str, owned: tuple[str, ...]) -> bool:
    """Return whether a foreign domain looks like one of those owned.

    One or two letters differ, those of other scripts included, or it begins with one of them.
    """
    if not owned or is_within(domain, owned):
        return False
    shown = unicode_form(domain)
    return any(shown.startswith(f"{own}.") or _are_alike(shown, own) for own in owned)


def unicode_form(domain: str) -> str:
    """Return a domain as clients show it; a label that cannot be decoded stays as it is."""
    if ACE not in domain or len(domain) > MOST_DOMAIN:
        return domain
    return ".".join(map(_label, domain.split(".")))


def _label(label: str) -> str:
    if not label.startswith(ACE):
        return label
    try:
        return label.removeprefix(ACE).encode("ascii").decode("punycode")
    except ValueError:
        return label


def _are_alike(domain: str, own: str) -> bool:
    most = 0 if len(own) < ONE_LETTER else 1 if len(own) < TWO_LETTERS else 2
    if abs(len(domain) - len(own)) > most or max(len(domain), len(own)) > MOST_COMPARED:
        return False
    return _distance(domain, own) <= most


def _distance(one: str, other: str) -> int:
    """Return how many letters must be put in, taken out or changed to make one the other."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, wanted in enumerate(other, 1):
            changed = before[column - 1] + (letter != wanted)
            current.append(min(before[column] + 1, current[-1] + 1, changed))
        before = current
    return before[-1]

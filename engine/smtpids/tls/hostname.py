"""Whether a certificate is for the host that the client asked for.

RFC 9525 6: the names of a certificate are compared as ASCII without regard to case, and an asterisk
stands for one whole first label and nothing else.
"""

from __future__ import annotations


def is_host_name(name: str) -> bool:
    """Return whether `name` may be a host's; an address is none (RFC 6066 3)."""
    last = normal(name).rpartition(".")[2]
    return bool(last) and name.isascii() and ":" not in name and not last.isdigit()


def normal(name: str) -> str:
    """Return a host name as it is compared: in lower case, without the root's dot."""
    return name.lower().removesuffix(".")


def names_host(presented: str, host: str) -> bool:
    """Return whether a name in a certificate is that host's; both as `normal` gives them."""
    if not presented.startswith("*."):
        return bool(host) and presented == host
    label, dot, parent = host.partition(".")
    return bool(label and dot) and presented[2:] == parent

"""The filter in the kernel: mail ports, and what `tcp port 25` would lose.

Lost would be later IPv4 fragments, IPv6 behind extension headers, and tagged frames. Of the latter
Linux takes the outer tag off before the filter runs, so that a live test hides what a file shows;
the expression serves both. In libpcap's language `vlan` shifts the offsets of everything that
follows it, whatever the parentheses: untagged terms come first, then each tag nested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture.linktypes import ETHERNET, TUNNEL_PORTS

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Tags behind the one that the kernel may have taken off.
TAGS_DEEP = 2
LATER_FRAGMENT = "(ip proto 6 and ip[6:2] & 0x1fff != 0)"
#: Fragment, hop-by-hop, routing, authentication and destination headers of IPv6.
EXTENDED = "ip6 proto 44 or ip6 proto 0 or ip6 proto 43 or ip6 proto 51 or ip6 proto 60"


def filter_text(
    ports: Iterable[int], linktype: int, *, any_port: bool = False, tunnels: bool = False
) -> str:
    """Return the filter for one link type; `vlan` does not compile on others than Ethernet."""
    terms = ["tcp"] if any_port else [f"tcp port {port}" for port in sorted(ports)]
    terms += [LATER_FRAGMENT, EXTENDED]
    if tunnels:
        terms += [f"ip proto {number} or ip6 proto {number}" for number in (4, 41, 47)]
        terms += [f"udp dst port {port}" for port in sorted(TUNNEL_PORTS)]
        if linktype == ETHERNET:
            terms += ["ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864"]
    plain = " or ".join(terms)
    if linktype != ETHERNET:
        return plain
    text = plain
    for _ in range(TAGS_DEEP):
        text = f"{plain} or (vlan and ({text}))"
    return text

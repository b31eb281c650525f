"""Numbers of link and network layers that both lanes of the decoder go by.

LINKTYPE_ values are those of the pcap registry, ethertypes those of IEEE 802, protocols those of
IANA. Anything that is not in these tables is counted and left.
"""

from __future__ import annotations

NULL = 0
ETHERNET = 1
RAW_BSD = 12
RAW_OPENBSD = 14
RAW = 101
LOOP = 108
SLL = 113
RAW_IPV4 = 228
RAW_IPV6 = 229
SLL2 = 276

#: Link types whose frame begins with an address family of BSD.
BSD_LINKS = frozenset({NULL, LOOP})
#: Link types whose frame begins with the IP header; DLT_RAW is 12 or 14 by operating system.
RAW_LINKS = frozenset({RAW, RAW_BSD, RAW_OPENBSD, RAW_IPV4, RAW_IPV6})

IPV4 = 0x0800
IPV6 = 0x86DD
TRANSPARENT_ETHERNET = 0x6558
PPPOE_SESSION = 0x8864
MPLS = frozenset({0x8847, 0x8848})
#: 802.1Q, 802.1ad and the two numbers in use before it.
TAGS = frozenset({0x8100, 0x88A8, 0x9100, 0x9200})
#: The ethertype field holds a length up to here (IEEE 802.3 3.2.6).
LONGEST_LENGTH = 1500

#: The address family of BSD loopback, in either byte order: AF_INET, and AF_INET6 of NetBSD and
#: OpenBSD (24), FreeBSD (28) and macOS (30).
FAMILIES: dict[bytes, int] = {
    octets: kind
    for family, kind in ((2, IPV4), (24, IPV6), (28, IPV6), (30, IPV6))
    for octets in (family.to_bytes(4, "big"), family.to_bytes(4, "little"))
}

IPV4_IN_IP = 4
TCP = 6
UDP = 17
IPV6_IN_IP = 41
GRE = 47

#: IPv6 extension headers that TCP may stand behind (RFC 8200 4.1, RFC 4302): hop-by-hop options,
#: routing, fragment, authentication, destination options.
HOP_BY_HOP = 0
ROUTING = 43
FRAGMENT = 44
AUTHENTICATION = 51
DESTINATION = 60
EXTENSIONS = frozenset({HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION})

#: Protocols that carry other packets.
TUNNELS = frozenset({IPV4_IN_IP, IPV6_IN_IP, GRE})
#: Protocols whose fragments are put together. UDP is not among them: VXLAN and Geneve ask that
#: their end points do not fragment (RFC 7348 4.3), and it would hold other people's DNS.
REASSEMBLED = TUNNELS | {TCP}

#: VXLAN (RFC 7348, and Linux's port before it) and Geneve (RFC 8926).
VXLAN_PORTS = frozenset({4789, 8472})
GENEVE_PORT = 6081
TUNNEL_PORTS = VXLAN_PORTS | {GENEVE_PORT}

"""From a frame to a TCP segment by way of dpkt, one header after another, whatever comes.

It takes every frame: link types and malformed packets, fragments, IPv6 extension headers,
tunnels. `decode.py` stands in front of it and must agree with it on each frame it answers itself.
The packet inside a tunnel goes back to the decoder as a frame of its own, so that mirrored traffic
is read at fixed offsets where it is plain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture import linktypes
from smtpids.capture.frames import TICK
from smtpids.packet import checksums, headers, tunnels
from smtpids.packet.counters import MOST_UNKNOWN_LINKS, DecodeCounters
from smtpids.packet.fragments import LONGEST_DATAGRAM, Fragment, Fragments

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Segment
    from smtpids.config import Config

#: VLAN tags of a frame, and tunnels inside each other, beyond which a packet is an attack on us.
MOST_TAGS = 8
MOST_TUNNELS = 8
#: Extension headers of a packet; RFC 8200 4.1 knows eight places for them.
MOST_EXTENSIONS = 64
#: The longest extension header: 256 units of 8 octets (RFC 8200 4.3).
LONGEST_EXTENSION = 2048

KNOWN_PROTOCOLS = linktypes.REASSEMBLED | {linktypes.UDP}


class Dissector:
    """Decodes frames by dpkt; keeps the IP fragments of both lanes."""

    def __init__(
        self,
        config: Config,
        counts: DecodeCounters,
        decode_inner: Callable[[int, int, bytes], Segment | None],
    ) -> None:
        self._counts = counts
        self._verify = config.verify_checksums
        self._decode_inner = decode_inner
        self._depth = 0
        self.fragments = Fragments(config.limits, counts)

    def decode(self, ts_ns: int, linktype: int, data: bytes) -> Segment | None:
        """Return the TCP segment in a frame, or None if there is none or none yet."""
        if linktype in linktypes.RAW_LINKS:
            version = data[0] >> 4 if data else 0
            return self._ip(ts_ns, linktypes.IPV4 if version == 4 else linktypes.IPV6, data)
        if linktype == linktypes.ETHERNET:
            frame = headers.read(headers.Ethernet, data)
            kind = -1 if frame is None else frame.type
        elif linktype == linktypes.SLL:
            frame = headers.read(headers.Sll, data)
            kind = -1 if frame is None else frame.ethtype
        elif linktype == linktypes.SLL2:
            frame = headers.read(headers.Sll2, data)
            kind = -1 if frame is None else frame.ethtype
        elif linktype in linktypes.BSD_LINKS:
            return self._bsd_loopback(ts_ns, data)
        else:
            self._note_unknown(linktype)
            return None
        if frame is None:
            self._counts.malformed_link += 1
            return None
        if kind <= linktypes.LONGEST_LENGTH and linktype != linktypes.ETHERNET:
            self._counts.not_ip += 1
            return None
        return self._ethertype(ts_ns, kind, frame.data)

    def _note_unknown(self, linktype: int) -> None:
        if linktype == TICK:
            return
        self._counts.unknown_link += 1
        if len(self._counts.unknown_links) < MOST_UNKNOWN_LINKS:
            self._counts.unknown_links.add(linktype)

    def _bsd_loopback(self, ts_ns: int, data: bytes) -> Segment | None:
        if len(data) < 4:
            self._counts.malformed_link += 1
            return None
        kind = linktypes.FAMILIES.get(data[:4])
        if kind is None:
            self._counts.not_ip += 1
            return None
        return self._ip(ts_ns, kind, data[4:])

    def _ethertype(self, ts_ns: int, kind: int, octets: bytes) -> Segment | None:
        """Follow an ethertype to the IP packet, through tags and label stacks."""
        for _ in range(MOST_TAGS):
            if kind not in linktypes.TAGS:
                break
            tag = headers.read(headers.Tag, octets[:4])
            if tag is None:
                self._counts.malformed_link += 1
                return None
            kind, octets = tag.type, octets[4:]
        if kind in {linktypes.IPV4, linktypes.IPV6}:
            return self._ip(ts_ns, kind, octets)
        if kind in linktypes.TAGS:
            self._counts.malformed_link += 1
            return None
        if kind <= linktypes.LONGEST_LENGTH:
            return self._inside(ts_ns, _snap(octets))
        if kind in linktypes.MPLS:
            return self._inside(ts_ns, tunnels.mpls(octets))
        if kind == linktypes.PPPOE_SESSION:
            return self._inside(ts_ns, tunnels.pppoe(octets))
        if kind == linktypes.TRANSPARENT_ETHERNET:
            return self._inside(ts_ns, (kind, octets))
        self._counts.not_ip += 1
        return None

    def _inside(self, ts_ns: int, inner: tunnels.Inner | None) -> Segment | None:
        """Decode a tunnelled packet as a frame of its own, but not count it as one."""
        link = None if inner is None else _LINK_OF_INNER.get(inner[0])
        if inner is None or link is None:
            self._counts.not_ip += 1
            return None
        if self._depth == MOST_TUNNELS:
            self._counts.malformed_link += 1
            return None
        self._depth += 1
        self._counts.frames -= 1
        try:
            return self._decode_inner(ts_ns, link, inner[1])
        finally:
            self._depth -= 1

    def _ip(self, ts_ns: int, kind: int, packet: bytes) -> Segment | None:
        return self._ipv4(ts_ns, packet) if kind == linktypes.IPV4 else self._ipv6(ts_ns, packet)

    def _ipv4(self, ts_ns: int, packet: bytes) -> Segment | None:
        ip = headers.read(headers.Ipv4, packet)
        if ip is None or ip.v != 4:
            self._counts.malformed_ip += 1
            return None
        if ip.p not in KNOWN_PROTOCOLS or (
            ip.p == linktypes.UDP and not tunnels.has_tunnel_port(ip.data)
        ):
            self._counts.not_tcp += 1
            return None
        size = ip.hl * 4
        promised = (ip.len or len(packet)) - size  # 0: the card cuts it later (TSO)
        if promised < 0 or size > len(packet):
            self._counts.malformed_ip += 1
            return None
        if self._verify and not checksums.header_holds(packet[:size]):
            self._counts.bad_checksum += 1
            return None
        addresses = ip.src + ip.dst
        if not (ip.mf or ip.offset):
            return self._transport(ts_ns, ip.p, addresses, ip.data, promised)
        key = addresses + bytes((ip.p,)) + ip.id.to_bytes(2, "big")
        if ip.mf:
            promised &= ~7  # as Linux does with a length that RFC 791 3.2 forbids
        piece = Fragment(ip.offset * 8, promised, bool(ip.mf), ip.p, ip.data[:promised])
        return self._fragment(ts_ns, key, addresses, piece)

    def _fragment(
        self, ts_ns: int, key: bytes, addresses: bytes, piece: Fragment
    ) -> Segment | None:
        if piece.protocol == linktypes.UDP:
            self._counts.not_tcp += 1
            return None
        if piece.end == piece.start or piece.end > LONGEST_DATAGRAM:
            self._counts.malformed_ip += 1
            return None
        whole = self.fragments.add(ts_ns, key, piece)
        if whole is None:
            return None
        protocol, payload, missing = whole
        promised = len(payload) + missing
        if len(addresses) == 32:
            return self._behind_ipv6(ts_ns, protocol, addresses, payload, promised)
        return self._transport(ts_ns, protocol, addresses, payload, promised)

    def _ipv6(self, ts_ns: int, packet: bytes) -> Segment | None:
        ip = headers.read(headers.Ipv6, packet)
        if ip is None or ip.v != 6:
            self._counts.malformed_ip += 1
            return None
        promised = ip.plen or len(ip.data)  # 0: TSO, or a jumbogram (RFC 2675)
        return self._behind_ipv6(ts_ns, ip.nxt, ip.src + ip.dst, ip.data[:promised], promised)

    def _behind_ipv6(
        self, ts_ns: int, protocol: int, addresses: bytes, octets: bytes, promised: int
    ) -> Segment | None:
        """Walk the extension headers to what they stand before."""
        at = 0
        for _ in range(MOST_EXTENSIONS):
            if protocol not in linktypes.EXTENSIONS:
                break
            layer = headers.EXTENSION_CLASSES[protocol]
            extension = headers.read(layer, octets[at : at + LONGEST_EXTENSION])
            if extension is None or at + extension.length > promised:
                self._counts.malformed_ip += 1
                return None
            at += extension.length
            is_fragment = protocol == linktypes.FRAGMENT
            protocol = extension.nxt
            if is_fragment and (extension.frag_off or extension.m_flag):
                return self._ipv6_fragment(ts_ns, extension, addresses, octets[at:], promised - at)
        if protocol not in KNOWN_PROTOCOLS:
            self._counts.not_tcp += 1
            return None
        return self._transport(ts_ns, protocol, addresses, octets[at:], promised - at)

    def _ipv6_fragment(
        self,
        ts_ns: int,
        extension: headers.FragmentHeader,
        addresses: bytes,
        octets: bytes,
        promised: int,
    ) -> Segment | None:
        more = bool(extension.m_flag)
        if more and promised % 8:  # RFC 8200 4.5: hosts drop it
            self._counts.malformed_ip += 1
            return None
        key = addresses + extension.id.to_bytes(4, "big")
        piece = Fragment(extension.frag_off * 8, promised, more, extension.nxt, octets)
        return self._fragment(ts_ns, key, addresses, piece)

    def _transport(
        self, ts_ns: int, protocol: int, addresses: bytes, octets: bytes, promised: int
    ) -> Segment | None:
        """Read TCP, or what a tunnel carries; `promised` is the length by the IP header."""
        if protocol == linktypes.TCP:
            return self._tcp(ts_ns, addresses, octets, promised)
        if protocol == linktypes.IPV4_IN_IP:
            return self._inside(ts_ns, (linktypes.IPV4, octets))
        if protocol == linktypes.IPV6_IN_IP:
            return self._inside(ts_ns, (linktypes.IPV6, octets))
        inner = tunnels.gre(octets) if protocol == linktypes.GRE else None
        if protocol == linktypes.UDP:
            inner = tunnels.udp(octets)
        if inner is None:
            self._counts.not_tcp += 1
            return None
        return self._inside(ts_ns, inner)

    def _tcp(self, ts_ns: int, addresses: bytes, octets: bytes, promised: int) -> Segment | None:
        tcp = headers.read(headers.Tcp, octets)
        if tcp is None or tcp.off * 4 > promised:
            self._counts.malformed_tcp += 1
            return None
        whole = len(octets) == promised
        if self._verify and whole and not checksums.segment_holds(addresses, octets):
            self._counts.bad_checksum += 1
            return None
        missing = promised - tcp.off * 4 - len(tcp.data)
        key = addresses + octets[:4]
        return ts_ns, key, tcp.seq, tcp.ack, tcp.flags & 0xFF, tcp.data, missing


#: Ethertype of what a tunnel carries -> link type it is decoded as.
_LINK_OF_INNER = {
    linktypes.IPV4: linktypes.RAW,
    linktypes.IPV6: linktypes.RAW,
    linktypes.TRANSPARENT_ETHERNET: linktypes.ETHERNET,
}


def _snap(octets: bytes) -> tunnels.Inner | None:
    """Return what an IEEE 802.3 frame carries by LLC and SNAP (RFC 1042)."""
    if octets[:6] != b"\xaa\xaa\x03\0\0\0":
        return None
    snap = headers.read(headers.Snap, octets[:8])
    return None if snap is None else (snap.type, octets[8:])

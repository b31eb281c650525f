"""dpkt's own classes, each made to stop behind its own header.

dpkt decodes children as it constructs their parent, guesses where it does not know (an unknown
loopback family becomes Ethernet, a label stack is read twice), and leaves what it cannot parse as
octets without a word. The decoder must know which layer failed, bound how many there are, and see
first fragments as fragments, so it takes one header at a time and walks itself.

The three headers of every packet have a constructor of plain assignments: dpkt's own sets each
field by name and spends most of its time on that. The objects are the same, field by field.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, ClassVar, TypeVar

import dpkt

Header = TypeVar("Header")


def read(layer: type[Header], octets: bytes) -> Header | None:
    """Return `octets` as a header of class `layer`, or None where dpkt cannot."""
    try:
        return layer(octets)  # type: ignore[call-arg]  # dpkt has no types
    except Exception:  # noqa: BLE001 - besides dpkt.Error it lets IndexError and others out
        return None


_read_ethernet = Struct(">6s6sH").unpack_from
_read_ipv4 = Struct(">BBHHHBBH4s4s").unpack_from
_read_tcp = Struct(">HHIIHHHH").unpack_from


class Ethernet(dpkt.ethernet.Ethernet):  # type: ignore[misc]  # dpkt has no types
    """An Ethernet header: `type`, and `data` behind it, tags included."""

    def __init__(self, octets: bytes) -> None:
        self.dst, self.src, self.type = _read_ethernet(octets)
        self.data = octets[14:]


class Sll(dpkt.sll.SLL):  # type: ignore[misc]  # dpkt has no types
    """A Linux cooked header: `ethtype`, and `data` behind it."""

    _typesw: ClassVar[dict[int, Any]] = {}


class Sll2(dpkt.sll2.SLL2):  # type: ignore[misc]  # dpkt has no types
    """A Linux cooked header, version 2: `ethtype`, and `data` behind it."""

    _typesw: ClassVar[dict[int, Any]] = {}


class Ipv4(dpkt.ip.IP):  # type: ignore[misc]  # dpkt has no types
    """An IPv4 header with options; `data` is cut by the total length."""

    def __init__(self, octets: bytes) -> None:
        self._v_hl, self.tos, self.len, self.id, self._flags_offset, *rest = _read_ipv4(octets)
        self.ttl, self.p, self.sum, self.src, self.dst = rest
        size = (self._v_hl & 15) * 4
        if size < 20:
            raise dpkt.UnpackError("invalid header length")
        self.opts = octets[20:size]
        self.data = octets[size : self.len] if self.len else octets[size:]


class Ipv6(dpkt.ip6.IP6):  # type: ignore[misc]  # dpkt has no types
    """The first 40 octets of IPv6; `data` is all behind, extension headers and padding."""

    def unpack(self, buf: bytes) -> None:
        """Read the 40 octets and no extension header: their number is ours to bound."""
        dpkt.Packet.unpack(self, buf)


class Tcp(dpkt.tcp.TCP):  # type: ignore[misc]  # dpkt has no types
    """A TCP header with options, and the payload in `data`."""

    def __init__(self, octets: bytes) -> None:
        self.sport, self.dport, self.seq, self.ack, self._off_flags, *rest = _read_tcp(octets)
        self.win, self.sum, self.urp = rest
        size = (self._off_flags >> 12) * 4
        if size < 20:
            raise dpkt.UnpackError("invalid header length")
        self.opts = octets[20:size]
        self.data = octets[size:]


Tag = dpkt.ethernet.VLANtag8021Q
Label = dpkt.ethernet.MPLSlabel
Snap = dpkt.llc.LLC
Udp = dpkt.udp.UDP
Gre = dpkt.gre.GRE
FragmentHeader = dpkt.ip6.IP6FragmentHeader
EXTENSION_CLASSES: dict[int, type[Any]] = dpkt.ip6.EXT_HDRS_CLS
GRE_ROUTING = dpkt.gre.GRE_RP
GRE_SEQUENCE = dpkt.gre.GRE_SP
#: Flags of GRE that stand for one more word each.
GRE_WORDS: tuple[int, ...] = (dpkt.gre.GRE_CP, dpkt.gre.GRE_KP, dpkt.gre.GRE_SP)

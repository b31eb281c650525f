"""dpkt's own classes, each made to stop behind its own header.

dpkt decodes children as it constructs their parent, guesses where it does not know (an unknown
loopback family becomes Ethernet, a label stack is read twice), and leaves what it cannot parse as
octets without a word. The decoder must know which layer failed, bound how many there are, and see
first fragments as fragments, so it takes one header at a time and walks itself.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import dpkt

Header = TypeVar("Header")


def read(layer: type[Header], octets: bytes) -> Header | None:
    """Return `octets` as a header of class `layer`, or None where dpkt cannot."""
    try:
        return layer(octets)  # type: ignore[call-arg]  # dpkt has no types
    except Exception:  # noqa: BLE001 - besides dpkt.Error it lets IndexError and others out
        return None


class Ethernet(dpkt.ethernet.Ethernet):  # type: ignore[misc]  # dpkt has no types
    """An Ethernet header: `type`, and `data` behind it, tags included."""

    def unpack(self, buf: bytes) -> None:
        """Read the 14 octets and no tag."""
        dpkt.Packet.unpack(self, buf)

    def _unpack_data(self, buf: bytes) -> None:
        """Leave `data` as it is."""


class Sll(dpkt.sll.SLL):  # type: ignore[misc]  # dpkt has no types
    """A Linux cooked header: `ethtype`, and `data` behind it."""

    _typesw: ClassVar[dict[int, Any]] = {}


class Sll2(dpkt.sll2.SLL2):  # type: ignore[misc]  # dpkt has no types
    """A Linux cooked header, version 2: `ethtype`, and `data` behind it."""

    _typesw: ClassVar[dict[int, Any]] = {}


class Ipv4(dpkt.ip.IP):  # type: ignore[misc]  # dpkt has no types
    """An IPv4 header with options; `data` is cut by the total length."""

    _protosw: ClassVar[dict[int, Any]] = {}


class Ipv6(dpkt.ip6.IP6):  # type: ignore[misc]  # dpkt has no types
    """The first 40 octets of IPv6; `data` is all behind, extension headers and padding."""

    def unpack(self, buf: bytes) -> None:
        """Read the 40 octets and no extension header: their number is ours to bound."""
        dpkt.Packet.unpack(self, buf)


Tag = dpkt.ethernet.VLANtag8021Q
Label = dpkt.ethernet.MPLSlabel
Snap = dpkt.llc.LLC
Tcp = dpkt.tcp.TCP
Udp = dpkt.udp.UDP
Gre = dpkt.gre.GRE
FragmentHeader = dpkt.ip6.IP6FragmentHeader
EXTENSION_CLASSES: dict[int, type[Any]] = dpkt.ip6.EXT_HDRS_CLS
GRE_ROUTING = dpkt.gre.GRE_RP
GRE_SEQUENCE = dpkt.gre.GRE_SP
#: Flags of GRE that stand for one more word each.
GRE_WORDS: tuple[int, ...] = (dpkt.gre.GRE_CP, dpkt.gre.GRE_KP, dpkt.gre.GRE_SP)

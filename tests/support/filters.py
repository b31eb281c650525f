"""Frames that a capture filter must take or leave, and libpcap to judge by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.wire import address, fragment_ip, ip_packet, tcp_segment, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOSTS = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8::1", "2001:db8::2")}


def packet(version: int, port: int, *, options: bytes = b"", first: int = 6) -> bytes:
    """Return an IP packet to a TCP port; `first` is the next header where options are given."""
    src, dst = (address(host) for host in HOSTS[version])
    segment = tcp_segment(src, dst, (50000, port), (1, 2), 24, b"x" * 64)
    return ip_packet(src, dst, first, segment, options=options)


def other(version: int, protocol: int, octets: bytes) -> bytes:
    """Return an IP packet of another protocol."""
    src, dst = (address(host) for host in HOSTS[version])
    return ip_packet(src, dst, protocol, octets)


def reply(version: int) -> bytes:
    """Return an IP packet from port 25."""
    src, dst = (address(host) for host in HOSTS[version])
    return ip_packet(dst, src, 6, tcp_segment(dst, src, (25, 50000), (1, 2), 24, b"x"))


HOP = b"\x06\0\x01\x04\0\0\0\0"
MAIL = {
    "plain": packet(4, 25),
    "reply": reply(4),
    "submission": packet(4, 587),
    "ipv6": packet(6, 25),
    "ipv6 reply": reply(6),
    "ip options": packet(4, 25, options=b"\x94\x04\0\0"),
    "hop by hop": packet(6, 25, options=HOP, first=0),
    "first fragment": fragment_ip(packet(4, 25), 40)[0],
    "later fragment": fragment_ip(packet(4, 25), 40)[1],
    "first ipv6 fragment": fragment_ip(packet(6, 25), 40)[0],
    "later ipv6 fragment": fragment_ip(packet(6, 25), 40)[1],
}
DNS = other(4, 17, b"\x12\x34\0\x35" + bytes(40))
OTHER = {"https": packet(4, 443), "https ipv6": packet(6, 443), "dns": DNS}
#: Name -> Ethernet frame, and whether the default filter for ports 25 and 587 takes it.
CASES: dict[str, tuple[bytes, bool]] = {
    f"{dress}{name}": (wrap(octets, link), is_mail)
    for dress, link in (("", "ethernet"), ("tagged ", "vlan"), ("twice tagged ", "qinq"))
    for packets, is_mail in ((MAIL, True), (OTHER, False))
    for name, octets in packets.items()
}
CASES["arp"] = (bytes(12) + b"\x08\x06" + bytes(46), False)
#: Frames of tunnels, which only the filter with tunnels takes.
TUNNELLED = {
    "vxlan": wrap(other(4, 17, b"\x12\x34\x12\xb5" + bytes(40)), "ethernet"),
    "geneve on ipv6": wrap(other(6, 17, b"\x12\x34\x17\xc1" + bytes(40)), "ethernet"),
    "gre": wrap(other(4, 47, bytes(40)), "ethernet"),
    "gre on ipv6": wrap(other(6, 47, bytes(40)), "ethernet"),
    "ip in ip": wrap(other(4, 4, packet(4, 25)), "ethernet"),
    "6in4": wrap(other(4, 41, packet(6, 25)), "ethernet"),
    "mpls": bytes(12) + b"\x88\x47\0\0\x11\x40" + packet(4, 25),
    "pppoe": bytes(12) + b"\x88\x64\x11\0\0\x01\0\x80\0\x21" + packet(4, 25),
}


def compiled(text: str, linktype: int) -> Callable[[bytes], bool]:
    """Return libpcap's judgement by a filter expression; skip where there is no libpcap."""
    cypcap = pytest.importorskip("cypcap")
    return _judge(cypcap.compile(linktype, 262_144, text, True, cypcap.NETMASK_UNKNOWN))


def assembled(code: Iterable[tuple[int, int, int, int]]) -> Callable[[bytes], bool]:
    """Return libpcap's judgement by a program of instructions."""
    cypcap = pytest.importorskip("cypcap")
    return _judge(cypcap.BpfProgram(list(code)))


def _judge(program: Any) -> Callable[[bytes], bool]:
    return lambda frame: bool(program.offline_filter(_header(len(frame)), frame))


def _header(length: int) -> Any:
    import cypcap

    return cypcap.Pkthdr(0.0, length, length)

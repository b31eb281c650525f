from __future__ import annotations

import struct

import pytest

from smtpids.config import Config
from smtpids.packet import tunnels
from smtpids.packet.decode import Decoder
from tests.support.wire import Conversation, address, ip_packet, unwrap

FRAME = Conversation().client(b"EHLO c\r\n").frames[0][2]
PACKET = unwrap(FRAME, "ethernet")
PACKET6 = unwrap(
    Conversation(("2001:db8::1", 1025), ("2001:db8::2", 25)).client(b"EHLO c\r\n").frames[0][2],
    "ethernet",
)
OUTER = (address("192.0.2.10"), address("192.0.2.11"))
ETHERNET, IPV4, IPV6 = 0x6558, 0x0800, 0x86DD


def udp(port: int, octets: bytes) -> bytes:
    return struct.pack(">HHHH", 50000, port, 8 + len(octets), 0) + octets


GRE = {
    "plain": (b"\0\0\x08\0" + PACKET, (IPV4, PACKET)),
    "checksum, key, sequence": (b"\xb0\0\x86\xdd" + bytes(12) + PACKET6, (IPV6, PACKET6)),
    "ethernet": (b"\x20\0\x65\x58" + bytes(4) + FRAME, (ETHERNET, FRAME)),
    "erspan 1": (b"\0\0\x88\xbe" + FRAME, (ETHERNET, FRAME)),
    "erspan 2": (b"\x10\0\x88\xbe" + bytes(4) + b"\x10" + bytes(7) + FRAME, (ETHERNET, FRAME)),
    "erspan 3": (b"\x10\0\x22\xeb" + bytes(4) + b"\x20" + bytes(11) + FRAME, (ETHERNET, FRAME)),
    "erspan 3, platform": (
        b"\x10\0\x22\xeb" + bytes(4) + b"\x20" + bytes(10) + b"\x01" + bytes(8) + FRAME,
        (ETHERNET, FRAME),
    ),
    "routing": (b"\x40\0\x08\0" + bytes(8) + PACKET, None),
    "version 1": (b"\x30\x01\x88\x0b" + bytes(8) + PACKET, None),
    "cut": (b"\0\0", None),
}
UDP = {
    "vxlan": (udp(4789, b"\x08" + bytes(7) + FRAME), (ETHERNET, FRAME)),
    "vxlan of linux": (udp(8472, b"\x08" + bytes(7) + FRAME), (ETHERNET, FRAME)),
    "vxlan without its flag": (udp(4789, bytes(8) + FRAME), None),
    "geneve": (udp(6081, b"\0\0\x65\x58" + bytes(4) + FRAME), (ETHERNET, FRAME)),
    "geneve with options": (udp(6081, b"\x02\0\x08\0" + bytes(12) + PACKET), (IPV4, PACKET)),
    "geneve version 1": (udp(6081, b"\x40\0\x65\x58" + bytes(4) + FRAME), None),
    "dns": (udp(53, bytes(40)), None),
    "cut": (b"\0\0\x12", None),
}
MPLS = {
    "one label": (b"\0\0\x11\x40" + PACKET, (IPV4, PACKET)),
    "two labels": (b"\0\0\x10\x40\0\0\x11\x40" + PACKET6, (IPV6, PACKET6)),
    "ethernet": (b"\0\0\x11\x40" + b"\xaa" + FRAME[1:], (ETHERNET, b"\xaa" + FRAME[1:])),
    "ethernet with a control word": (b"\0\0\x11\x40" + bytes(4) + FRAME, (ETHERNET, FRAME)),
    "no end": (b"\0\0\x10\x40" * 40, None),
    "cut": (b"\0\0\x10\x40", None),
}
PPPOE = {
    "ipv4": (b"\x11\0\0\x01" + struct.pack(">H", 2 + len(PACKET)) + b"\0\x21" + PACKET, IPV4),
    "ipv6": (b"\x11\0\0\x01" + struct.pack(">H", 2 + len(PACKET6)) + b"\0\x57" + PACKET6, IPV6),
    "compressed": (b"\x11\0\0\x01" + struct.pack(">H", 1 + len(PACKET)) + b"\x21" + PACKET, IPV4),
    "link control": (b"\x11\0\0\x01\0\x06\xc0\x21" + bytes(4), None),
    "discovery": (b"\x11\x09\0\0\0\x04" + bytes(4), None),
    "cut": (b"\x11\0\0", None),
}


@pytest.mark.parametrize(("octets", "inner"), GRE.values(), ids=list(GRE))
def test_gre(octets: bytes, inner: tunnels.Inner | None) -> None:
    assert inner == tunnels.gre(octets)


@pytest.mark.parametrize(("octets", "inner"), UDP.values(), ids=list(UDP))
def test_vxlan_and_geneve(octets: bytes, inner: tunnels.Inner | None) -> None:
    assert inner == tunnels.udp(octets)


@pytest.mark.parametrize(("octets", "inner"), MPLS.values(), ids=list(MPLS))
def test_mpls(octets: bytes, inner: tunnels.Inner | None) -> None:
    assert inner == tunnels.mpls(octets)


@pytest.mark.parametrize(("octets", "kind"), PPPOE.values(), ids=list(PPPOE))
def test_pppoe(octets: bytes, kind: int | None) -> None:
    found = tunnels.pppoe(octets)
    assert kind == (found and found[0])


def test_a_port_of_a_tunnel_is_a_destination() -> None:
    assert tunnels.has_tunnel_port(udp(4789, b""))
    assert not tunnels.has_tunnel_port(b"\x12\xb5\0\x35")


@pytest.mark.parametrize(
    "frame",
    [
        ip_packet(*OUTER, 47, GRE["erspan 2"][0]),
        ip_packet(*OUTER, 47, GRE["erspan 3"][0]),
        ip_packet(*OUTER, 17, UDP["vxlan"][0]),
        ip_packet(*OUTER, 17, UDP["geneve with options"][0]),
        ip_packet(*OUTER, 4, PACKET),
    ],
)
def test_mirrored_traffic_gives_the_inner_segment(frame: bytes) -> None:
    plain, mirrored = Decoder(Config()), Decoder(Config())
    assert plain.decode(1, 1, FRAME) == mirrored.decode(1, 101, frame)


@pytest.mark.parametrize(
    "frame",
    [bytes(12) + b"\x88\x47" + MPLS["one label"][0], bytes(12) + b"\x88\x64" + PPPOE["ipv4"][0]],
    ids=["mpls", "pppoe"],
)
def test_carriers_on_ethernet_give_the_inner_segment(frame: bytes) -> None:
    plain, carried = Decoder(Config()), Decoder(Config())
    assert plain.decode(1, 1, FRAME) == carried.decode(1, 1, frame)


def test_a_tunnel_with_something_else_inside_is_not_ip() -> None:
    decoder = Decoder(Config())
    assert decoder.decode(1, 101, ip_packet(*OUTER, 47, b"\0\0\x88\xcc" + bytes(40))) is None
    assert (decoder.not_ip, decoder.frames) == (1, 1)

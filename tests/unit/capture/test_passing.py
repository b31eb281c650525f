"""What is passed over and what is not, one oddity after the other; by both readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture import pcap, pcapng
from smtpids.capture.buffer import Buffer
from smtpids.capture.bypass import Bypass
from smtpids.capture.frames import ACK, FIN, PASSED, RST, SYN
from smtpids.errors import CaptureError
from tests.support.wire import (
    LINKS,
    Conversation,
    fragment_ip,
    ip_packet,
    pcap_bytes,
    pcapng_bytes,
    tcp_segment,
    wrap,
)

if TYPE_CHECKING:
    from smtpids.capture.frames import Frame

SECOND = 1_000_000_000
READERS = {"pcap": (pcap.frames, pcap_bytes), "pcapng": (pcapng.frames, pcapng_bytes)}
HERE, THERE = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
HERE6, THERE6 = b"\x20\x01" + bytes(14), b"\x20\x02" + bytes(14)
WEB = (40_000, 443)


def tcp(
    flags: int = ACK, ports: tuple[int, int] = WEB, src: bytes = HERE, dst: bytes = THERE
) -> bytes:
    return ip_packet(src, dst, 6, tcp_segment(src, dst, ports, (1, 1), flags, b"x" * 20))


def udp(port: int, src: bytes = HERE, dst: bytes = THERE) -> bytes:
    datagram = b"\x9c\x40" + port.to_bytes(2, "big") + b"\0\x1c\0\0" + bytes(20)
    return ip_packet(src, dst, 17, datagram)


def key_of(src: bytes = HERE, dst: bytes = THERE, ports: tuple[int, int] = WEB) -> bytes:
    return src + dst + ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big")


def read(
    form: str,
    frames: list[Frame],
    *,
    ports: frozenset[int] = frozenset(),
    keys: frozenset[bytes] = frozenset(),
) -> tuple[list[Frame], Bypass]:
    bypass = Bypass()
    bypass.ports = ports
    bypass.keys |= keys
    reader, make = READERS[form]
    found: list[Frame] = []
    for frame in reader("x", Buffer(iter([make(frames)])), bypass):
        found.append(frame)
        bypass.second = frame[0] // SECOND  # as when time is let pass
    return found, bypass


def frames_of(packets: list[bytes], link: str = "ethernet") -> list[Frame]:
    """Return frames of one second, the first of which ends a run of the passer."""
    return [(5 * SECOND, LINKS[link], wrap(packet, link)) for packet in packets]


BORING = tcp()
MANY = [BORING, BORING]
#: A name, packets, and how many of them are given where only port 25 is wanted.
BY_PORT: list[tuple[str, list[bytes], int]] = [
    ("web", [tcp()], 0),
    ("web that begins and ends", [tcp(SYN), tcp(FIN | ACK), tcp(RST)], 0),
    ("mail to the server", [tcp(ports=(40_000, 25))], 1),
    ("mail to the client", [tcp(ports=(25, 40_000))], 1),
    ("web in IPv6", [tcp(src=HERE6, dst=THERE6)], 0),
    ("mail in IPv6", [tcp(ports=(40_000, 25), src=HERE6, dst=THERE6)], 1),
    ("mail from the server in IPv6", [tcp(ports=(25, 40_000), src=HERE6, dst=THERE6)], 1),
    ("fragments", fragment_ip(BORING, 16), 3),
    ("IPv4 options", [ip_packet(HERE, THERE, 6, tcp()[20:], options=bytes(4))], 1),
    ("QUIC", [udp(443)], 0),
    ("QUIC in IPv6", [udp(443, HERE6, THERE6)], 0),
    ("VXLAN", [udp(4789)], 1),
    ("Geneve", [udp(6081)], 1),
    ("ICMP", [ip_packet(HERE, THERE, 1, bytes(40))], 1),
    ("IP in IP", [ip_packet(HERE, THERE, 4, BORING)], 1),
    ("IPv6 with a fragment header", [ip_packet(HERE6, THERE6, 44, bytes(60))], 1),
    ("a version that is none", [b"\x35" + BORING[1:]], 1),
]


@pytest.mark.parametrize("link", ["ethernet", "vlan", "qinq", "sll", "sll2"])
@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize(
    ("packets", "given"), [row[1:] for row in BY_PORT], ids=[r[0] for r in BY_PORT]
)
def test_other_ports_are_passed_over(
    packets: list[bytes], given: int, link: str, form: str
) -> None:
    frames = frames_of([*MANY, *packets, *MANY], link)
    found, _ = read(form, frames, ports=frozenset({25}))
    assert [frame for frame in found if frame[1] != PASSED] == frames[2 : 2 + given]


#: A name, a packet, and whether it is given where the connection is unwanted.
BY_KEY: list[tuple[str, bytes, bool]] = [
    ("the next segment", tcp(), False),
    ("a SYN", tcp(SYN), True),
    ("a FIN", tcp(FIN | ACK), True),
    ("a RST", tcp(RST), True),
    ("the other direction", tcp(src=THERE, dst=HERE), True),
    ("other ports", tcp(ports=(40_001, 443)), True),
    ("a fragment", fragment_ip(BORING, 16)[0], True),
    ("IPv6", tcp(src=HERE6, dst=THERE6), False),
    ("a SYN in IPv6", tcp(SYN, src=HERE6, dst=THERE6), True),
]


@pytest.mark.parametrize("link", ["ethernet", "vlan", "sll2"])
@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize(
    ("packet", "given"), [row[1:] for row in BY_KEY], ids=[r[0] for r in BY_KEY]
)
def test_a_connection_that_nobody_wants_is_passed_over_but_for_its_ends(
    packet: bytes, given: bool, link: str, form: str
) -> None:
    frames = frames_of([*MANY, packet, *MANY], link)
    found, _ = read(form, frames, keys=frozenset({key_of(), key_of(HERE6, THERE6)}))
    assert [frame for frame in found if frame[1] != PASSED] == frames[2:3] * given


@pytest.mark.parametrize("form", READERS)
def test_a_frame_too_short_for_its_headers_is_given(form: str) -> None:
    data = wrap(BORING, "ethernet")
    frames = [(SECOND, 1, data), (SECOND, 1, data[:53]), (SECOND, 1, data[:54])]
    found, _ = read(form, frames, ports=frozenset({25}))
    assert [frame for frame in found if frame[1] != PASSED] == frames[1:2]


@pytest.mark.parametrize("form", READERS)
def test_other_link_types_are_given(form: str) -> None:
    frames = frames_of(MANY, "raw")
    assert read(form, frames, ports=frozenset({25}))[0] == frames


@pytest.mark.parametrize("form", READERS)
def test_the_first_packet_of_a_second_lets_time_pass(form: str) -> None:
    data = wrap(BORING, "ethernet")
    times = [SECOND, SECOND + 1000, 2 * SECOND - 1000, 2 * SECOND, 9 * SECOND, SECOND]
    found, bypass = read(form, [(ts, 1, data) for ts in times], ports=frozenset({25}))
    assert [(ts, PASSED, b"") for ts in (SECOND, 2 * SECOND, 9 * SECOND, SECOND)] == found
    assert (bypass.packets, bypass.octets, bypass.last_ns) == (6, 6 * len(data), SECOND)


@pytest.mark.parametrize("form", READERS)
def test_packets_that_are_no_tcp_are_counted_apart(form: str) -> None:
    _, bypass = read(form, frames_of([tcp(), udp(443), udp(53)]), ports=frozenset({25}))
    assert (bypass.packets, bypass.others) == (3, 2)


def test_a_length_beyond_the_most_is_damage_though_the_ports_are_others() -> None:
    frames = frames_of(MANY)
    octets = bytearray(pcap_bytes(frames) + bytes(300_000))
    second = 24 + 16 + len(frames[0][2])
    octets[second + 8 : second + 12] = (262_145).to_bytes(4, "little")
    bypass = Bypass()
    bypass.ports = frozenset({25})
    with pytest.raises(CaptureError, match="packet 2 claims 262145 octets"):
        list(pcap.frames("x", Buffer(iter([bytes(octets)])), bypass))
    assert bypass.packets == 1


def test_a_session_among_others_is_given_whole() -> None:
    mail = Conversation().open().server(b"220 hi\r\n").client(b"QUIT\r\n").close().frames
    web = [(ts, 1, wrap(BORING, "ethernet")) for ts, _, _ in mail]
    mixed = [frame for pair in zip(web, mail, strict=True) for frame in pair]
    found, _ = read("pcap", mixed, ports=frozenset({25}))
    assert [frame for frame in found if frame[1] != PASSED] == mail


@pytest.mark.parametrize("form", READERS)
def test_an_ipv6_header_of_another_version_is_given(form: str) -> None:
    data = bytearray(wrap(tcp(src=HERE6, dst=THERE6), "ethernet"))
    data[14] = 0x50
    frames = [(SECOND, 1, bytes(data))]
    assert read(form, frames, ports=frozenset({25}))[0] == frames

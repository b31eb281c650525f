from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from smtpids.config import Config, Limits
from smtpids.packet.decode import Decoder
from smtpids.packet.dissector import MOST_EXTENSIONS, MOST_TAGS, MOST_TUNNELS
from tests.support.wire import (
    Conversation,
    address,
    fragment_ip,
    ip_packet,
    tcp_segment,
    unwrap,
    wrap,
)

if TYPE_CHECKING:
    from smtpids.capture.frames import Segment

IPV4 = (address("192.0.2.1"), address("198.51.100.2"))
IPV6 = (address("2001:db8::1"), address("2001:db8::2"))
each_family = pytest.mark.parametrize("hosts", [IPV4, IPV6], ids=["ipv4", "ipv6"])
PAYLOAD = bytes(range(200))


def packet(hosts: tuple[bytes, bytes] = IPV4, payload: bytes = PAYLOAD) -> bytes:
    return ip_packet(*hosts, 6, tcp_segment(*hosts, (1025, 25), (7, 8), 16, payload))


def extended(chain: bytes, first: int) -> bytes:
    tcp = tcp_segment(*IPV6, (1025, 25), (7, 8), 16, b"octets")
    return ip_packet(*IPV6, first, tcp, options=chain)


def decode(*packets: bytes, link: int = 101, ts_ns: int = 0) -> tuple[Decoder, list[Segment]]:
    decoder = Decoder(Config())
    segments = [decoder.decode(ts_ns, link, data) for data in packets]
    return decoder, [segment for segment in segments if segment is not None]


@each_family
@pytest.mark.parametrize("size", [8, 64, 208])
def test_fragments_make_the_segment_of_the_whole(hosts: tuple[bytes, bytes], size: int) -> None:
    whole = packet(hosts)
    decoder, segments = decode(*reversed(fragment_ip(whole, size)))
    assert decode(whole)[1] == segments
    assert decoder.reassembled == 1


def test_a_first_fragment_alone_is_no_segment() -> None:
    first = fragment_ip(packet(), 64)[0]
    decoder, segments = decode(first)
    assert segments == []
    assert (decoder.fragments, decoder.malformed) == (1, 0)


@each_family
def test_datagrams_are_told_apart_by_their_identification(hosts: tuple[bytes, bytes]) -> None:
    one = fragment_ip(packet(hosts, b"a" * 100), 64, ident=1)
    two = fragment_ip(packet(hosts, b"b" * 100), 64, ident=2)
    mixed = [fragment for pair in zip(one, two, strict=True) for fragment in pair]
    _, segments = decode(*mixed)
    assert [segment[5] for segment in segments] == [b"a" * 100, b"b" * 100]


def test_a_fragment_that_the_snaplen_cut_leaves_the_rest_missing() -> None:
    first, second = fragment_ip(packet(), 112)
    _, (segment,) = decode(first, second[:-10])
    assert (PAYLOAD[:-10], 10) == segment[5:]


def test_a_fragment_beyond_the_longest_datagram_is_malformed() -> None:
    first = bytearray(fragment_ip(packet(), 64)[1])
    first[6:8] = b"\x3f\xff"
    decoder, segments = decode(bytes(first))
    assert (segments, decoder.malformed_ip) == ([], 1)


def test_fragments_of_other_protocols_are_not_held() -> None:
    udp = ip_packet(*IPV4, 17, b"\0\x35\x12\xb5" + bytes(100))
    decoder, segments = decode(*fragment_ip(udp, 64))
    assert (segments, decoder.not_tcp, decoder.fragments) == ([], 2, 0)


def test_late_fragments_start_anew() -> None:
    decoder = Decoder(Config(limits=Limits(fragment_ns=1000)))
    first, second = fragment_ip(packet(), 112)
    assert decoder.decode(0, 101, first) is None
    assert decoder.decode(1001, 101, second) is None
    assert decoder.fragment_timeouts == 1


@pytest.mark.parametrize(
    ("first", "chain"),
    [
        (0, b"\x06\0\x01\x04\0\0\0\0"),
        (43, b"\x06\x02\x04\0" + bytes(20)),
        (51, b"\x06\x04" + bytes(22)),
        (60, b"\x06\x01\x01\x0c" + bytes(12)),
        (44, b"\x06\0\0\0\0\0\0\x01"),
        (0, b"\x3c\0\x01\x04\0\0\0\0\x06\0\x01\x04\0\0\0\0"),
    ],
    ids=["hop by hop", "routing", "authentication", "destination", "atomic fragment", "two"],
)
def test_tcp_is_found_behind_extension_headers(first: int, chain: bytes) -> None:
    _, (segment,) = decode(extended(chain, first))
    assert (0, b"".join(IPV6) + b"\x04\x01\0\x19", 7, 8, 16, b"octets", 0) == segment


def test_a_fragment_behind_another_extension_header_is_a_fragment() -> None:
    hop = b"\x2c\0\x01\x04\0\0\0\0"
    fragment = b"\x06\0\0\x01\0\0\0\x01"
    decoder, segments = decode(extended(hop + fragment + bytes(6), 0))
    assert segments == []
    assert (decoder.malformed_ip, decoder.fragments) == (0, 1)


def test_an_extension_header_that_leaves_the_packet_is_malformed() -> None:
    whole = bytearray(extended(b"\x06\0\x01\x04\0\0\0\0", 0))
    whole[4:6] = b"\0\x04"
    decoder, segments = decode(bytes(whole))
    assert (segments, decoder.malformed_ip, decoder.malformed_tcp) == ([], 1, 0)


def test_a_middle_fragment_of_ipv4_counts_in_units_of_eight() -> None:
    """As Linux does; other hosts may drop it."""
    first, second = fragment_ip(packet(), 112)
    longer = first[:2] + (len(first) + 3).to_bytes(2, "big") + first[4:] + b"abc"
    decoder, segments = decode(longer, second)
    assert decode(packet())[1] == segments
    assert decoder.fragment_overlaps == 0


def test_extension_headers_have_a_bound() -> None:
    link = b"\x3c\0\x01\x04\0\0\0\0"
    decoder, segments = decode(extended(link * (MOST_EXTENSIONS + 1), 60))
    assert (segments, decoder.not_tcp) == ([], 1)


def test_a_middle_fragment_of_ipv6_with_a_broken_length_is_dropped() -> None:
    whole = bytearray(fragment_ip(packet(IPV6), 64)[0])
    whole[4:6] = struct.pack(">H", 8 + 60)
    decoder, _ = decode(bytes(whole))
    assert (decoder.malformed_ip, decoder.fragments) == (1, 0)


@pytest.mark.parametrize(
    "octets",
    [
        b"\x45",
        b"\x55" + packet()[1:],
        b"\x41" + packet()[1:],
        packet()[:2] + b"\0\x13" + packet()[4:],
        b"\x4f" + packet()[1:30],
        packet(IPV6)[:30],
    ],
    ids=["short", "version 5", "header of 4", "length of 19", "options cut", "short ipv6"],
)
def test_a_broken_ip_header_is_malformed(octets: bytes) -> None:
    decoder, segments = decode(octets)
    assert (segments, decoder.malformed_ip) == ([], 1)


@pytest.mark.parametrize("count", [3, MOST_TAGS])
def test_more_tags_than_two_are_read_up_to_a_bound(count: int) -> None:
    data = wrap(packet(), "ethernet")
    tags = b"\x81\0\0\x2a" * count
    _, segments = decode(data[:12] + tags + data[12:], link=1)
    assert len(segments) == 1
    decoder, segments = decode(data[:12] + b"\x81\0\0\x2a" * (MOST_TAGS + 1) + data[12:], link=1)
    assert (segments, decoder.malformed_link) == ([], 1)


def test_a_frame_that_ends_in_a_tag_is_malformed() -> None:
    decoder, _ = decode(bytes(12) + b"\x81\0\0\x2a", link=1)
    assert decoder.malformed_link == 1


def test_ieee_802_3_carries_ip_by_snap() -> None:
    inner = packet(payload=b"x")
    data = bytes(12) + struct.pack(">H", 8 + len(inner)) + b"\xaa\xaa\x03\0\0\0\x08\0" + inner
    decoder, segments = decode(data, bytes(12) + b"\0\x26\x42\x42\x03" + bytes(40), link=1)
    assert [segment[5] for segment in segments] == [b"x"]
    assert (decoder.frames, decoder.not_ip) == (2, 1)


def test_an_unknown_loopback_family_is_not_guessed_at() -> None:
    decoder, segments = decode(b"\x07\0\0\0" + wrap(packet(), "ethernet"), b"\x02\0", link=0)
    assert (segments, decoder.not_ip, decoder.malformed_link) == ([], 1, 1)


def test_a_packet_in_a_tunnel_is_one_frame() -> None:
    outer = ip_packet(*IPV4, 41, packet(IPV6))
    decoder, segments = decode(outer)
    assert decode(packet(IPV6))[1] == segments
    assert decoder.frames == 1


def test_tunnels_in_tunnels_have_a_bound() -> None:
    octets = packet()
    for _ in range(MOST_TUNNELS):
        octets = ip_packet(*IPV4, 4, octets)
    assert len(decode(octets)[1]) == 1
    decoder, segments = decode(ip_packet(*IPV4, 4, octets))
    assert (segments, decoder.malformed_link, decoder.frames) == ([], 1, 1)


def test_a_tunnel_in_fragments_is_put_together_first() -> None:
    frame = Conversation().client(b"y" * 100).frames[0][2]
    outer = ip_packet(*IPV4, 47, b"\0\0\x65\x58" + frame)
    _, segments = decode(*fragment_ip(outer, 64))
    assert [segment[5] for segment in segments] == [b"y" * 100]


def test_padding_of_the_outer_frame_does_not_reach_the_inner_packet() -> None:
    inner = unwrap(Conversation().client(b"z").frames[0][2], "ethernet")
    frame = wrap(ip_packet(*IPV4, 4, inner), "ethernet") + bytes(30)
    _, segments = decode(frame, link=1)
    assert [segment[5:] for segment in segments] == [(b"z", 0)]

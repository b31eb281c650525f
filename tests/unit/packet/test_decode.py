from __future__ import annotations

import pytest

from smtpids.capture.bypass import Bypass
from smtpids.capture.frames import ACK, FIN, PSH, SYN, TICK, URG, Frame, Segment
from smtpids.config import Config
from smtpids.packet.decode import Decoder
from tests.support.wire import LINKS, Conversation, address, ip_packet, relink, tcp_segment, wrap

HOSTS = {4: ("192.0.2.1", "198.51.100.2"), 6: ("2001:db8::1", "2001:db8::2")}
each_version = pytest.mark.parametrize("version", [4, 6])
each_lane = pytest.mark.parametrize("fast_lane", [True, False], ids=["fast", "dpkt"])


def talk(version: int = 4, link: str = "ethernet") -> Conversation:
    client, server = HOSTS[version]
    return Conversation((client, 50000), (server, 25), link=link)


def decode(frames: list[Frame], **settings: bool) -> tuple[Decoder, list[Segment | None]]:
    decoder = Decoder(Config(**settings))  # type: ignore[arg-type]  # only flags are given
    return decoder, [decoder.decode(*frame) for frame in frames]


@each_lane
@each_version
@pytest.mark.parametrize("link", LINKS)
def test_every_link_gives_the_same_segments(link: str, version: int, fast_lane: bool) -> None:
    frames = talk(version, link).open().server(b"220 hi\r\n").close().frames
    _, segments = decode(frames, fast_lane=fast_lane)
    start = frames[0][0]
    client, server = (address(host) for host in HOSTS[version])
    to_server = client + server + b"\xc3\x50\0\x19"
    to_client = server + client + b"\0\x19\xc3\x50"
    ms = 1_000_000
    assert [
        (start, to_server, 1000, 0, SYN, b"", 0),
        (start + ms, to_client, 5000, 1001, SYN | ACK, b"", 0),
        (start + 2 * ms, to_server, 1001, 5001, ACK, b"", 0),
        (start + 3 * ms, to_client, 5001, 1001, PSH | ACK, b"220 hi\r\n", 0),
        (start + 4 * ms, to_server, 1001, 5009, ACK | 1, b"", 0),
        (start + 5 * ms, to_client, 5009, 1002, ACK | 1, b"", 0),
        (start + 6 * ms, to_server, 1002, 5010, ACK, b"", 0),
    ] == segments


@pytest.mark.parametrize("link", LINKS)
@each_version
def test_plain_packets_never_leave_the_fast_lane(link: str, version: int) -> None:
    decoder, segments = decode(talk(version, link).open().client(b"x" * 4000).close().frames)
    assert None not in segments
    assert decoder.slow == 0


@pytest.mark.parametrize("linktype", [12, 14, 101, 228, 229])
def test_a_raw_packet_is_known_by_its_version(linktype: int) -> None:
    frames = talk(4, "raw").client(b"a").frames + talk(6, "raw").client(b"b").frames
    _, segments = decode([(ts, linktype, data) for ts, _, data in frames])
    assert [segment and segment[5] for segment in segments] == [b"a", b"b"]


@each_lane
def test_ip_options_stand_between_ports_and_addresses(fast_lane: bool) -> None:
    src, dst = address("192.0.2.1"), address("192.0.2.2")
    tcp = tcp_segment(src, dst, (1025, 25), (7, 8), ACK, b"octets")
    packet = ip_packet(src, dst, 6, tcp, options=b"\x94\x04\0\0")
    decoder, segments = decode([(5, 1, wrap(packet, "ethernet"))], fast_lane=fast_lane)
    assert [(5, src + dst + b"\x04\x01\0\x19", 7, 8, ACK, b"octets", 0)] == segments
    assert decoder.slow == (0 if fast_lane else 1)


@each_lane
@each_version
@pytest.mark.parametrize(("cut", "payload", "missing"), [(3, b"0123456", 3), (10, b"", 10)])
def test_what_the_snaplen_cut_is_missing(
    version: int, cut: int, payload: bytes, missing: int, fast_lane: bool
) -> None:
    (ts, link, data) = talk(version, "raw").client(b"0123456789").frames[0]
    _, (segment,) = decode([(ts, link, data[:-cut])], fast_lane=fast_lane)
    assert segment is not None
    assert (payload, missing) == segment[5:]


@each_lane
def test_a_cut_within_the_tcp_options_loses_only_the_payload(fast_lane: bool) -> None:
    src, dst = address("192.0.2.1"), address("192.0.2.2")
    tcp = tcp_segment(src, dst, (1025, 25), (7, 8), ACK, b"octets", options=bytes(12))
    packet = ip_packet(src, dst, 6, tcp)
    _, (segment,) = decode([(5, 101, packet[:45])], fast_lane=fast_lane)
    assert segment is not None
    assert segment[5:] == (b"", 6)


@each_lane
@each_version
def test_a_length_of_nothing_is_the_captured_one(version: int, fast_lane: bool) -> None:
    """Cards that segment later leave it to be filled in (TSO)."""
    (ts, link, data) = talk(version, "raw").client(b"0123456789").frames[0]
    at = 2 if version == 4 else 4
    _, (segment,) = decode([(ts, link, data[:at] + b"\0\0" + data[at + 2 :])], fast_lane=fast_lane)
    assert segment is not None
    assert segment[5:] == (b"0123456789", 0)


@each_lane
def test_the_urgent_pointer_changes_nothing_here(fast_lane: bool) -> None:
    frames = Conversation().urgent("client", b"RSET\r\n", 3).frames
    _, (segment,) = decode(frames, fast_lane=fast_lane)
    assert segment is not None
    assert segment[4:6] == (PSH | ACK | URG, b"RSET\r\n")


@each_lane
@pytest.mark.parametrize("offset", [0, 4, 15])
def test_an_impossible_tcp_header_length_is_malformed(offset: int, fast_lane: bool) -> None:
    (ts, link, data) = talk(link="raw").client(b"0123456789").frames[0]
    broken = data[:32] + bytes((offset << 4,)) + data[33:]
    decoder, segments = decode([(ts, link, broken)], fast_lane=fast_lane)
    assert segments == [None]
    assert decoder.malformed == decoder.malformed_tcp == 1


@each_lane
@each_version
@pytest.mark.parametrize("place", [15, 30, -1])
def test_a_wrong_checksum_is_dropped_only_if_asked(
    place: int, version: int, fast_lane: bool
) -> None:
    (ts, link, data) = talk(version, "raw").client(b"0123456789").frames[0]
    broken = bytearray(data)
    broken[place] ^= 1
    frames = [(ts, link, data), (ts, link, bytes(broken))]
    kept, segments = decode(frames, fast_lane=fast_lane)
    assert None not in segments
    assert kept.bad_checksum == 0
    dropping, segments = decode(frames, fast_lane=fast_lane, verify_checksums=True)
    assert segments[0] is not None
    assert segments[1] is None
    assert dropping.bad_checksum == 1


@each_lane
def test_a_cut_segment_cannot_be_verified_and_is_kept(fast_lane: bool) -> None:
    (ts, link, data) = talk(link="raw").client(b"0123456789").frames[0]
    _, segments = decode([(ts, link, data[:-1])], fast_lane=fast_lane, verify_checksums=True)
    assert None not in segments


@each_lane
def test_other_traffic_is_counted_by_what_it_is(fast_lane: bool) -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(46)
    udp = ip_packet(address("192.0.2.1"), address("192.0.2.2"), 17, b"\0\x35\0\x35" + bytes(40))
    icmp6 = ip_packet(address("2001:db8::1"), address("2001:db8::2"), 58, bytes(40))
    frames = [
        (1, 1, arp),
        (2, 1, wrap(udp, "vlan")),
        (3, 1, wrap(icmp6, "ethernet")),
        (4, 147, bytes(60)),
        (5, TICK, b""),
        (6, 1, b"short"),
    ]
    decoder, segments = decode(frames, fast_lane=fast_lane)
    assert segments == [None] * 6
    counts = (decoder.frames, decoder.not_ip, decoder.not_tcp, decoder.malformed_link)
    assert counts == (6, 1, 2, 1)
    assert (1, {147}) == (decoder.unknown_link, decoder.unknown_links)


def test_unknown_link_types_are_remembered_up_to_a_bound() -> None:
    decoder, _ = decode([(0, 1000 + number, bytes(60)) for number in range(100)])
    assert (decoder.unknown_link, len(decoder.unknown_links)) == (100, 16)


def test_a_relinked_conversation_is_the_same_conversation() -> None:
    frames = talk().open().client(b"EHLO c\r\n").close().frames
    _, plain = decode(frames)
    _, cooked = decode(relink(frames, "sll2"))
    assert plain == cooked


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_unwanted_connection_costs_a_look_up_but_for_its_ends(host: str) -> None:
    talk = Conversation((host, 1025), (host[:-1] + "2", 443)).open().client(b"x").close()
    bypass = Bypass()
    decoder = Decoder(Config(), bypass)
    keys = {segment[1] for frame in talk.frames if (segment := decoder.decode(*frame))}
    bypass.keys |= keys
    bypass.latest_ns = talk.frames[-1][0] + 1
    flags = [segment[4] for frame in talk.frames if (segment := decoder.decode(*frame))]
    assert flags == [SYN, SYN | ACK, FIN | ACK, FIN | ACK]
    assert decoder.passed == len(talk.frames) - 4
    bypass.latest_ns = 0
    assert None not in [decoder.decode(*frame) for frame in talk.frames]

from __future__ import annotations

import dpkt

from smtpids.trial.packets import address, checksum, ethernet, ip_packet, macs, tcp_segment

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"


def packet(client: str = CLIENT, server: str = SERVER) -> bytes:
    src, dst = address(client), address(server)
    return ip_packet(src, dst, 6, tcp_segment(src, dst, (50000, 25), (1, 2), 0x18, b"HELO a\r\n"))


def test_a_packet_is_read_back_as_it_was_made() -> None:
    frame = dpkt.ethernet.Ethernet(ethernet(packet()))
    assert (frame.data.src, frame.data.dst) == (address(CLIENT), address(SERVER))
    tcp = frame.data.data
    assert (tcp.sport, tcp.dport, tcp.seq, tcp.ack) == (50000, 25, 1, 2)
    assert tcp.data == b"HELO a\r\n"


def test_addresses_with_a_colon_make_ipv6() -> None:
    frame = dpkt.ethernet.Ethernet(ethernet(packet("2001:db8::1", "2001:db8::2")))
    assert (frame.data.v, frame.data.data.data) == (6, b"HELO a\r\n")


def test_the_checksum_of_what_holds_its_checksum_is_zero() -> None:
    assert checksum(packet()[:20]) == 0


def test_a_frame_has_the_least_length_of_ethernet() -> None:
    src, dst = address(CLIENT), address(SERVER)
    bare = ip_packet(src, dst, 6, tcp_segment(src, dst, (1, 2), (3, 4), 0x10, b""))
    assert len(ethernet(bare)) == 60


def test_hosts_have_addresses_on_the_link_of_their_own() -> None:
    assert macs(packet()) == b"\x02\0" + address(SERVER) + b"\x02\0" + address(CLIENT)

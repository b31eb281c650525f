from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.packet import checksums
from tests.support.wire import Conversation, address, tcp_segment, unwrap


@given(st.binary(min_size=20, max_size=60).filter(any))
def test_a_header_is_judged_as_dpkt_judges_it(header: bytes) -> None:
    header = header[: len(header) // 4 * 4]
    bare = header[:10] + b"\0\0" + header[12:]
    sealed = bare[:10] + dpkt.in_cksum(bare).to_bytes(2, "big") + bare[12:]
    assert checksums.header_holds(sealed) == any(sealed)
    assert checksums.header_holds(header) == (dpkt.in_cksum(header) == 0 and any(header))


@pytest.mark.parametrize("hosts", [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
@given(payload=st.binary(max_size=50), place=st.integers(0, 69), value=st.integers(1, 255))
def test_a_segment_holds_until_an_octet_changes(
    hosts: tuple[str, str], payload: bytes, place: int, value: int
) -> None:
    src, dst = address(hosts[0]), address(hosts[1])
    segment = tcp_segment(src, dst, (1025, 25), (1, 2), 16, payload)
    changed = bytearray(segment)
    changed[place % len(segment)] ^= value
    assert checksums.segment_holds(src + dst, segment)
    assert not checksums.segment_holds(src + dst, bytes(changed))


def test_the_header_of_a_built_packet_holds() -> None:
    packet = unwrap(Conversation().open().frames[0][2], "ethernet")
    assert checksums.header_holds(packet[:20])

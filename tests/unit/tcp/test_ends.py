"""The ends of a connection."""

from __future__ import annotations

import pytest

from smtpids.tcp.ends import address, address_text, port_of, turned

V4 = bytes([192, 0, 2, 1])
V6 = bytes.fromhex("20010db8000000000000000000000001")


@pytest.mark.parametrize(("octets", "text"), [(V4, "192.0.2.1"), (V6, "2001:db8::1")])
def test_a_key_begins_with_the_address_of_the_sender(octets: bytes, text: str) -> None:
    key = octets + bytes(len(octets)) + b"\x00\x19\x04\x00"
    assert address(key) == octets
    assert address_text(address(key)) == text
    assert port_of(key) == 25


@pytest.mark.parametrize("octets", [V4, V6])
def test_the_other_direction_has_both_ends_turned(octets: bytes) -> None:
    other = bytes(len(octets))
    assert turned(octets + other + b"\x00\x19\x04\x00") == other + octets + b"\x04\x00\x00\x19"

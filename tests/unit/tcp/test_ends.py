"""The ends of a connection."""

from __future__ import annotations

import pytest

from smtpids.tcp.ends import MOST_SHARED, address, address_text, port_of, shared_text, turned

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


def test_the_text_of_an_address_that_comes_again_is_the_same_object() -> None:
    text = shared_text(V4)
    assert (text, shared_text(bytes([*V4]))) == ("192.0.2.1", text)
    assert shared_text(bytes([*V4])) is text


def test_however_many_servers_there_are_few_texts_are_kept() -> None:
    text = shared_text(V4)
    for number in range(MOST_SHARED):
        shared_text(number.to_bytes(4, "big"))
    assert shared_text(V4) == text
    assert shared_text(V4) is not text

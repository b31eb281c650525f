from __future__ import annotations

from smtpids.capture import linktypes


def test_a_loopback_family_is_known_in_both_byte_orders() -> None:
    assert linktypes.IPV4 == linktypes.FAMILIES[b"\x02\0\0\0"] == linktypes.FAMILIES[b"\0\0\0\x02"]
    assert linktypes.IPV6 == linktypes.FAMILIES[b"\x1e\0\0\0"] == linktypes.FAMILIES[b"\0\0\0\x1e"]


def test_tunnels_are_reassembled_and_udp_is_not() -> None:
    assert linktypes.TUNNELS < linktypes.REASSEMBLED
    assert linktypes.UDP not in linktypes.REASSEMBLED


def test_tags_and_labels_are_no_lengths() -> None:
    assert min(linktypes.TAGS | linktypes.MPLS) > linktypes.LONGEST_LENGTH

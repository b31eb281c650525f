from __future__ import annotations

import pytest

from smtpids.capture.bpf import filter_text
from smtpids.capture.linktypes import ETHERNET, RAW
from tests.support.filters import CASES, TUNNELLED, compiled

PORTS = frozenset({25, 587})


def test_the_filter_of_bare_ip_packets_has_no_tags() -> None:
    assert filter_text(PORTS, RAW) == (
        "tcp port 25 or tcp port 587 or (ip proto 6 and ip[6:2] & 0x1fff != 0) or "
        "ip6 proto 44 or ip6 proto 0 or ip6 proto 43 or ip6 proto 51 or ip6 proto 60"
    )


@pytest.mark.parametrize(("frame", "is_mail"), CASES.values(), ids=list(CASES))
def test_the_filter_takes_mail_in_every_dress(frame: bytes, is_mail: bool) -> None:
    takes = compiled(filter_text(PORTS, ETHERNET), ETHERNET)
    assert is_mail == takes(frame)


@pytest.mark.parametrize("frame", TUNNELLED.values(), ids=list(TUNNELLED))
def test_tunnels_are_taken_if_asked(frame: bytes) -> None:
    assert not compiled(filter_text(PORTS, ETHERNET), ETHERNET)(frame)
    assert compiled(filter_text(PORTS, ETHERNET, tunnels=True), ETHERNET)(frame)


@pytest.mark.parametrize("linktype", [0, 12, 108, 113, 276])
def test_the_filter_compiles_for_other_links(linktype: int) -> None:
    compiled(filter_text(PORTS, linktype, tunnels=True), linktype)


def test_any_port_takes_all_tcp_and_no_udp() -> None:
    takes = compiled(filter_text(PORTS, ETHERNET, any_port=True), ETHERNET)
    assert takes(CASES["https"][0])
    assert takes(CASES["tagged https"][0])
    assert not takes(CASES["dns"][0])

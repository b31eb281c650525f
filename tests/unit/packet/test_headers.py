from __future__ import annotations

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.packet import headers
from tests.support.wire import Conversation, wrap


def frame(link: str, host: str = "192.0.2.1") -> bytes:
    return Conversation((host, 1025), (host[:-1] + "2", 25), link=link).client(b"x").frames[0][2]


@pytest.mark.parametrize(
    ("layer", "link", "size"),
    [(headers.Ethernet, "ethernet", 14), (headers.Sll, "sll", 16), (headers.Sll2, "sll2", 20)],
)
def test_a_link_header_leaves_the_rest_as_octets(
    layer: type[dpkt.Packet], link: str, size: int
) -> None:
    data = frame(link)
    header = headers.read(layer, data)
    assert header is not None
    assert data[size:] == header.data


def test_an_ethernet_header_does_not_look_into_tags() -> None:
    header = headers.read(headers.Ethernet, frame("qinq"))
    assert header is not None
    assert header.type == 0x88A8


def test_an_ip_header_leaves_tcp_as_octets() -> None:
    data = frame("raw")
    ipv4 = headers.read(headers.Ipv4, data)
    assert ipv4 is not None
    assert data[20:] == ipv4.data
    data = frame("raw", "2001:db8::1")
    ipv6 = headers.read(headers.Ipv6, data)
    assert ipv6 is not None
    assert data[40:] == ipv6.data


@pytest.mark.parametrize(
    ("ours", "dpkts"),
    [
        (headers.Ethernet, dpkt.ethernet.Ethernet),
        (headers.Ipv4, dpkt.ip.IP),
        (headers.Tcp, dpkt.tcp.TCP),
    ],
)
@given(st.binary(min_size=10, max_size=80))
def test_the_short_constructors_set_what_dpkt_sets(
    ours: type[dpkt.Packet], dpkts: type[dpkt.Packet], octets: bytes
) -> None:
    header, oracle = headers.read(ours, octets), headers.read(dpkts, octets)
    if oracle is None:
        return  # also where dpkt cannot read a child, which we do not ask for
    assert header is not None
    fields = dpkts.__hdr_fields__
    assert [getattr(oracle, name) for name in fields] == [getattr(header, name) for name in fields]
    assert getattr(oracle, "opts", b"") == getattr(header, "opts", b"")


@pytest.mark.parametrize("layer", [headers.Ethernet, headers.Ipv4, headers.Ipv6, headers.Tcp])
def test_nothing_that_dpkt_raises_comes_out(layer: type[dpkt.Packet]) -> None:
    assert headers.read(layer, b"\x45\0") is None


def test_other_errors_than_dpkts_do_not_come_out_either() -> None:
    class Odd:
        def __init__(self, octets: bytes) -> None:
            raise IndexError(octets)

    assert headers.read(Odd, b"") is None


def test_dpkts_own_classes_are_as_they_were() -> None:
    """The registries of dpkt belong to the process; ours are of our classes alone."""
    data = wrap(frame("raw"), "ethernet")
    assert isinstance(dpkt.ethernet.Ethernet(data).data.data, dpkt.tcp.TCP)

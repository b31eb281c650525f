"""What may stand before SMTP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.preamble import Proxied, proxied, tunnel

ASK = b"CONNECT mx.example:25 HTTP/1.1\r\nHost: mx.example:25\r\n\r\n"
OK = b"HTTP/1.0 200 Connection established\r\n\r\n"
V2 = b"\r\n\r\n\x00\r\nQUIT\n"


def test_a_tunnel_is_known_when_both_headers_are_there() -> None:
    assert tunnel(ASK, OK) == (len(ASK), len(OK))
    assert tunnel(ASK + b"EHLO x\r\n", OK + b"220 mx\r\n") == (len(ASK), len(OK))


def test_a_tunnel_may_be_cut_anywhere() -> None:
    for cut in range(len(ASK)):
        assert tunnel(ASK[:cut], b"") is None
    for cut in range(len(OK)):
        assert tunnel(ASK, OK[:cut]) is None


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"CONNECT\r\n", b""),
        (b"CONNECT x\r\n\r\n", OK),
        (ASK, b"HTTP/1.1 403 Forbidden\r\n\r\n"),
        (b"", b"220 mx\r\n"),
        (b"EHLO x\r\n", b""),
        (b"CONNECT " + b"x" * 9000, b""),
    ],
)
def test_other_octets_are_no_tunnel(client: bytes, server: bytes) -> None:
    assert tunnel(client, server) is False


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"PROXY TCP4 192.0.2.1 198.51.100.2 50000 25\r\n", Proxied(44, "192.0.2.1", 50000)),
        (b"PROXY TCP6 2001:db8::1 2001:db8::2 5 25\r\nEHLO", Proxied(41, "2001:db8::1", 5)),
        (b"PROXY UNKNOWN\r\n", Proxied(15)),
        (V2 + b"\x21\x11\x00\x0c" + bytes([192, 0, 2, 1, 198, 51, 100, 2, 0, 9, 0, 25]),
         Proxied(28, "192.0.2.1", 9)),
        (V2 + b"\x20\x00\x00\x00", Proxied(16)),
    ],
)  # fmt: skip
def test_a_proxy_header_tells_its_length_and_whom_it_speaks_for(
    octets: bytes, expected: Proxied
) -> None:
    assert proxied(octets) == expected
    for cut in range(1, expected.octets):
        assert proxied(octets[:cut]) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO x\r\n",
        b"PROXY nonsense\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        V2 + b"\x11\x11\x00\x0c",
        V2 + b"\x21\x11\xff\xff",
    ],
)
def test_other_octets_are_no_proxy_header(octets: bytes) -> None:
    assert proxied(octets) is False


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_nothing_raises(client: bytes, server: bytes) -> None:
    tunnel(b"CONNECT " + client, server)
    proxied(b"PROXY TCP4 " + client)
    proxied(V2 + client)

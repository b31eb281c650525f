from __future__ import annotations

import pytest

from smtpids.smtp.foreign import PROTOCOLS, of_line, of_octets

LINES = {
    b"GET / HTTP/1.0": "http",
    b"POST /": "http",
    b"PRI * HTTP/2.0": "http",
    b"CONNECT mx.example:25 HTTP/1.1": "connect",
    b"SSH-2.0-OpenSSH_9.6": "ssh",
    b"OPTIONS sip:nm SIP/2.0": "sip",
    b"OPTIONS / RTSP/1.0": "rtsp",
    b"\x03\x00\x00\x2a\x25\xe0\x00\x00\x00\x00\x00Cookie: mstshash=x": "rdp",
    b"PROXY TCP4 nonsense": "proxy",
    b"_EHLO x%0d%0aMAIL": "gopher",
}
OCTETS = {
    b"\x04\x01\x00\x19\xc0\x00\x02\x01": "socks4",
    b"\x05\x01\x00": "socks5",
    b"\x05\x02\x00\x02": "socks5",
    b"\x00\x00\x00\x54\xffSMB": "smb",
    b"\x03\x00\x00\x0b\x06\xe0\x00\x00\x00": "rdp",
    b"\x05\x00\x0b\x03\x10\x00\x00\x00": "rpc",
    b"\r\n\r\n\x00\r\nQUIT\n\x31": "proxy",
}


@pytest.mark.parametrize(("line", "name"), LINES.items())
def test_a_line_is_known_by_how_it_begins(line: bytes, name: str) -> None:
    assert name == of_line(line)


@pytest.mark.parametrize(("octets", "name"), OCTETS.items())
def test_octets_without_lines_are_known(octets: bytes, name: str) -> None:
    assert name == of_octets(octets)


def test_every_protocol_has_an_example() -> None:
    assert {*LINES.values(), *OCTETS.values()} == PROTOCOLS


@pytest.mark.parametrize(
    "line", [b"EHLO x", b"GET", b"POST office", b"Host: x", b"PROXYING", b"", b"SSH", b"HELP"]
)
def test_what_is_not_certain_has_no_name(line: bytes) -> None:
    assert of_line(line) == ""
    assert of_octets(line) == ""


@pytest.mark.parametrize("octets", OCTETS)
def test_the_answer_does_not_depend_on_where_packets_are_cut(octets: bytes) -> None:
    """Whatever comes first: no beginning says anything else than the whole."""
    answers = {of_octets(octets[:end]) for end in range(1, len(octets) + 1)}
    assert answers <= {None, of_octets(octets)}


def test_a_blank_line_is_soon_known_to_be_no_header() -> None:
    assert of_octets(b"\r\n\r\nEHLO") == ""
    assert of_octets(b"\r\n\r\n") is None

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.tls.hello import (
    MOST_LISTED,
    SENTINEL_FROM_12,
    SENTINEL_FROM_13,
    Hello,
    chosen_version,
    groups,
    offered_versions,
    point_formats,
    protocols,
    read_client_hello,
    read_server_hello,
    read_ssl2_hello,
    says_downgraded,
    server_name,
    signature_algorithms,
    supported_versions,
)


def vector(size: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(size, "big") + octets


def extension(number: int, octets: bytes) -> bytes:
    return number.to_bytes(2, "big") + vector(2, octets)


def client_hello(
    extensions: bytes | None = b"",
    *,
    version: bytes = b"\x03\x03",
    ciphers: bytes = b"\x13\x01\x00\x2f",
) -> bytes:
    tail = b"" if extensions is None else vector(2, extensions)
    return version + bytes(32) + vector(1, b"id") + vector(2, ciphers) + vector(1, b"\x00") + tail


def server_hello(extensions: bytes = b"", *, random: bytes = bytes(32)) -> bytes:
    return b"\x03\x03" + random + vector(1, b"id") + b"\x13\x02\x00" + vector(2, extensions)


def test_a_client_hello_gives_its_parts_in_order() -> None:
    hello = read_client_hello(client_hello(extension(16, b"x") + extension(0x0A0A, b"")))
    assert hello.legacy_version == 0x0303
    assert hello.session_id == b"id"
    assert hello.ciphers == [0x1301, 0x2F]
    assert hello.extensions == [(16, b"x"), (0x0A0A, b"")]
    assert not hello.is_malformed


def test_a_hello_of_old_tls_needs_no_extensions() -> None:
    hello = read_client_hello(client_hello(None, version=b"\x03\x00"))
    assert not hello.is_malformed
    assert offered_versions(hello) == [0x0300]


def test_a_server_hello_gives_its_choice() -> None:
    hello = read_server_hello(server_hello(extension(43, b"\x03\x04")))
    assert hello.ciphers == [0x1302]
    assert chosen_version(hello) == 0x0304
    assert not hello.is_retry


def test_versions_are_listed_without_those_that_mean_nothing() -> None:
    versions = b"\x7a\x7a\x03\x04\x03\x03\x03\x01"
    hello = read_client_hello(client_hello(extension(43, vector(1, versions))))
    assert offered_versions(hello) == [0x0304, 0x0303, 0x0301]


def test_a_server_name_is_the_first_host_name() -> None:
    names = b"\x01" + vector(2, b"other") + b"\x00" + vector(2, b"mx.example.net")
    hello = read_client_hello(client_hello(extension(0, vector(2, names))))
    assert server_name(hello) == b"mx.example.net"


def test_protocols_are_listed_without_those_that_mean_nothing() -> None:
    listed = vector(1, b"\x1a\x1a") + vector(1, b"h2") + vector(1, b"http/1.1")
    hello = read_client_hello(client_hello(extension(16, vector(2, listed))))
    assert protocols(hello) == [b"h2", b"http/1.1"]


def test_what_a_client_can_use_is_listed_in_its_order_without_those_that_mean_nothing() -> None:
    hello = read_client_hello(
        client_hello(
            extension(10, vector(2, b"\x1a\x1a\x00\x1d\x00\x17"))
            + extension(11, vector(1, b"\x00\x01"))
            + extension(13, vector(2, b"\x08\x04\x0a\x0a\x04\x03\x05"))
        )
    )
    assert groups(hello) == [29, 23]
    assert point_formats(hello) == [0, 1]
    assert signature_algorithms(hello) == [0x0804, 0x0403]
    assert supported_versions(hello) is None


def test_lists_are_bounded() -> None:
    listed = vector(1, b"x") * 500
    versions = b"\x03\x03" * 127
    hello = read_client_hello(
        client_hello(extension(16, vector(2, listed)) + extension(43, vector(1, versions)))
    )
    assert len(protocols(hello)) == MOST_LISTED
    assert len(offered_versions(hello)) == MOST_LISTED


def test_fallback_is_read_from_the_ciphers() -> None:
    assert read_client_hello(client_hello(ciphers=b"\x00\x2f\x56\x00")).has_fallback_scsv
    assert not read_client_hello(client_hello()).has_fallback_scsv


@pytest.mark.parametrize("body", [b"", b"\x03", client_hello()[:-3], client_hello() + b"x"])
def test_a_hello_that_contradicts_its_lengths_is_malformed(body: bytes) -> None:
    assert read_client_hello(body).is_malformed


def test_an_ssl_2_hello_offers_the_kinds_that_tls_knows() -> None:
    kinds = b"\x01\x00\x80" + b"\x00\x00\x2f"
    body = b"\x01\x03\x01\x00\x06\x00\x00\x00\x10" + kinds + bytes(16)
    hello = read_ssl2_hello(body)
    assert hello.ciphers == [0x2F]
    assert offered_versions(hello) == [0x0301]
    assert not hello.is_malformed


@pytest.mark.parametrize(
    ("sentinel", "version", "offered", "downgraded"),
    [
        (SENTINEL_FROM_13, 0x0303, [0x0304, 0x0303], True),
        (SENTINEL_FROM_13, 0x0303, [0x0303], False),
        (SENTINEL_FROM_12, 0x0302, [0x0303], True),
        (SENTINEL_FROM_12, 0x0301, [0x0301], False),
        (b"\x00" * 8, 0x0303, [0x0304, 0x0303], False),
        (SENTINEL_FROM_13, 0x0304, [0x0304], False),
        (SENTINEL_FROM_13, 0x0303, [], False),
    ],
)
def test_a_downgrade_is_what_server_and_client_would_not_have_chosen(
    sentinel: bytes, version: int, offered: list[int], downgraded: bool
) -> None:
    hello = Hello()
    hello.random = bytes(24) + sentinel
    assert says_downgraded(hello, version, offered) is downgraded


@given(st.binary(max_size=120))
def test_no_octets_make_a_reader_raise(body: bytes) -> None:
    for read in (read_client_hello, read_server_hello, read_ssl2_hello):
        hello = read(body)
        server_name(hello)
        protocols(hello)
        offered_versions(hello)
        assert 0 <= chosen_version(hello) <= 0xFFFF

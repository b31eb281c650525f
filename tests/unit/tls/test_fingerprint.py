"""Fingerprints against what their authors and others have published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.tls.fingerprint import ja3, ja3_text, ja3s, ja3s_text, ja4, ja4_parts
from smtpids.tls.hello import Hello, read_client_hello, read_server_hello

GREASE = [0x0A0A, 0x1A1A, 0xBABA, 0xFAFA]


def vector(size: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(size, "big") + octets


def two(numbers: list[int]) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def extensions(listed: list[tuple[int, bytes]]) -> bytes:
    return vector(2, b"".join(two([kind]) + vector(2, octets) for kind, octets in listed))


def client(version: int, ciphers: list[int], listed: list[tuple[int, bytes]] | None) -> Hello:
    body = two([version]) + bytes(32) + vector(1, b"") + vector(2, two(ciphers)) + b"\x01\x00"
    return read_client_hello(body if listed is None else body + extensions(listed))


def server(version: int, cipher: int, kinds: list[int]) -> Hello:
    body = two([version]) + bytes(32) + vector(1, b"") + two([cipher]) + b"\x00"
    return read_server_hello(body + extensions([(kind, b"") for kind in kinds]))


def alpn(*protocols: bytes) -> tuple[int, bytes]:
    return 16, vector(2, b"".join(vector(1, protocol) for protocol in protocols))


def versions(*numbers: int) -> tuple[int, bytes]:
    return 43, vector(1, two([*numbers]))


def groups(*numbers: int) -> tuple[int, bytes]:
    return 10, vector(2, two([*numbers]))


def signatures(*numbers: int) -> tuple[int, bytes]:
    return 13, vector(2, two([*numbers]))


POINTS = (11, b"\x01\x00")
SIGNATURES = signatures(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
CHROME = [
    *(0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014),
    *(0x009C, 0x009D, 0x002F, 0x0035),
]


# -- JA3, github.com/salesforce/ja3 ----------------------------------------------------------------


def test_ja3_of_its_own_example() -> None:
    ciphers = [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4]
    hello = client(769, ciphers, [(0, b""), groups(23, 24, 25), POINTS])
    assert ja3_text(hello) == (
        "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
    )
    assert ja3(hello) == "ada70206e40642a3e4461f35503241d5"


def test_ja3_of_its_own_example_without_extensions() -> None:
    hello = client(769, [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99], None)
    assert ja3_text(hello) == "769,4-5-10-9-100-98-3-6-19-18-99,,,"
    assert ja3(hello) == "de350869b8c85de67a350c8d186f11e6"


@pytest.mark.parametrize(
    ("cipher", "kinds", "text", "digest"),
    [
        (0x1301, [51, 43], "771,4865,51-43", "eb1d94daa7e0344597e756a1fb6e7054"),
        (0x1302, [43, 51], "771,4866,43-51", "15af977ce25de452b96affa2addb1036"),
    ],
)
def test_ja3s_as_wireshark_and_suricata_show_it(
    cipher: int, kinds: list[int], text: str, digest: str
) -> None:
    hello = server(0x0303, cipher, kinds)
    assert text == ja3s_text(hello)
    assert digest == ja3s(hello)


# -- JA4, github.com/FoxIO-LLC/ja4, technical_details/JA4.md ---------------------------------------


def documented(*, with_signatures: bool = True) -> Hello:
    """Return the ClientHello of the document: GREASE, SNI, ALPN, and everything out of order."""
    kinds = [0x001B, 0, 0x0033, 16, 0x4469, 0x0017, 0x002D, 13, 5, 0x23, 0x12, 43, 0xFF01, 11, 10]
    filled = dict([alpn(b"h2", b"http/1.1"), versions(GREASE[0], 0x0304, 0x0303), SIGNATURES])
    if not with_signatures:
        filled[13] = vector(2, b"")
    listed = [(kind, filled.get(kind, b"")) for kind in kinds]
    listed = [(GREASE[1], b""), *listed, (0x0015, b""), (GREASE[2], b"\0")]
    return client(0x0303, [GREASE[3], *CHROME], listed)


def test_ja4_of_its_own_example() -> None:
    start, ciphers, rest = ja4_parts(documented())
    assert start == "t13d1516h2"
    assert ciphers == ("002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9")
    assert rest == (
        "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01"
        "_0403,0804,0401,0503,0805,0501,0806,0601"
    )
    assert ja4(documented()) == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_ja4_of_its_own_example_without_signature_algorithms() -> None:
    assert ja4(documented(with_signatures=False)) == "t13d1516h2_8daaf6152771_6d807ffa2a79"


def test_both_fingerprints_of_one_browser_as_a_public_test_page_gave_them() -> None:
    """Chrome 143 on Android, which shuffles its extensions, at browserleaks.com."""
    kinds = [45, 51, 16, 65037, 23, 17613, 0, 11, 10, 43, 65281, 35, 18, 5, 13, 27]
    offered = [alpn(b"h2", b"http/1.1"), versions(0x0304, 0x0303), SIGNATURES, POINTS]
    filled = dict([*offered, groups(4588, 29, 23, 24)])
    hello = client(0x0303, CHROME, [(kind, filled.get(kind, b"")) for kind in kinds])
    assert ja3(hello) == "98487aa16281980e7d1120d399efb6a4"
    assert ja4(hello) == "t13d1516h2_8daaf6152771_d8a2da3f94cd"


@pytest.mark.parametrize(
    ("protocol", "ends"),
    [
        (b"h2", "h2"),
        (b"http/1.1", "h1"),
        (b"smtp", "sp"),
        (b"x", "xx"),
        (b"", "00"),
        (b"\xab", "ab"),
        (b"\xab\xcd", "ad"),
        (b"\x30\xab", "3b"),
        (b"\x30\x31\xab\xcd", "3d"),
        (b"\x30\xab\xcd\x31", "01"),
    ],
)
def test_the_first_protocol_stands_by_its_ends(protocol: bytes, ends: str) -> None:
    start, _, _ = ja4_parts(client(0x0303, CHROME, [alpn(protocol, b"zz")]))
    assert start == f"t12i1501{ends}"


@pytest.mark.parametrize(
    ("legacy", "offered", "word"),
    [
        (0x0303, [0x0303, 0x0304], "13"),
        (0x0303, [GREASE[3], 0x0302], "11"),
        (0x0304, [], "00"),
        (0x0303, [0x7F1C], "00"),
        (0x0303, [0xFEFD, 0x0304], "d2"),
        (0x0303, None, "12"),
        (0x0301, None, "10"),
        (0x0300, None, "s3"),
        (0x1234, None, "00"),
    ],
)
def test_the_highest_version_counts(legacy: int, offered: list[int] | None, word: str) -> None:
    listed = None if offered is None else [versions(*offered)]
    assert ja4_parts(client(legacy, CHROME, listed))[0][1:3] == word


def test_parts_without_anything_are_noughts() -> None:
    assert ja4(client(0x0303, [], None)) == "t12i000000_000000000000_000000000000"
    hello = client(0x0303, GREASE, [(0, b""), alpn(b"h2")])
    assert ja4(hello) == "t12d0002h2_000000000000_000000000000"


def test_counts_have_two_digits() -> None:
    hello = client(0x0303, list(range(1, 200)), [(kind, b"") for kind in range(100, 300)])
    assert ja4_parts(hello)[0] == "t12i999900"


def test_other_values_that_mean_no_cipher_count() -> None:
    start, ciphers, _ = ja4_parts(client(0x0303, [0x00FF, 0x5600, 0xFE00], None))
    assert (start, ciphers) == ("t12i030000", "00ff,5600,fe00")


# -- both ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("print_of", [ja3, ja4])
def test_grease_changes_no_fingerprint(print_of: object) -> None:
    assert callable(print_of)
    plain = [groups(29, 23), signatures(0x0403), versions(0x0304), alpn(b"h2")]
    greased = [
        (GREASE[0], b""),
        groups(GREASE[1], 29, 23),
        signatures(0x0403, GREASE[0]),
        versions(GREASE[2], 0x0304),
        alpn(b"\x0a\x0a", b"h2"),
        (GREASE[3], b"\0"),
    ]
    one = client(0x0303, CHROME, plain)
    other = client(0x0303, [GREASE[0], *CHROME], greased)
    assert print_of(one) == print_of(other)


@given(st.permutations(CHROME), st.permutations([groups(29), POINTS, SIGNATURES, (23, b"")]))
def test_order_means_nothing_to_ja4(ciphers: list[int], listed: list[tuple[int, bytes]]) -> None:
    expected = ja4(client(0x0303, CHROME, [groups(29), POINTS, SIGNATURES, (23, b"")]))
    assert expected == ja4(client(0x0303, ciphers, listed))


def test_a_hello_that_is_cut_short_has_no_fingerprint() -> None:
    hello = read_client_hello(b"\x03\x03" + bytes(33) + b"\x00\x08\x13\x01")
    assert hello.is_malformed
    assert (ja3(hello), ja4(hello), ja3s(hello)) == ("", "", "")


@given(st.binary(max_size=200))
def test_any_octets_have_fingerprints_or_none(octets: bytes) -> None:
    hello = read_client_hello(b"\x03\x03" + bytes(32) + octets)
    assert len(ja3(hello)) == (0 if hello.is_malformed else 32)
    assert len(ja4(hello)) == (0 if hello.is_malformed else 36)
    assert len(ja3s(read_server_hello(octets))) in {0, 32}

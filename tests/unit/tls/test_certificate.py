"""Certificates, good ones and such as nobody would issue."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from smtpids.tls.certificate import (
    MOST_COMPARED,
    MOST_COUNTED,
    MOST_LISTED,
    MOST_OCTETS,
    Certificate,
    read_certificate,
    read_chain,
)
from tests.support.certificates import (
    BEGIN,
    END,
    HOST,
    Made,
    alternative_names,
    by_hand,
    chain_message,
    make,
)

CHARS = 1024
SECOND = 1_000_000_000


def read(der: bytes) -> Certificate:
    return read_certificate(der, CHARS)


def at(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


@cache
def made(kind: str) -> Made:
    return make(kind)


@cache
def authority() -> Made:
    return make("ec", "Example CA", names=())


# -- what a certificate says -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "algorithm", "bits", "signature"),
    [
        ("rsa", "RSA", 2048, "SHA256-RSA"),
        ("ec", "ECDSA", 256, "ECDSA-SHA256"),
        ("ed25519", "Ed25519", 256, "Ed25519"),
    ],
)
def test_all_that_a_certificate_says_is_known(
    kind: str, algorithm: str, bits: int, signature: str
) -> None:
    der = made(kind).der
    assert read(der) == Certificate(
        sha256=hashlib.sha256(der).hexdigest().upper(),
        sha1=hashlib.sha1(der).hexdigest().upper(),
        subject=r"O=Example\, Inc.,CN=mx.example.net",
        issuer=r"O=Example\, Inc.,CN=mx.example.net",
        serial="0ABC",
        not_before=at(BEGIN),
        not_after=at(END),
        key_algorithm=algorithm,
        key_bits=bits,
        signature_algorithm=signature,
        alternative_names=(HOST,),
        hosts=(HOST,),
        self_signed=True,
    )


def test_a_certificate_of_an_authority_names_it_and_is_not_self_signed() -> None:
    certificate = read(make(issuer=authority()).der)
    assert certificate.issuer == r"O=Example\, Inc.,CN=Example CA"
    assert certificate.self_signed is False


def test_a_certificate_that_only_claims_to_sign_itself_does_not() -> None:
    assert [read(make(kind, forged=True).der).self_signed for kind in ("ec", "rsa", "ed25519")] == [
        False, False, False,
    ]  # fmt: skip


def test_names_of_every_kind_are_listed_in_order() -> None:
    names = ("*.example.net", "postmaster@example.net", "192.0.2.7", "https://example.net/")
    certificate = read(make(names=names).der)
    assert certificate.alternative_names == names
    assert certificate.hosts == ("*.example.net",)


# -- when, and for whom ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "early", "late"),
    [
        (at(BEGIN) - 1, True, False),
        (at(BEGIN), False, False),
        (at(END), False, False),
        (at(END) + 1, False, True),
    ],
)
def test_a_certificate_is_valid_from_its_first_moment_to_its_last(
    moment: int, *, early: bool, late: bool
) -> None:
    certificate = read(made("ec").der)
    assert early == certificate.is_not_yet_valid(moment)
    assert late == certificate.is_expired(moment)


def test_years_beyond_any_clock_are_years() -> None:
    ancient = datetime(1950, 1, 1, tzinfo=UTC)
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    certificate = read(make(begin=ancient, end=never).der)
    assert certificate.not_before == at(ancient)
    assert certificate.not_after == at(never)


@pytest.mark.parametrize(
    ("names", "host", "verdict"),
    [
        ((HOST,), HOST, True),
        ((HOST,), "MX.example.NET.", True),
        (("other.example.net",), HOST, False),
        (("*.example.net",), HOST, True),
        (("192.0.2.7",), HOST, True),  # no host among them: the common name counts
        ((), HOST, True),
        ((), "other.example.net", False),
        ((HOST,), "", None),
        ((HOST,), "192.0.2.7", None),
    ],
)
def test_a_certificate_is_for_the_hosts_it_names(
    names: tuple[str, ...], host: str, *, verdict: bool | None
) -> None:
    assert read(make(names=names).der).is_for(host) is verdict


def test_hosts_beyond_the_limit_leave_it_open_whether_the_host_is_among_them() -> None:
    names = [b"h%d.net" % number for number in range(MOST_COMPARED)]
    full = read(by_hand(extensions=alternative_names(*names)))
    more = read(by_hand(extensions=alternative_names(*names, b"mx.net")))
    assert full.is_for("mx.net") is False
    assert more.is_for("mx.net") is None
    assert more.is_for("h999.net") is True
    assert len(more.alternative_names) == MOST_LISTED


# -- what a hostile peer makes ---------------------------------------------------------------------


def test_of_octets_that_are_no_certificate_only_the_hashes_are_known() -> None:
    digest = hashlib.sha256(b"nothing").hexdigest().upper()
    known = read(b"nothing")
    assert known == Certificate(digest, hashlib.sha1(b"nothing").hexdigest().upper())
    assert known.is_expired(0) is None
    assert known.is_not_yet_valid(0) is None
    assert known.is_for(HOST) is None


def test_a_certificate_by_hand_is_read_like_any_other() -> None:
    certificate = read(by_hand(extensions=alternative_names(b"mx.example.net")))
    assert (certificate.subject, certificate.serial) == ("CN=mx.example.net", "01")
    assert (certificate.key_algorithm, certificate.key_bits) == ("RSA", 2048)
    assert certificate.self_signed is False
    assert certificate.is_for(HOST) is True


@pytest.mark.parametrize(
    ("serial", "shown"),
    [(0, "00"), (-1, "-01"), (255, "FF"), (256, "0100"), (1 << 159, "80" + "00" * 19)],
)
def test_any_serial_number_is_written_in_whole_octets(serial: int, shown: str) -> None:
    assert shown == read(by_hand(serial=serial)).serial


def test_a_serial_number_of_any_size_is_cut() -> None:
    assert len(read(by_hand(serial=1 << 80_000)).serial) == CHARS


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        ("1.2.840.113549.1.1.4", "MD5-RSA"),
        ("1.2.840.113549.1.1.5", "SHA1-RSA"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_old_and_unknown_signatures_are_named(signature: str, shown: str) -> None:
    certificate = read(by_hand(signature=signature))
    assert shown == certificate.signature_algorithm
    assert certificate.self_signed in {False, None}


def test_an_unknown_kind_of_key_is_its_number() -> None:
    certificate = read(by_hand(key="1.2.3.4"))
    assert (certificate.key_algorithm, certificate.key_bits) == ("1.2.3.4", 0)
    assert certificate.self_signed is None


@pytest.mark.parametrize(
    ("bits", "exponent"), [(8200, 65537), (50_000, 3), (2048, 1 << 1000 | 1), (2048, 1)]
)
def test_a_key_that_is_slow_or_wrong_is_not_asked_to_verify(bits: int, exponent: int) -> None:
    certificate = read(by_hand(modulus_bits=bits, exponent=exponent))
    assert certificate.subject == "CN=mx.example.net"
    assert certificate.self_signed is None


@pytest.mark.parametrize(
    "moment", [b"991332000000Z", b"", b"20", b"200101000000+0100", b"\xff" * 13]
)
def test_a_time_that_is_none_is_unknown_or_spoils_the_certificate(moment: bytes) -> None:
    certificate = read(by_hand(end=moment))
    assert certificate.not_after is None
    assert certificate.is_expired(0) is None


def test_text_of_a_name_is_cut_and_made_printable() -> None:
    certificate = read(by_hand(common=(b"a\x1b[2J\r\n" + b"b" * 3000,)))
    assert certificate.subject.startswith("CN=a\\x1b")
    assert len(certificate.subject) == CHARS
    assert certificate.subject.isprintable()


def test_a_name_that_is_no_text_leaves_the_rest_known() -> None:
    certificate = read(by_hand(common=(b"\xd8\x00",), text=30))  # half of a surrogate pair
    assert certificate.key_bits in {0, 2048}
    assert certificate.self_signed is not True


def test_a_certificate_as_large_as_none_is_not_read() -> None:
    padding = alternative_names(*[b"a" * 60] * (MOST_OCTETS // 60))
    certificate = read(by_hand(extensions=padding))
    assert certificate == Certificate(certificate.sha256, certificate.sha1)


def test_extensions_that_contradict_each_other_leave_the_hosts_unknown() -> None:
    twice = alternative_names(b"mx.example.net") * 2
    certificate = read(by_hand(extensions=twice))
    assert certificate.subject == "CN=mx.example.net"
    assert certificate.hosts is None
    assert certificate.is_for(HOST) is None


@given(
    st.sampled_from(["rsa", "ec", "ed25519"]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 2000),
)
def test_a_damaged_certificate_says_what_it_still_says(
    kind: str, changes: list[tuple[int, int]], end: int
) -> None:
    der = bytearray(made(kind).der)
    for place, octet in changes:
        der[place % len(der)] = octet
    for octets in (bytes(der), bytes(der[:end])):
        certificate = read(octets)
        assert certificate.sha256 == hashlib.sha256(octets).hexdigest().upper()
        assert certificate.is_for(HOST) in {True, False, None}
        assert certificate.is_expired(0) in {True, False, None}


@given(st.binary(max_size=300), st.integers(0, 40))
def test_any_octets_are_a_certificate_of_which_little_is_known(octets: bytes, tag: int) -> None:
    read(bytes([tag]) + octets)
    read(by_hand(extensions=octets))
    read(by_hand(common=(octets,), text=tag))


# -- the message that brings them ------------------------------------------------------------------


def test_the_first_certificate_of_a_chain_is_the_servers_own() -> None:
    assert read_chain(chain_message(b"own", b"issuer", b"root")) == (b"own", 3)


def test_a_chain_is_counted_up_to_a_limit() -> None:
    assert read_chain(chain_message(*[b"x"] * 1000)) == (b"x", MOST_COUNTED)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        chain_message(),
        chain_message(b""),
        chain_message(b"own")[:-1],
        b"\0\0\x07" + b"\0\0\x03own" + b"\0",
        b"\0\0\x06" + b"\0\0\x04own",
        b"\0\0\x07" + b"\0\0\x03own",
    ],
)
def test_a_malformed_chain_is_none(body: bytes) -> None:
    assert read_chain(body) == (b"", 0)


@given(st.binary(max_size=60))
def test_any_octets_are_a_chain_or_none(body: bytes) -> None:
    own, count = read_chain(body)
    assert bool(own) == bool(count)


# -- and the library -------------------------------------------------------------------------------


def test_the_library_reads_what_is_made_here() -> None:
    assert x509.load_der_x509_certificate(by_hand()).version is x509.Version.v3


def test_nothing_is_loaded_before_the_first_certificate() -> None:
    code = "import sys, smtpids.pipeline; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("key", "bits", "signature", "weak"),
    [
        ("RSA", 1024, "SHA256-RSA", True),
        ("RSA", 2048, "SHA256-RSA", False),
        ("RSA", 4096, "SHA1-RSA", True),
        ("RSA", 4096, "MD5-RSA", True),
        ("ECDSA", 256, "ECDSA-SHA256", False),
        ("ECDSA", 192, "ECDSA-SHA256", True),
        ("Ed25519", 256, "Ed25519", False),
        ("", 0, "", None),
    ],
)
def test_a_short_key_or_a_broken_hash_is_weak(
    key: str, bits: int, signature: str, weak: bool | None
) -> None:
    certificate = Certificate(
        "AA", "BB", key_algorithm=key, key_bits=bits, signature_algorithm=signature
    )
    assert certificate.is_weak() is weak


def test_days_are_whole_and_negative_behind_the_end() -> None:
    day = 86_400_000_000_000
    certificate = Certificate("AA", "BB", not_before=day, not_after=3 * day)
    assert [certificate.days_left(at) for at in (0, day + 1, 4 * day)] == [3, 1, -1]
    assert certificate.days_valid() == 2
    assert Certificate("AA", "BB").days_valid() is None
    assert Certificate("AA", "BB", not_after=day).days_valid() is None

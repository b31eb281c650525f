from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.mime.transfer import MOST_PADDING, Base64, QuotedPrintable, UuEncoded
from tests.support.mails import pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.mime.transfer import Decoder


def decoded(decoder: Decoder, *octets: bytes) -> bytes:
    return b"".join(map(decoder.feed, octets)) + decoder.end()


@pytest.mark.parametrize(
    ("encoded", "expected", "fault"),
    [
        (b"aGVsbG8=", b"hello", ""),
        (b"aGVs\r\nbG8=\r\n", b"hello", ""),
        (b"a G\tV s b G 8 =", b"hello", ""),
        (b"", b"", ""),
        (b"aGVsbG8", b"hello", "padding missing"),
        (b"aGVsbG", b"hell", "padding missing"),
        (b"aGVsb", b"hel", "padding missing"),
        (b"aGVsbG=", b"hell", "padding missing"),
        (b"aGVsbG8==", b"hello", "too much padding"),
        (b"aGVs=", b"hel", "too much padding"),
        (b"a!GVs_bG8=", b"hello", "2 octets outside the alphabet"),
        (b"aGVsbG8=aGVsbG8=", b"hellohello", "data behind the padding"),
        (b"aGU=bG", b"hel", "data behind the padding, padding missing"),
        (b"QQ=Q", b"A", "data behind the padding, padding missing"),
    ],
)
def test_base64_is_decoded_as_clients_do(encoded: bytes, expected: bytes, fault: str) -> None:
    decoder = Base64()
    assert decoded(decoder, encoded) == expected
    assert decoder.fault() == fault


def test_after_a_gap_base64_begins_anew() -> None:
    decoder = Base64()
    assert decoder.feed(b"aGVsb") == b"hel"
    decoder.gap()
    assert decoded(decoder, b"aGVs") == b"hel"


def test_padding_beyond_measure_is_passed_over() -> None:
    decoder = Base64()
    padded = b"QQ=" * (MOST_PADDING + 1)
    assert decoded(decoder, padded + b"QUJD=QUJD") == b"A" * (MOST_PADDING + 1) + b"ABCABC"


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"a=3Db", b"a=b"),
        (b"a=3db=C3=A9", b"a=b\xc3\xa9"),
        (b"one=\r\n two=\nthree", b"one twothree"),
        (b"one=  \t\r\ntwo", b"onetwo"),
        (b"one= x", b"one= x"),
        (b"a=4", b"a=4"),
        (b"a=", b"a"),
        (b"a= ", b"a"),
        (b"a==41", b"a=A"),
        (b"a=G1=\rb", b"a=G1=\rb"),
        (b"line  \r\nline", b"line  \r\nline"),
        (b"a_b", b"a_b"),
        (b"\x00\xff", b"\x00\xff"),
    ],
)
def test_quoted_printable_is_decoded_as_clients_do(encoded: bytes, expected: bytes) -> None:
    decoder = QuotedPrintable()
    assert decoded(decoder, encoded) == expected
    assert decoder.fault() == ""


def test_what_was_held_before_a_gap_is_not_joined_to_what_follows() -> None:
    for decoder in (QuotedPrintable(), UuEncoded()):
        assert decoder.feed(b"=4") == b""
        decoder.gap()
        assert decoder.feed(b"1") in {b"1", b""}


def uuencoded(octets: bytes) -> bytes:
    lines = [binascii.b2a_uu(octets[at : at + 45]) for at in range(0, len(octets), 45)]
    return b"begin 644 a.bin\n" + b"".join(lines) + b"`\nend\n"


def test_uuencoded_lines_are_decoded_from_begin_to_end() -> None:
    octets = bytes(range(256))
    encoded = b"#0V%T\r\n" + uuencoded(octets).replace(b"\n", b"\r\n") + b"text behind\r\n"
    decoder = UuEncoded()
    assert decoded(decoder, encoded) == octets
    assert decoder.fault() == ""


def test_a_uuencoded_line_that_is_none_says_nothing() -> None:
    assert decoded(UuEncoded(), b"begin 644 a\n#\xff\xff\xff\xff\n#0V%T\n" + b"M" * 500) == b"Cat"


def test_after_a_gap_uuencoded_data_goes_on() -> None:
    decoder = UuEncoded()
    decoder.gap()
    assert decoded(decoder, b"#0V%T") == b"Cat"


@given(st.binary(max_size=200), st.lists(st.integers(0, 400), max_size=5))
def test_what_was_encoded_comes_back(octets: bytes, places: list[int]) -> None:
    for make, encoded in (
        (Base64, base64.encodebytes(octets)),
        (QuotedPrintable, b"".join(b"=%02X" % octet for octet in octets)),
        (UuEncoded, uuencoded(octets)),
    ):
        decoder: Decoder = make()
        assert decoded(decoder, *pieces(encoded, places)) == octets
        assert decoder.fault() == ""


OCTETS = st.lists(
    st.sampled_from(
        [b"=", b"4", b"1", b"A", b"G", b"\r", b"\n", b"\r\n", b" ", b" " * 90, b"!", b"\xff",
         b"QUJD", b"begin 6 x\n", b"#0V%T", b"end\n", b"#" * 99]
    ),
    max_size=30,
).map(b"".join)  # fmt: skip


@settings(max_examples=300)
@given(
    st.sampled_from([Base64, QuotedPrintable, UuEncoded]),
    OCTETS,
    st.lists(st.integers(0, 2000), max_size=8),
)
def test_what_is_decoded_does_not_depend_on_segments(
    make: Callable[[], Decoder], encoded: bytes, places: list[int]
) -> None:
    whole, cut = make(), make()
    assert decoded(cut, *pieces(encoded, places)) == decoded(whole, encoded)
    assert cut.fault() == whole.fault()

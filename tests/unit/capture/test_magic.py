from __future__ import annotations

import pytest

from smtpids.capture.magic import Kind, describe, kind_of
from tests.support.wire import pcap_bytes, pcapng_bytes


@pytest.mark.parametrize("nano", [True, False])
@pytest.mark.parametrize("big_endian", [True, False])
def test_every_variant_of_a_capture_is_known(nano: bool, big_endian: bool) -> None:
    assert kind_of(pcap_bytes([], nano=nano, big_endian=big_endian)) is Kind.PCAP
    assert kind_of(pcapng_bytes([], nano=nano, big_endian=big_endian)) is Kind.PCAPNG


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"\x1f\x8b\x08\x00", Kind.GZIP),
        (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
        (b"\x5a\x2a\x4d\x18", Kind.ZSTD),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_compression_is_known_by_its_first_octets(first: bytes, kind: Kind | None) -> None:
    assert kind_of(first) is kind


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (b"PK\x03\x04\x14\0", "starts with 50 4b 03 04: a zip archive; unpack it first"),
        (b"snoop\0\0\0", "starts with 73 6e 6f 6f: a snoop capture; editcap can convert it"),
        (b"Dear all", "starts with 44 65 61 72: text"),
        (b"\x00\x01\x02\x03", "starts with 00 01 02 03"),
        (b"{}", "starts with 7b 7d: JSON"),
    ],
)
def test_what_is_no_capture_is_described(first: bytes, words: str) -> None:
    assert words == describe(first)

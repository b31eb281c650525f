from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.tls.records import CONTINUED, LONGEST_RECORD, RecordReader, looks_like_tls

HELLO = b"\x16\x03\x01\x00\xc8\x01"
SSL2_HELLO = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10"


@pytest.mark.parametrize(
    "octets",
    [
        HELLO,
        b"\x16\x03\x03\x40\x00\x02",
        b"\x16\x03\x00\x00\x01\x01",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x15\x03\x03\x00\x02\x01",
        SSL2_HELLO,
        b"\x80\x1f\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x10",
    ],
)
def test_the_first_octets_of_tls_are_recognised(octets: bytes) -> None:
    assert looks_like_tls(octets) is True


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO",
        b"220 ",
        b"\r\n",
        b"\x16\x04",
        b"\x16\x03\x05",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x10\x0b",
        b"\x17\x03\x03\x00\x20",
        b"\x15\x03\x01\x00\x03",
        b"\x15\x03\x01\x00\x02\x03",
        b"\x80\x2e\x02",
        b"\x80\x2e\x01\x04\x00",
        b"\x80\x2f\x01\x00\x02\x00\x15\x00\x00\x00\x10",
        b"\x80\x2e\x01\x00\x02\x00\x14\x00\x00\x00\x11",
        b"\xef\xbb\xbfEHLO",
    ],
)
def test_other_first_octets_are_not_tls(octets: bytes) -> None:
    assert looks_like_tls(octets) is False


@pytest.mark.parametrize("octets", [HELLO, SSL2_HELLO, b"\x15\x03\x01\x00\x02\x02"])
def test_a_beginning_that_could_become_tls_is_undecided(octets: bytes) -> None:
    for length in range(len(octets)):
        assert looks_like_tls(octets[:length]) is None


@given(st.binary(max_size=16), st.integers(0, 16))
def test_a_verdict_does_not_change_with_more_octets(octets: bytes, length: int) -> None:
    early = looks_like_tls(octets[:length])
    assert early is None or early == looks_like_tls(octets)


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + len(body).to_bytes(2, "big") + body


def test_records_are_cut_at_their_lengths() -> None:
    reader = RecordReader(64)
    read = list(reader.feed(record(22, b"abc") + record(23, b"secret") + record(21, b"\x02\x28")))
    assert read == [
        (22, 3, b""),
        (22, CONTINUED, b"abc"),
        (23, 6, b""),
        (21, 2, b""),
        (21, CONTINUED, b"\x02\x28"),
    ]
    assert reader.records == 3


def test_what_nobody_reads_is_not_given_on() -> None:
    reader = RecordReader(64)
    reader.keeps = False
    assert list(reader.feed(record(22, b"abc"))) == [(22, 3, b"")]


def test_empty_records_are_records() -> None:
    reader = RecordReader(64)
    assert list(reader.feed(record(23, b"") * 3)) == [(23, 0, b"")] * 3


def test_the_longest_record_is_good_and_a_longer_one_malformed() -> None:
    good, bad = RecordReader(64), RecordReader(64)
    header = b"\x17\x03\x03"
    assert list(good.feed(header + LONGEST_RECORD.to_bytes(2, "big"))) == [
        (23, LONGEST_RECORD, b"")
    ]
    assert list(bad.feed(header + (LONGEST_RECORD + 1).to_bytes(2, "big"))) == []
    assert (good.malformed, bad.malformed) == (False, True)
    assert bad.cleartext is None


def test_text_between_records_is_kept_from_its_first_octet() -> None:
    reader = RecordReader(64)
    list(reader.feed(record(23, b"abc") + b"\x17\x03"))
    list(reader.feed(b"no record\r\n"))
    list(reader.feed(b"more"))
    assert bytes(reader.cleartext or b"") == b"\x17\x03no record\r\nmore"
    assert reader.cleartext_octets == 17


def test_a_gap_within_a_record_keeps_the_framing() -> None:
    reader = RecordReader(64)
    list(reader.feed(record(23, bytes(100))[:20]))
    reader.gap(85)
    assert list(reader.feed(record(23, b"x"))) == [(23, 1, b"")]


@pytest.mark.parametrize("lost", [0, 86])
def test_a_gap_beyond_a_record_ends_what_can_be_said(lost: int) -> None:
    reader = RecordReader(64)
    list(reader.feed(record(23, bytes(100))[:20]))
    reader.gap(lost)
    assert list(reader.feed(b"QUIT\r\n" + record(23, b"x"))) == []
    assert reader.opaque
    assert reader.cleartext is None


def test_an_ssl_2_frame_is_only_taken_first() -> None:
    reader = RecordReader(64)
    list(reader.feed(record(23, b"")))
    list(reader.feed(SSL2_HELLO))
    assert bytes(reader.cleartext or b"") == SSL2_HELLO


def joined(reader: RecordReader, parts: list[bytes]) -> list[tuple[int, int, bytes]]:
    """Return the records with their octets in one piece."""
    records: list[tuple[int, int, bytes]] = []
    for part in parts:
        for kind, length, octets in reader.feed(part):
            if length == CONTINUED:
                before = records.pop()
                records.append((before[0], before[1], before[2] + octets))
            else:
                records.append((kind, length, octets))
    return records


@settings(max_examples=200)
@given(
    st.lists(st.builds(record, st.integers(20, 25), st.binary(max_size=20)), max_size=6),
    st.binary(max_size=12),
    st.lists(st.integers(0, 150), max_size=6),
)
def test_records_do_not_depend_on_segments(
    records: list[bytes], rest: bytes, places: list[int]
) -> None:
    octets = b"".join(records) + rest
    edges = [0, *sorted(place for place in places if place < len(octets)), len(octets)]
    parts = [octets[a:b] for a, b in itertools.pairwise(edges)]
    whole, cut = RecordReader(16), RecordReader(16)
    assert joined(whole, [octets]) == joined(cut, parts)
    assert (whole.cleartext, whole.cleartext_octets) == (cut.cleartext, cut.cleartext_octets)
    assert (whole.records, whole.malformed) == (cut.records, cut.malformed)

"""The tolerant reader: every variant, across any cut, and nothing in clean mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.smtp.endofdata import STRICT, VARIANTS, EndOfDataReader, Place, envelope_in

ENVELOPE = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
FILLER = b"y" * 700
ENDINGS = sorted((left, right, name) for (left, right), name in VARIANTS.items())
LOOSE = [ending for ending in ENDINGS if ending[2] not in STRICT]


def read(*blocks: bytes, behind: bytes = b"") -> list[Place]:
    reader = EndOfDataReader()
    for block in blocks:
        reader.feed(block)
    reader.end(behind)
    return reader.places


@pytest.mark.parametrize(("left", "right", "name"), LOOSE)
def test_a_variant_is_known_wherever_packets_are_cut(left: bytes, right: bytes, name: str) -> None:
    raw = b"Subject: x\r\n\r\nhello" + left + b"." + right + ENVELOPE + FILLER + b"\r\n.\r\n"
    expected = [Place(name, left + b"." + right, "MAIL", b"a@b", b"c@d")]
    for cut in range(len(raw)):
        assert read(raw[:cut], raw[cut:]) == expected
    assert read(*(raw[at : at + 1] for at in range(len(raw)))) == expected


@pytest.mark.parametrize(
    ("raw", "behind", "name"),
    [
        (b"hello\0\r\n.\r\n", ENVELOPE, "A7"),
        (b"hello\r\r\n.\r\n", ENVELOPE, "B3"),
        (b"hello\r\n.\r\n", b"\0" + ENVELOPE, "A13"),
    ],
)
def test_an_odd_octet_beside_the_strict_end_is_noted(raw: bytes, behind: bytes, name: str) -> None:
    (place,) = read(raw, behind=behind)
    assert (place.variant, place.verb) == (name, "MAIL")


def test_commands_behind_the_strict_end_were_not_smuggled() -> None:
    (place,) = read(b"hello\n.\nbye\r\n.\r\n", behind=ENVELOPE)
    assert (place.variant, place.verb) == ("A1", "")


def test_octets_of_the_message_are_not_part_of_a_place() -> None:
    (place,) = read(b"secret\n.\nsecret\r\n.\r\n")
    assert place.octets == b"\n.\n"


@given(st.lists(st.binary(max_size=80), max_size=8), st.data())
def test_mail_whose_lines_all_end_in_crlf_holds_no_place(
    lines: list[bytes], data: st.DataObject
) -> None:
    clean = [line.translate(None, b"\r\n\0") for line in lines]
    raw = b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in clean)
    raw += b".\r\n"
    cut = data.draw(st.integers(0, len(raw)))
    assert read(raw[:cut], raw[cut:], behind=b"MAIL FROM:<next@mail>\r\n") == []


@given(st.lists(st.text("\r\n\0.aM", max_size=12).map(str.encode), max_size=6))
def test_places_do_not_depend_on_the_cut_and_are_bounded(blocks: list[bytes]) -> None:
    whole = read(b"".join(blocks))
    assert read(*blocks) == whole
    assert len(whole) <= 8


def test_odd_line_ends_are_counted_across_packets() -> None:
    reader = EndOfDataReader()
    for block in (b"a\r", b"\nb\nc\r", b"d\0\r\n"):
        reader.feed(block)
    assert (reader.bare_lf, reader.bare_cr, reader.nul) == (1, 1, 1)


@pytest.mark.parametrize(
    ("octets", "verb"),
    [
        (b"\r\nmail from:<x>\r\n", "MAIL"),
        (b"\nRCPT TO:<y>\n", "RCPT"),
        (b"\nEHLO x\nMAIL FROM:<x>\n", "MAIL"),
        (b"\nQUIT\r\n", "QUIT"),
        (b"\nBDAT 12\r\n", "BDAT"),
        (b"\nthe mail from: field\n", ""),
        (b"\nquite\n", ""),
        (b"\nrcpt to nobody\n", ""),
    ],
)
def test_an_envelope_command_needs_its_own_line_and_its_colon(octets: bytes, verb: str) -> None:
    assert envelope_in(octets)[0] == verb

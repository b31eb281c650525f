from __future__ import annotations

import gzip
import io

import pytest

from smtpids.mime import magic
from smtpids.mime.archive import Member, reader_for


def gzipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=buffer, mtime=0) as file:
        file.write(b"content")
    return buffer.getvalue()


def test_a_gzip_file_names_what_it_holds() -> None:
    reader = reader_for(magic.GZIP, 5)
    assert reader is not None
    for octet in gzipped("invoice.js"):
        reader.feed(bytes([octet]))
    assert reader.members() == [Member(b"invoice.js", 0, encrypted=False, in_utf8=False)]
    assert (reader.kind(), reader.encrypted, reader.overflowed) == (None, False, False)


@pytest.mark.parametrize(
    ("octets", "room"),
    [
        (gzipped(""), 5),
        (b"\x1f\x8b\x08", 5),
        (b"\x1f\x8b\x08\x08" + bytes(6) + b"no end", 5),
        (gzipped("a.js"), 0),
    ],
)
def test_a_gzip_file_without_a_name_lists_nothing(octets: bytes, room: int) -> None:
    reader = reader_for(magic.GZIP, room)
    assert reader is not None
    reader.feed(octets)
    assert reader.members() == []


def test_extra_fields_of_a_gzip_file_are_passed_over() -> None:
    reader = reader_for(magic.GZIP, 1)
    assert reader is not None
    reader.feed(b"\x1f\x8b\x08\x0c" + bytes(6) + b"\x03\x00abcname\x00data")
    assert [member.name for member in reader.members()] == [b"name"]


@pytest.mark.parametrize("kind", [magic.ZIP, magic.TAR, magic.GZIP, magic.RAR, magic.SEVEN_ZIP])
def test_every_archive_that_can_be_listed_has_a_reader_of_its_own(kind: magic.Kind) -> None:
    reader = reader_for(kind, 1)
    assert reader is not None
    reader.feed(b"")
    assert (reader.members(), reader.kind(), reader.encrypted) == ([], None, False)


def test_what_is_no_archive_has_no_reader() -> None:
    assert reader_for(magic.PDF, 1) is None

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.mime.archive import Member
from smtpids.mime.zipfiles import SPARE_TRIES, TRIES, ZipReader
from tests.support.mails import pieces


def zipped(*names: str, content: bytes = b"content", packed: bool = True) -> bytes:
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def read(*octets: bytes, room: int = 100) -> ZipReader:
    reader = ZipReader(room)
    for piece in octets:
        reader.feed(piece)
    return reader


def names(reader: ZipReader) -> list[bytes]:
    return [member.name for member in reader.members()]


def test_members_are_listed_with_their_sizes_and_folders_are_not() -> None:
    reader = read(zipped("a.js", "folder/", "folder/b.exe"))
    assert reader.members() == [
        Member(b"a.js", 7, encrypted=False, in_utf8=False),
        Member(b"folder/b.exe", 7, encrypted=False, in_utf8=False),
    ]
    assert (reader.encrypted, reader.overflowed, reader.kind()) == (False, False, None)


def test_a_name_in_utf8_says_so() -> None:
    (member,) = read(zipped("\xe9.txt")).members()
    assert (member.name.decode(), member.in_utf8) == ("\xe9.txt", True)


def test_a_member_that_needs_a_password_is_seen() -> None:
    octets = bytearray(zipped("a.exe"))
    octets[6] |= 1  # flags in front of the data
    octets[octets.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    reader = read(bytes(octets))
    assert (reader.encrypted, [member.encrypted for member in reader.members()]) == (True, [True])


def test_names_that_stand_in_one_place_only_are_listed_too() -> None:
    octets = zipped("hidden.exe")
    directory = octets.index(b"PK\x01\x02")
    renamed = octets[:directory] + octets[directory:].replace(b"hidden.exe", b"honest.txt")
    assert names(read(renamed)) == [b"hidden.exe", b"honest.txt"]
    assert names(read(octets[:directory])) == [b"hidden.exe"]
    assert names(read(octets[directory:])) == [b"hidden.exe"]


def test_the_directory_is_believed_about_sizes() -> None:
    octets = bytearray(zipped("a.txt"))
    octets[22:26] = struct.pack("<I", 999_999)
    (member,) = read(bytes(octets)).members()
    assert member.size == 7


def test_members_of_an_archive_that_lies_unpacked_inside_are_listed() -> None:
    inner = zipped("evil.exe")
    assert names(read(zipped("inner.zip", content=inner, packed=False))) == [
        b"inner.zip",
        b"evil.exe",
    ]


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("word/document.xml",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("xl/workbook.bin", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("META-INF/MANIFEST.MF", "application/java-archive"),
        ("AndroidManifest.xml", "application/vnd.android.package-archive"),
    ],
)  # fmt: skip
def test_the_members_show_what_kind_of_file_it_is(name: str, mime_type: str) -> None:
    kind = read(zipped(*{"META-INF/MANIFEST.MF", name})).kind()
    assert kind is not None
    assert kind.mime_type == mime_type


def test_no_more_members_are_listed_than_there_is_room_for() -> None:
    octets = zipped(*(f"{number}.txt" for number in range(4)))
    assert not read(octets, room=4).overflowed
    reader = read(octets, room=3)
    assert (reader.overflowed, names(reader)) == (True, [b"0.txt", b"1.txt", b"2.txt"])


def test_a_file_full_of_signatures_is_left_alone() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    assert not read(entry * (TRIES + SPARE_TRIES), room=1).overflowed
    assert read(entry * (TRIES + SPARE_TRIES + 1), room=1).overflowed


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [zipped("a.js", "b.txt"), zipped("c" * 2000), b"PK", b"\x01\x02", b"\x03\x04", b"x" * 9]
        ),
        max_size=6,
    ).map(b"".join),
    st.lists(st.integers(0, 9000), max_size=8),
    st.sampled_from([1, 2, 100]),
)  # fmt: skip
def test_what_is_listed_does_not_depend_on_segments(
    octets: bytes, places: list[int], room: int
) -> None:
    whole, cut = read(octets, room=room), read(*pieces(octets, places), room=room)
    assert whole.members() == cut.members()
    assert (whole.encrypted, whole.overflowed) == (cut.encrypted, cut.overflowed)

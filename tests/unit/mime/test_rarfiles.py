"""The archives are made by the published description of the format, header by header."""

from __future__ import annotations

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.mime.archive import Member
from smtpids.mime.rarfiles import MARK_4, MARK_5, SPARE_TRIES, TRIES, RarReader
from tests.support.mails import pieces


def main_4(flags: int = 0) -> bytes:
    return struct.pack("<HBHH", 0, 0x73, flags, 13) + bytes(6)


def file_4(name: bytes, data: bytes, flags: int = 0) -> bytes:
    fixed = struct.pack("<IIBIIBBHI", len(data), 1000, 2, 0, 0, 29, 0x33, len(name), 32)
    large = bytes(8) if flags & 0x100 else b""
    size = 7 + len(fixed) + len(large) + len(name)
    return struct.pack("<HBHH", 0, 0x74, flags | 0x8000, size) + fixed + large + name + data


END_4 = struct.pack("<HBHH", 0, 0x7B, 0x4000, 7)


def number(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])


def block_5(kind: int, flags: int, rest: bytes) -> bytes:
    body = number(kind) + number(flags) + rest
    return bytes(4) + number(len(body)) + body


def file_5(name: bytes, data: bytes, extra: bytes = b"", flags: int = 0) -> bytes:
    own = number(flags) + number(300) + number(32) + b"t" * 4 * bool(flags & 2)
    own += b"c" * 4 * bool(flags & 4) + number(0) + number(0) + number(len(name)) + name
    sizes = (number(len(extra)) if extra else b"") + number(len(data))
    return block_5(2, 3 if extra else 2, sizes + own + extra) + data


def record(kind: int, data: bytes) -> bytes:
    body = number(kind) + data
    return number(len(body)) + body


MAIN_5 = block_5(1, 0, number(0))
END_5 = block_5(5, 0, number(0))
PLAIN_4 = MARK_4 + main_4() + file_4(b"a.js", b"x" * 5000) + file_4(b"b.exe", b"y") + END_4
PLAIN_5 = MARK_5 + MAIN_5 + file_5(b"a.js", b"x" * 5000, flags=6) + file_5(b"b.exe", b"y") + END_5


def read(*octets: bytes, room: int = 100) -> RarReader:
    reader = RarReader(room)
    for piece in octets:
        reader.feed(piece)
    return reader


def names(reader: RarReader) -> list[bytes]:
    return [member.name for member in reader.members()]


def test_members_of_version_4_are_listed() -> None:
    reader = read(PLAIN_4 + b"behind the end")
    assert reader.members() == [
        Member(b"a.js", 1000, encrypted=False, in_utf8=False),
        Member(b"b.exe", 1000, encrypted=False, in_utf8=False),
    ]
    assert (reader.encrypted, reader.overflowed, reader.kind()) == (False, False, None)


def test_members_of_version_5_are_listed() -> None:
    reader = read(PLAIN_5)
    assert reader.members() == [
        Member(b"a.js", 300, encrypted=False),
        Member(b"b.exe", 300, encrypted=False),
    ]


def test_folders_are_not_members() -> None:
    assert names(read(MARK_4 + main_4() + file_4(b"folder", b"", 0xE0))) == []
    assert names(read(MARK_5 + MAIN_5 + file_5(b"folder", b"", flags=1))) == []


def test_a_large_file_and_a_name_in_two_alphabets_are_read() -> None:
    octets = MARK_4 + main_4() + file_4(b"a.exe\0\x01\x02", b"x", 0x300) + file_4(b"b", b"")
    assert names(read(octets)) == [b"a.exe", b"b"]


def test_members_that_need_a_password_are_seen() -> None:
    four = read(MARK_4 + main_4() + file_4(b"a.exe", b"x", 0x0004))
    five = read(MARK_5 + MAIN_5 + file_5(b"a.exe", b"x", record(3, b"t") + record(1, b"key")))
    for reader in (four, five):
        assert (reader.encrypted, names(reader)) == (True, [b"a.exe"])
        assert [member.encrypted for member in reader.members()] == [True]


def test_one_member_that_needs_a_password_is_enough() -> None:
    four = read(MARK_4 + main_4() + file_4(b"a", b"x", 0x0004) + file_4(b"b", b"x"))
    five = read(MARK_5 + MAIN_5 + file_5(b"a", b"x", record(1, b"key")) + file_5(b"b", b"x"))
    for reader in (four, five):
        assert reader.encrypted
        assert [member.encrypted for member in reader.members()] == [True, False]


def test_encrypted_headers_show_nothing_but_that() -> None:
    four = read(MARK_4 + main_4(0x0080) + b"\xff" * 100)
    five = read(MARK_5 + block_5(4, 0, b"\0\0") + b"\xff" * 100)
    for reader in (four, five):
        assert (reader.encrypted, names(reader)) == (True, [])


def test_what_cannot_be_read_ends_the_list() -> None:
    assert names(read(b"Rar!\x1a\x07\x02\x00" + PLAIN_5)) == []
    assert names(read(MARK_4 + main_4() + bytes(100))) == []
    assert names(read(MARK_5 + bytes(4) + b"\xff" * 100)) == []
    assert names(read(MARK_5 + MAIN_5 + block_5(2, 0, b""))) == []


def test_no_more_members_are_listed_than_there_is_room_for() -> None:
    for octets in (PLAIN_4, PLAIN_5):
        assert not read(octets, room=2).overflowed
        reader = read(octets, room=1)
        assert (reader.overflowed, names(reader)) == (True, [b"a.js"])


def test_a_file_full_of_headers_is_left_alone() -> None:
    assert read(MARK_5 + MAIN_5 * (TRIES + SPARE_TRIES + 1), room=1).overflowed


@settings(max_examples=200)
@given(
    st.sampled_from([PLAIN_4, PLAIN_5]),
    st.lists(st.tuples(st.integers(8, 200), st.integers(0, 255)), max_size=3),
    st.lists(st.integers(0, 9000), max_size=8),
)
def test_what_is_listed_does_not_depend_on_segments(
    octets: bytes, changes: list[tuple[int, int]], places: list[int]
) -> None:
    damaged = bytearray(octets)
    for place, value in changes:
        damaged[place] = value
    whole, cut = read(bytes(damaged)), read(*pieces(bytes(damaged), places))
    assert whole.members() == cut.members()
    assert (whole.encrypted, whole.overflowed) == (cut.encrypted, cut.overflowed)

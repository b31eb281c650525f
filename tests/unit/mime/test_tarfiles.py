from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.archive import Member
from smtpids.mime.tarfiles import TarReader
from tests.support.mails import pieces

NAMES = ("a.js", "folder/b'`;.exe", "c" * 150 + ".txt", "d/" * 100 + "e")


def tarred(form: int, names: tuple[str, ...] = NAMES, size: int = 700) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as file:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        file.addfile(folder)
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = size
            file.addfile(member, io.BytesIO(bytes(size)))
    return buffer.getvalue()


def read(*octets: bytes, room: int = 100) -> TarReader:
    reader = TarReader(room)
    for piece in octets:
        reader.feed(piece)
    return reader


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_are_listed_by_their_whole_names_and_folders_are_not(form: int) -> None:
    reader = read(tarred(form))
    assert reader.members() == [Member(name.encode(), 700, encrypted=False) for name in NAMES]
    assert (reader.encrypted, reader.overflowed, reader.kind()) == (False, False, None)


def test_a_name_in_two_fields_is_joined() -> None:
    name = "d" * 120 + "/" + "e" * 80
    (member,) = read(tarred(tarfile.USTAR_FORMAT, (name,))).members()
    assert member.name.decode() == name


def test_a_size_may_be_binary() -> None:
    header = bytearray(tarred(tarfile.GNU_FORMAT, ("a",))[512:1024])
    header[124:136] = b"\x80" + (1 << 40).to_bytes(11, "big")
    header[148:156] = b"%06o\0 " % (sum(header) - sum(header[148:156]) + 256)
    (member,) = read(bytes(header)).members()
    assert member.size == 1 << 40


def test_a_block_with_a_wrong_checksum_is_no_header() -> None:
    octets = tarred(tarfile.GNU_FORMAT)
    assert read(octets[:513] + b"x" + octets[514:1024]).members() == []
    assert read(b"\xff" * 5120).members() == []


def test_no_more_members_are_listed_than_there_is_room_for() -> None:
    octets = tarred(tarfile.GNU_FORMAT, ("a", "b", "c"))
    assert not read(octets, room=3).overflowed
    reader = read(octets, room=2)
    assert (reader.overflowed, [member.name for member in reader.members()]) == (True, [b"a", b"b"])


@given(
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.lists(st.integers(0, 9000), max_size=8),
    st.integers(0, 9000),
)
def test_what_is_listed_does_not_depend_on_segments(
    form: int, places: list[int], length: int
) -> None:
    octets = tarred(form)[:length]
    assert read(octets).members() == read(*pieces(octets, places)).members()

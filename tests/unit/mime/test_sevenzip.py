from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.sevenzip import AES, SevenZipReader
from tests.support.mails import pieces

#: The last header of an archive whose list is packed: by LZMA, and by LZMA and AES.
PACKED = bytes.fromhex("1706 2001 0909 070b 0100 0123 0301 0105 5d00100000 0c0a 0a01")
ENCRYPTED = bytes.fromhex("1706 2001 0930 070b 0100 0224") + AES + bytes(10)


def archive(header: bytes, data: bytes = b"data" * 500) -> bytes:
    place, length = len(data).to_bytes(8, "little"), len(header).to_bytes(8, "little")
    return b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + place + length + bytes(4) + data + header


@pytest.mark.parametrize(("header", "expected"), [(PACKED, False), (ENCRYPTED, True)])
def test_a_list_that_needs_a_password_is_seen(header: bytes, expected: bool) -> None:
    reader = SevenZipReader(1)
    reader.feed(archive(header))
    assert reader.encrypted is expected
    assert (reader.members(), reader.kind(), reader.overflowed) == ([], None, False)


def test_what_stands_in_the_data_is_not_the_list() -> None:
    reader = SevenZipReader(1)
    reader.feed(archive(PACKED, AES * 100))
    assert not reader.encrypted


@given(st.lists(st.integers(0, 2100), max_size=8), st.integers(0, 2100))
def test_what_is_seen_does_not_depend_on_segments(places: list[int], length: int) -> None:
    octets = archive(ENCRYPTED)[:length]
    whole, cut = SevenZipReader(1), SevenZipReader(1)
    whole.feed(octets)
    for piece in pieces(octets, places):
        cut.feed(piece)
    assert whole.encrypted == cut.encrypted

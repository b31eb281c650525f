"""The hashes of a message, late or as it comes."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.digests import BODY_MD5, HASHES, MD5, MOST_KEPT, SHA256, Digests, PutOff


def expected(header: bytes, body: bytes) -> dict[str, str]:
    return {
        MD5: hashlib.md5(header + body, usedforsecurity=False).hexdigest(),
        SHA256: hashlib.sha256(header + body).hexdigest(),
        BODY_MD5: hashlib.md5(body, usedforsecurity=False).hexdigest(),
    }


@given(st.binary(max_size=20), st.lists(st.binary(max_size=9), min_size=1), st.integers(-1, 5))
def test_it_is_the_same_whenever_the_hashing_begins(
    header: bytes, body: list[bytes], begin: int
) -> None:
    digests = Digests()
    if begin < 0:
        digests.begin()
    digests.feed(header + body[0])
    digests.body(body[0])
    for number, piece in enumerate(body[1:]):
        if number == begin:
            digests.begin()
        digests.feed(piece)
    assert digests.facts() == expected(header, b"".join(body))


def test_only_what_is_wanted_is_made() -> None:
    digests = Digests()
    digests.feed(b"A: b\r\n\r\nbody")
    digests.body(b"body")
    assert digests.facts(frozenset()) == {}
    assert digests.held_octets == 12
    assert digests.facts(HASHES - {MD5}).keys() == {SHA256, BODY_MD5}


def test_without_a_body_there_is_no_hash_of_it() -> None:
    digests = Digests()
    digests.feed(b"A: b\r\n")
    assert digests.facts().keys() == {MD5, SHA256}


def test_of_a_large_message_nothing_is_kept() -> None:
    digests = Digests()
    digests.feed(b"\r\n")
    digests.body(b"")
    block = bytes(1024)
    for _ in range(MOST_KEPT // len(block)):
        digests.feed(block)
    assert digests.held_octets == 0
    assert digests.facts() == expected(b"\r\n", bytes(MOST_KEPT))


@pytest.mark.parametrize("begun", [False, True])
def test_where_octets_were_lost_there_are_no_hashes(begun: bool) -> None:
    digests = Digests()
    digests.feed(b"A: b")
    if begun:
        digests.begin()
    digests.gap()
    digests.feed(b"c")
    assert (digests.facts(), digests.held_octets) == ({}, 0)


def test_what_is_put_off_can_be_made_elsewhere() -> None:
    here = PutOff(Digests(b"A: b\r\n\r\nbody", 8), HASHES)
    plain = here.plain()
    assert plain is not None
    assert PutOff.restored(*plain)() == here() == expected(b"A: b\r\n\r\n", b"body")


def test_what_is_hashed_already_has_nothing_left_to_send() -> None:
    digests = Digests(b"A: b\r\n\r\nbody", 8)
    digests.begin()
    assert PutOff(digests, HASHES).plain() is None

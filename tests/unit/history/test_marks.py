from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.history.marks import (
    MOST_AT_HAND,
    WIDTH,
    added,
    count,
    holds,
    mark_of,
    network_of,
    place,
    sized,
)

MARKS = st.binary(min_size=WIDTH, max_size=WIDTH)


def test_a_text_has_one_mark_and_another_text_another() -> None:
    assert len(mark_of("192.0.2.1")) == WIDTH
    assert mark_of("192.0.2.1") == mark_of("192.0.2.1") != mark_of("192.0.2.2")


@given(st.text(st.characters(), max_size=40))
def test_a_mark_is_a_hash_of_the_text_as_stores_hold_it(text: str) -> None:
    octets = text.encode("utf-8", "backslashreplace")
    assert mark_of(text) == mark_of(text) == blake2b(octets, digest_size=WIDTH).digest()


def test_any_text_has_a_mark() -> None:
    octets = "\ud800\0\u2028".encode("utf-8", "backslashreplace")
    assert mark_of("\ud800\0\u2028") == blake2b(octets, digest_size=WIDTH).digest()


def test_a_mark_is_the_same_once_many_others_came() -> None:
    before = mark_of("192.0.2.1")
    for number in range(MOST_AT_HAND):
        mark_of(f"{number}")
    assert mark_of("192.0.2.1") == before


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("0.0.0.1", "::1", False),
        ("no address", "no address", True),
        ("no address", "999.0.2.1", False),
    ],
)
def test_a_network_is_a_24_or_a_48(one: str, other: str, same: bool) -> None:
    assert len(network_of(one)) == WIDTH
    assert (network_of(one) == network_of(other)) is same


def test_a_mark_is_found_only_where_one_begins() -> None:
    half = bytes(range(16))
    inner = half[4:12]
    assert not holds(half, inner)
    assert holds(half + inner, inner)
    assert place(half + inner, inner, WIDTH) == 16


@given(st.lists(MARKS, max_size=12), st.integers(1, 5))
def test_marks_are_the_last_different_ones(added_: list[bytes], most: int) -> None:
    marks, model = b"", list[bytes]()
    for mark in added_:
        marks = added(marks, mark, most)
        model = [*(known for known in model if known != mark), mark][-most:]
        assert marks == b"".join(model)
        assert count(marks) == len(model)
        assert all(holds(marks, known) for known in model)


@given(st.lists(st.sampled_from([b"\0" * 8, b"\1" + b"\0" * 7, b"\0" * 7 + b"\1"]), max_size=9))
def test_marks_that_overlap_each_other_are_told_apart(added_: list[bytes]) -> None:
    marks = b""
    for mark in added_:
        marks = added(marks, mark, 8)
    assert count(marks) == len(set(added_))


def test_marks_that_are_only_counted_are_the_same_for_all() -> None:
    one, two = mark_of("a"), mark_of("a") + mark_of("b")
    assert (sized(b""), sized(one)) == (b"", one)
    assert count(sized(two)) == 2
    assert sized(two) is sized(mark_of("c") + mark_of("d"))

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Limits
from smtpids.packet.counters import DecodeCounters
from smtpids.packet.fragments import OVERHEAD, Datagram, Fragment, Fragments

TCP = 6


def piece(start: int, data: bytes, *, more: bool = True, length: int | None = None) -> Fragment:
    return Fragment(start, len(data) if length is None else length, more, TCP, data)


def store(**limits: int) -> tuple[Fragments, DecodeCounters]:
    counts = DecodeCounters()
    return Fragments(Limits(**limits), counts), counts


def add(fragments: Fragments, *pieces: Fragment, key: bytes = b"k") -> list[Datagram]:
    found = [fragments.add(0, key, one) for one in pieces]
    return [datagram for datagram in found if datagram is not None]


@given(
    st.binary(min_size=1, max_size=400),
    st.lists(st.integers(1, 49), unique=True),
    st.randoms(use_true_random=False),
)
def test_any_order_of_any_cut_makes_the_datagram(
    data: bytes, cuts: list[int], order: object
) -> None:
    places = [0, *sorted(cut * 8 for cut in cuts if cut * 8 < len(data)), len(data)]
    pieces = [
        piece(start, data[start:end], more=end < len(data))
        for start, end in itertools.pairwise(places)
    ]
    order.shuffle(pieces)  # type: ignore[attr-defined]  # typeshed hides random.Random here
    fragments, counts = store()
    assert [(TCP, data, 0)] == add(fragments, *pieces)
    assert (len(pieces), 1, 0) == (
        counts.fragments,
        counts.reassembled,
        counts.fragment_overlaps,
    )
    assert fragments.octets == 0


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 12), st.integers(0, 255)), max_size=30),
    st.integers(1, 30),
)
def test_the_first_copy_of_an_octet_stands(written: list[tuple[int, int, int]], last: int) -> None:
    """Against a model that is a dict from offset to octet."""
    fragments, _ = store()
    end = last * 8
    model: dict[int, int] = {}
    add(fragments, piece(end, b"e" * 8, more=False))
    model.update(dict.fromkeys(range(end, end + 8), ord("e")))
    for start, length, value in [*written, (0, last + 1, 0)]:
        one = piece(start * 8, bytes((value,)) * (length * 8))
        found = add(fragments, one)
        if one.end <= end + 8:
            for place in range(one.start, one.end):
                model.setdefault(place, value)
        if found:
            assert [(TCP, bytes(model[place] for place in sorted(model)), 0)] == found
            return
    assert len(model) < end + 8


def test_a_repeated_fragment_is_no_overlap() -> None:
    fragments, counts = store()
    one, two = piece(0, b"a" * 16), piece(16, b"b", more=False)
    assert add(fragments, one, one, two) == [(TCP, b"a" * 16 + b"b", 0)]
    assert counts.fragment_overlaps == 0


def test_other_octets_in_the_same_place_are_an_overlap() -> None:
    fragments, counts = store()
    pieces = (piece(0, b"a" * 16), piece(0, b"A" * 16), piece(16, b"b", more=False))
    assert add(fragments, *pieces) == [(TCP, b"a" * 16 + b"b", 0)]
    assert counts.fragment_overlaps == 1


def test_a_datagram_is_marked_only_if_its_own_fragments_overlapped() -> None:
    fragments, counts = store()
    add(fragments, piece(0, b"a" * 16), piece(0, b"A" * 16), key=b"one")
    add(fragments, piece(0, b"c" * 8), piece(8, b"d", more=False), key=b"two")
    assert not counts.overlapped
    add(fragments, piece(16, b"b", more=False), key=b"one")
    assert counts.overlapped


def test_a_fragment_that_covers_several_fills_the_holes_between_them() -> None:
    fragments, counts = store()
    pieces = (
        piece(8, b"b" * 8),
        piece(24, b"d" * 8),
        piece(0, b"x" * 40),
        piece(40, b"f", more=False),
    )
    expected = b"x" * 8 + b"b" * 8 + b"x" * 8 + b"d" * 8 + b"x" * 8 + b"f"
    assert [(TCP, expected, 0)] == add(fragments, *pieces)
    assert counts.fragment_overlaps == 1


def test_the_first_end_stands() -> None:
    fragments, counts = store()
    add(fragments, piece(16, b"c" * 8, more=False))
    add(fragments, piece(32, b"z" * 8, more=False), piece(24, b"z" * 8))
    assert add(fragments, piece(0, b"a" * 16)) == [(TCP, b"a" * 16 + b"c" * 8, 0)]
    assert counts.fragment_overlaps == 2


def test_an_end_before_what_is_held_is_an_overlap() -> None:
    fragments, counts = store()
    assert add(fragments, piece(16, b"c" * 8), piece(0, b"a" * 8, more=False)) == []
    assert counts.fragment_overlaps == 1


def test_octets_that_were_not_captured_end_the_payload() -> None:
    fragments, _ = store()
    pieces = (piece(0, b"a" * 10, length=16), piece(16, b"b" * 8, more=False))
    assert add(fragments, *pieces) == [(TCP, b"a" * 10, 14)]


def test_datagrams_do_not_mix() -> None:
    fragments, _ = store()
    add(fragments, piece(0, b"a" * 8), key=b"one")
    assert add(fragments, piece(8, b"b", more=False), key=b"two") == []


def test_a_datagram_is_given_up_in_time() -> None:
    fragments, counts = store(fragment_ns=100)
    assert fragments.add(0, b"k", piece(0, b"a" * 8)) is None
    assert fragments.add(100, b"other", piece(0, b"a" * 8)) is None
    assert counts.fragment_timeouts == 0
    assert fragments.add(101, b"k", piece(8, b"b", more=False)) is None
    assert counts.fragment_timeouts == 1


def test_the_oldest_datagram_goes_at_the_limit() -> None:
    cost = 2 * OVERHEAD + 8
    fragments, counts = store(fragments_octets=2 * cost)
    for key in (b"one", b"two", b"three"):
        add(fragments, piece(0, b"a" * 8), key=key)
    assert counts.fragment_limit == 1
    assert fragments.octets == 2 * cost
    rest = piece(8, b"b", more=False)
    assert add(fragments, rest, key=b"one") == []
    assert add(fragments, rest, key=b"three") == [(TCP, b"a" * 8 + b"b", 0)]


def test_a_flood_of_small_fragments_stays_within_the_limit() -> None:
    limit = 100_000
    fragments, counts = store(fragments_octets=limit)
    for number in range(2000):
        add(fragments, piece(number % 50 * 16, b"x" * 8), key=number.to_bytes(2, "big"))
    assert fragments.octets <= limit
    assert counts.fragment_limit > 1000

"""Sequence numbers against plain integers, around the wrap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.tcp.sequence import MASK, advance, distance, precedes

NEAR_THE_WRAP = st.integers(-100, 100)
NUMBERS = st.integers(0, MASK) | NEAR_THE_WRAP.map(lambda number: number & MASK)
STEPS = st.integers(-(1 << 31) + 1, (1 << 31) - 1) | NEAR_THE_WRAP


@given(NUMBERS, STEPS)
def test_the_distance_to_an_advanced_number_is_the_step(start: int, step: int) -> None:
    assert step == distance(start, advance(start, step))


@given(NUMBERS, STEPS)
def test_an_advanced_number_is_a_sequence_number(start: int, step: int) -> None:
    assert (start + step) % (1 << 32) == advance(start, step)


@given(NUMBERS, STEPS)
def test_a_number_precedes_those_ahead_of_it_and_no_other(start: int, step: int) -> None:
    assert (step > 0) == precedes(start, advance(start, step))


@given(NUMBERS, NUMBERS)
def test_the_distance_lies_within_half_of_the_numbers(start: int, end: int) -> None:
    assert -(1 << 31) <= distance(start, end) < 1 << 31
    assert (end - start) % (1 << 32) == distance(start, end) % (1 << 32)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (MASK, 0, 1),
        (0, MASK, -1),
        (0xFFFF_FFF0, 0x10, 0x20),
        (0x10, 0xFFFF_FFF0, -0x20),
        (0, 0x7FFF_FFFF, 0x7FFF_FFFF),
        (0, 0x8000_0000, -0x8000_0000),
        (5, 5, 0),
    ],
)
def test_distances_across_the_wrap(start: int, end: int, expected: int) -> None:
    assert expected == distance(start, end)

from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.outputs.octets import is_torn, push


class Narrow:
    """Takes the given numbers of octets, one a call, and then fails."""

    def __init__(self, *counts: int) -> None:
        self.counts = list(counts)
        self.taken = b""

    def write(self, octets: bytes) -> int:
        if not self.counts:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = min(self.counts.pop(0), len(octets))
        self.taken += octets[:count]
        return count


def test_what_the_system_did_not_take_is_tried_again() -> None:
    target = Narrow(2, 1, 10)
    assert push(target.write, b"abcdef") == (6, None)
    assert target.taken == b"abcdef"


def test_a_failure_says_how_far_it_came() -> None:
    target = Narrow(2)
    taken, error = push(target.write, b"abcdef")
    assert taken == 2
    assert error is not None
    assert error.errno == errno.ENOSPC


def test_a_target_that_takes_nothing_is_a_failure() -> None:
    taken, error = push(Narrow(0, 5).write, b"abc")
    assert taken == 0
    assert error is not None
    assert error.errno == errno.EIO


def test_nothing_needs_no_write() -> None:
    assert push(Narrow().write, b"") == (0, None)


@given(st.binary(max_size=40), st.lists(st.integers(1, 9), min_size=40, max_size=40))
def test_any_portions_give_the_same_octets(octets: bytes, counts: list[int]) -> None:
    target = Narrow(*counts)
    assert push(target.write, octets) == (len(octets), None)
    assert target.taken == octets


@pytest.mark.parametrize(
    ("taken", "before", "torn"),
    [(0, False, False), (0, True, True), (1, True, True), (2, True, False), (3, False, True)],
)
def test_a_target_is_torn_if_it_ends_within_a_line(taken: int, before: bool, torn: bool) -> None:
    assert is_torn(b"a\nb\n", taken, before=before) is torn

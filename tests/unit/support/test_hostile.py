"""Hostile captures are what they are said to be: files of about so many octets."""

from __future__ import annotations

import pytest

from tests.support.hostile.captures import captures
from tests.support.hostile.work import calls

OCTETS = 20_000


@pytest.mark.slow
@pytest.mark.parametrize("group", ["file", "lines", "packets", "mail: a", "mail: m", "mail: f"])
def test_a_capture_has_about_so_many_octets(group: str) -> None:
    made = {name: len(make(OCTETS)) for name, make in captures().items() if name.startswith(group)}
    assert made
    # one hostile line may be 60 kB long
    assert {name: size for name, size in made.items() if not 5_000 < size < 200_000} == {}


def test_the_same_work_has_the_same_number_of_calls() -> None:
    def work() -> None:
        assert sorted([3, 1, 2]) == [1, 2, 3]

    assert calls(work) == calls(work) == 3

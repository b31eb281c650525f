"""Histograms against counting one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smtpids.metrics.histogram import Histogram

BOUNDS = (1.0, 2.5, 10.0)


def test_an_observation_on_a_bound_belongs_to_its_bucket() -> None:
    histogram = Histogram(BOUNDS)
    histogram.observe(2.5)
    assert histogram.cumulative() == [0, 1, 1, 1]
    assert histogram.total == 2.5


@given(st.lists(st.integers(-5, 20)))
def test_a_bucket_covers_what_is_at_most_its_bound(values: list[int]) -> None:
    histogram = Histogram(BOUNDS)
    for value in values:
        histogram.observe(value)
    bounds = (*BOUNDS, float("inf"))
    assert [sum(value <= bound for value in values) for bound in bounds] == histogram.cumulative()
    assert sum(values) == histogram.total


@given(st.lists(st.integers(-5, 20)))
def test_one_that_is_assigned_what_another_holds_is_like_it(values: list[int]) -> None:
    one, other = Histogram(BOUNDS), Histogram(BOUNDS)
    for value in values:
        one.observe(value)
    other.assign(*one.plain())
    assert other.cumulative() == one.cumulative()
    assert other.total == one.total
    other.observe(1)
    assert len(values) == one.cumulative()[-1]

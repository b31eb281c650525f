from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.alerts.moment import rfc3339
from tests.unit.alerts.samples import NOON


@pytest.mark.parametrize(
    ("ts_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (NOON + 123_456_789, "2026-11-23T12:00:00.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (253_402_300_800 * 10**9, "9999-12-31T23:59:59.000000Z"),
        (-(2**80), "0001-01-01T00:00:00"),
    ],
)
def test_nanoseconds_are_written_as_rfc_3339(ts_ns: int, text: str) -> None:
    assert rfc3339(ts_ns).startswith(text)


@given(st.integers(-(2**66), 2**66))
def test_any_time_can_be_written(ts_ns: int) -> None:
    assert len(rfc3339(ts_ns)) == 27


def test_a_moment_is_written_the_same_after_any_other() -> None:
    texts = [rfc3339(ts_ns) for ts_ns in (NOON, NOON + 10**9, NOON, NOON + 99_999_999)]
    assert texts == [
        "2026-11-23T12:00:00.000000Z",
        "2026-11-23T12:00:01.000000Z",
        "2026-11-23T12:00:00.000000Z",
        "2026-11-23T12:00:00.099999Z",
    ]

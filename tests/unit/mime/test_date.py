from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.mime.date import utc


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Tue, 26 Nov 2013 16:30:19 +0100 (CET)", "2013-11-26T15:30:19Z"),
        (b"5 Oct 2009 11:36:07 +0530", "2009-10-05T06:06:07Z"),
        (b"Mon,  5 Oct 2009 11:36 -0030", "2009-10-05T12:06:00Z"),
        (b"Fri, 1 Jan 49 00:00:00 GMT", "2049-01-01T00:00:00Z"),
        (b"Fri, 1 Jan 99 00:00:00 EST", "1999-01-01T05:00:00Z"),
        (b"1 JAN 2000 00:00:00 Z", "2000-01-01T00:00:00Z"),
        (b"1 Jan 100 00:00:00", "2000-01-01T00:00:00Z"),
        (b"31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z"),
    ],
)
def test_a_date_is_told_in_utc(value: bytes, text: str) -> None:
    assert utc(value) == text


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"yesterday",
        b"2013-11-26T16:30:19Z",
        b"31 Feb 2013 00:00:00 +0000",
        b"1 Foo 2013 00:00:00 +0000",
        b"1 Jan 2013 24:00:00 +0000",
        b"1 Jan 2013 00:00:61 +0000",
        b"1 Jan 0000 00:00:00 +0000",
        b"1 Jan 0001 00:00:00 +0100",
        b"1 Jan 2013 00:00:00 +0000 and more",
        b"01 Jan 2013T00:00:00 +0000",
        b"01-Jan-2013 00:00:00 +0000",
        b"01 Jan 2013 00:00-00 +0000",
        "\u0661 Jan 2013 00:00:00 +0000".encode(),
        b"1" * 100_000,
    ],
)
def test_anything_else_is_no_date(value: bytes) -> None:
    assert utc(value) == ""


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - Hypothesis wants naive bounds
    st.integers(-14 * 60, 14 * 60),
)
def test_what_the_standard_library_writes_is_read(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    told = utc(format_datetime(moment).encode())
    assert datetime.fromisoformat(told) == moment.astimezone(UTC)


@given(
    st.integers(0, 99),
    st.sampled_from(["Jan", "Feb", "Apr"]),
    st.sampled_from([0, 1, 1900, 2000, 2024]),
    st.integers(0, 26),
    st.integers(0, 61),
    st.integers(0, 60),
    st.integers(-1500, 1500),
)
def test_a_date_without_the_calendar_is_as_with_it(
    day: int, month: str, year: int, hour: int, minute: int, second: int, east: int
) -> None:
    zone = f"{'-' if east < 0 else '+'}{abs(east) // 60:02d}{abs(east) % 60:02d}"
    told = utc(f"{day} {month} {year:04d} {hour}:{minute:02d}:{second:02d} {zone}".encode())
    number = ("Jan", "Feb", "Mar", "Apr").index(month) + 1
    try:
        moment = datetime(year, number, day, hour, minute, min(second, 59), tzinfo=UTC)
        moment -= timedelta(minutes=east)
    except (ValueError, OverflowError):
        assert told == ""
    else:
        assert told == moment.isoformat().removesuffix("+00:00") + "Z"


@given(st.binary(max_size=60))
def test_no_octets_raise(value: bytes) -> None:
    assert utc(value)[-1:] in {"", "Z"}

"""Moments as RFC 3339 text, as all records have them.

An alert holds some twenty moments of a few seconds, so the text of a second is kept, and that of
its day; the clock is looked up, which takes a twentieth of what the calendar takes.
"""

from __future__ import annotations

from datetime import date
from string import digits
from typing import Final

from smtpids.config import SECOND

DAY: Final = 86_400
_FIRST: Final = -62_135_596_800
"""Seconds: the year 1, and the year 9999."""
_LAST: Final = 253_402_300_799
_EPOCH: Final = date(1970, 1, 1).toordinal()
#: Numbers below 100 and 1000 with their zeros: to look them up takes a tenth of what formatting
#: takes, and so does to join them of their digits.
TWO: Final = [tens + ones for tens in digits for ones in digits]
THREE: Final = [hundreds + rest for hundreds in digits for rest in TWO]
_MICROS: Final = [number + "Z" for number in THREE]
_MINUTES: Final = ["T" + hour + ":" + minute + ":" for hour in TWO[:24] for minute in TWO[:60]]
_SECONDS: Final = [number + "." for number in TWO[:60]]


class _Latest:
    """The second and the day that were asked for last, and their texts; one value, for threads."""

    def __init__(self) -> None:
        self.second: tuple[int, str] = (0, "1970-01-01T00:00:00.")
        self.day: tuple[int, str] = (0, "1970-01-01")


_LATEST: Final = _Latest()


def rfc3339(ts_ns: int) -> str:
    """Return nanoseconds since 1970 as RFC 3339 text in UTC, cut to microseconds.

    A damaged capture may name a time beyond the calendar; it becomes the nearest that exists.
    """
    micros = ts_ns % SECOND // 1000
    return f"{up_to_point(ts_ns // SECOND)}{THREE[micros // 1000]}{_MICROS[micros % 1000]}"


def up_to_point(seconds: int) -> str:
    """Return the text of a second since 1970 up to the point of its fraction."""
    second, text = _LATEST.second
    if second == seconds:
        return text
    within = min(max(seconds, _FIRST), _LAST)
    days, clock = within // DAY, within % DAY
    day, its_date = _LATEST.day
    if day != days:
        its_date = date.fromordinal(_EPOCH + days).isoformat()
        _LATEST.day = (days, its_date)
    text = f"{its_date}{_MINUTES[clock // 60]}{_SECONDS[clock % 60]}"
    _LATEST.second = (seconds, text)
    return text

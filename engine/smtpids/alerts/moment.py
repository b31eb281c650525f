"""Moments as RFC 3339 text, as all records have them.

An alert holds some twenty moments of a few seconds, so the text of a second is made once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from smtpids.config import SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_FIRST: Final = -62_135_596_800
"""Seconds: the year 1, and the year 9999."""
_LAST: Final = 253_402_300_799
#: Numbers below 1000 with their zeros: to look them up takes a tenth of what formatting takes.
_THREE: Final = [f"{number:03}" for number in range(1000)]


class _Latest:
    """The second that was asked for last, and its text up to the point; one value, for threads."""

    def __init__(self) -> None:
        self.second: tuple[int, str] = (0, "1970-01-01T00:00:00.")


_LATEST: Final = _Latest()


def rfc3339(ts_ns: int) -> str:
    """Return nanoseconds since 1970 as RFC 3339 text in UTC, cut to microseconds.

    A damaged capture may name a time beyond the calendar; it becomes the nearest that exists.
    """
    seconds = ts_ns // SECOND
    latest = _LATEST.second
    text = latest[1] if latest[0] == seconds else _second(seconds)
    micros = ts_ns % SECOND // 1000
    return f"{text}{_THREE[micros // 1000]}{_THREE[micros % 1000]}Z"


def _second(seconds: int) -> str:
    """Return the text of a second up to its point, and keep it."""
    within = min(max(seconds, _FIRST), _LAST)
    text = (_EPOCH + timedelta(seconds=within)).isoformat() + "."
    _LATEST.second = (seconds, text)
    return text

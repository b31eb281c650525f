"""Reads the date of a message (RFC 5322 3.3, with the obsolete forms of 4.3).

The standard library's parser takes almost anything for a date. Here, what is not a date by the
grammar, or not one of the calendar, is none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from string import digits
from typing import Final

from smtpids.pattern import Pattern

#: Day and time with what may be left out; zone as digits or letters; comments may follow.
DATE: Final = Pattern(
    r"[ \t]*(?:[A-Za-z]{3}[ \t]*,)?[ \t]*(\d{1,2})[ \t]+([A-Za-z]{3})[ \t]+(\d{2,4})[ \t]+"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?[ \t]*(?:([+-])(\d{2})(\d{2})|([A-Za-z]{1,5}))?[ \t]*(?:\(|$)",
    re.ASCII,
)
#: A date has about 40 characters; what follows them is comment.
MOST_OCTETS: Final = 128
MONTHS: Final[dict[str, int]] = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
#: RFC 5322 4.3: hours from UTC; letters that are not listed say nothing and count as UTC.
ZONES: Final[dict[str, int]] = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
#: Days of a month in every year.
DAYS: Final = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MINUTES_OF_DAY: Final = 24 * 60
#: Months and days of the week as nearly all programs write them.
WRITTEN: Final[dict[str, int]] = {name.title(): number for name, number in MONTHS.items()}
WEEK: Final = frozenset({"Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "})
#: How the years begin in which mail was sent so far, and will be for long.
CENTURIES: Final = frozenset({"19", "20"})
#: Numbers as a date is told with them.
TWO: Final = tuple([tens + ones for tens in digits[:6] for ones in digits])
#: What one or two digits stand for.
NUMBERS: Final[dict[str, int]] = {
    **{str(number): number for number in range(100)},
    **{"0" + digit: number for number, digit in enumerate(digits)},
}
#: Stands for what is no number.
NONE: Final = 10_000
#: Minutes of a day as nearly all programs write them, seconds, and zones: in quarters of an hour.
CLOCK: Final[dict[str, int]] = {
    TWO[hour] + ":" + TWO[minute]: 60 * hour + minute for hour in range(24) for minute in range(60)
}
SECONDS: Final = frozenset(TWO)
EAST: Final[dict[str, int]] = {
    sign + TWO[hours] + TWO[minutes]: factor * (60 * hours + minutes)
    for sign, factor in (("+", 1), ("-", -1))
    for hours in range(15)
    for minutes in (0, 15, 30, 45)
}
#: Days that were read, and how many of them are kept: nobody can fill the memory with them.
MOST_KEPT: Final = 1_024
_days: Final[dict[str, str]] = {}


def utc(value: bytes) -> str:
    """Return the date in UTC as ISO 8601 to the second, or nothing."""
    text = value[:MOST_OCTETS].decode("ascii", "replace")
    usual = _usual(text)
    if usual:
        return usual
    found = DATE.match(text)
    if found is None:
        return ""
    day, name, year, hour, minute, second, sign, zone_hours, zone_minutes, zone = found.groups()
    month = MONTHS.get(name.lower())
    seconds = NUMBERS[second] if second else 0
    if month is None or seconds > 60:
        return ""
    seconds = min(seconds, 59)  # a leap second is the 60th
    if sign:
        east = 60 * NUMBERS[zone_hours] + NUMBERS[zone_minutes]
        east = -east if sign == "-" else east
    else:
        east = 60 * ZONES.get(zone.upper(), 0) if zone else 0
    days, hours, minutes = NUMBERS[day], NUMBERS[hour], NUMBERS[minute]
    plain = _without_calendar(year, month, days, 60 * hours + minutes, seconds, east)
    if plain and hours < 24 and minutes < 60:
        return plain
    try:
        moment = datetime(_year(year), month, days, hours, minutes, seconds, tzinfo=UTC)
        if east:
            moment -= timedelta(minutes=east)
    except (ValueError, OverflowError):
        return ""
    return moment.isoformat()[:19] + "Z"


def _usual(text: str) -> str:
    """Return what `utc` does of `Sun, 05 Nov 2023 04:04:17 +0000`, where no calendar is needed.

    Nothing of any other form: nearly all programs write this one, whose parts have their places.
    """
    if text[:5] in WEEK:
        text = text[5:]
    if text[1:2] == " ":
        text = "0" + text
    size = len(text)
    if size < 26 or (size > 26 and text[26:28] != " ("):
        return ""
    if not (text[11] == text[20] == " " and text[17] == ":"):
        return ""
    minutes = CLOCK.get(text[12:17], NONE)
    east = EAST.get(text[21:26], NONE)
    moment = minutes - east
    day = _days.get(text[:11], "")
    if not day:
        day = _day(text[:11])
    if not day or text[18:20] not in SECONDS or max(minutes, east) == NONE:
        return ""
    if not east:
        return day + "T" + text[12:20] + "Z"
    if not 0 <= moment < MINUTES_OF_DAY:
        return ""
    return day + "T" + TWO[moment // 60] + ":" + TWO[moment % 60] + text[17:20] + "Z"


def _day(text: str) -> str:
    """Return `05 Nov 2023` as ISO 8601, or nothing."""
    month = WRITTEN.get(text[3:6], 0)
    day, years = NUMBERS.get(text[:2], NONE), NUMBERS.get(text[9:11], NONE)
    if text[2] + text[6] != "  " or text[7:9] not in CENTURIES or years == NONE:
        return ""
    if not 0 < day <= DAYS[month]:
        return ""
    if len(_days) >= MOST_KEPT:
        _days.clear()
    made = _days[text] = f"{text[7:11]}-{TWO[month]}-{TWO[day]}"
    return made


def _without_calendar(
    year: str, month: int, day: int, minutes: int, seconds: int, east: int
) -> str:
    """Return what `utc` does where the day stays the same; nothing where a calendar is needed.

    Nearly all dates are such, and the calendar takes four times as long. `minutes` are those of
    the day, `east` is from UTC in minutes.
    """
    moment = minutes - east
    if len(year) != 4 or year < "0001" or not 0 < day <= DAYS[month]:
        return ""
    if not 0 <= moment < MINUTES_OF_DAY:
        return ""
    clock = f"{TWO[moment // 60]}:{TWO[moment % 60]}:{TWO[seconds]}"
    return f"{year}-{TWO[month]}-{TWO[day]}T{clock}Z"


def _year(digits: str) -> int:
    """RFC 5322 4.3: two digits are 1950 to 2049, three count from 1900."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)

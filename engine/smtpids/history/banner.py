"""What stays the same in a server's greeting from one session to the next.

Greetings hold a clock, a queue id or a random word, which would make each one new. Left are the
host name and the words of the product with their versions: what changes if another server answers
or the software is changed. No list of products is needed, only what a stable word looks like:

* The first word, if it is a host name, in lower case.
* Words of letters, unless they name a day, a month or a zone, or change case like noise.
* Versions: `4.96`, `8.15.2/8.15.2`, `Postfix/3.8`. An address or a date is none.

Numbers, words in brackets, words that mix letters and digits, and what follows a time are dropped.
A word too many that is dropped costs little; one that is kept and changes would cost an alert.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from smtpids.pattern import Pattern

#: Characters of a normalised greeting that are kept.
MOST: Final = 128
#: Words of a greeting that are looked at.
WORDS: Final = 40

#: Days, months, halves of the day, and the zone that servers name most.
_CALENDAR: Final = Pattern(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|(?:nov|dec)(?:ember)?|am|pm|gmt|utc",
    re.IGNORECASE,
)
_HOST: Final = Pattern(r"(?=.*[A-Za-z])[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_CLOCK: Final = Pattern(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?Z?")
_BEHIND_CLOCK: Final = Pattern(r"[+-]?[0-9]+(?::[0-9]{2})?|[A-Z]{1,5}")
_WORD: Final = Pattern(r"[^\W\d_]+(?:[-/&'.][^\W\d_]+)*")
_NUMBERS: Final = r"[vV]?[0-9]{1,6}(?:\.[0-9]{1,6})+[a-z]?[0-9]?"
_VERSION: Final = Pattern(rf"(?:[^\W\d_]+[/-])?{_NUMBERS}(?:[/+~-](?:{_NUMBERS}|[^\W\d_]+[0-9]*))*")
_DATE: Final = Pattern(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}|[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}")
_QUAD: Final = Pattern(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_TURN: Final = Pattern(r"[a-z][A-Z]")
#: Letters that follow a small one as a capital: SimpleEmailService has two.
_MOST_TURNS: Final = 2


@lru_cache(maxsize=1024)
def normal(greeting: str) -> str:
    """Return what is stable in a greeting's text, empty if nothing is."""
    line = greeting.partition("\n")[0]
    kept: list[str] = []
    behind_clock = False
    for index, word in enumerate(line.split(None, WORDS)[:WORDS]):
        if word[0] in "[<{":
            continue
        bare = word.strip("()[]<>{},;:.*=\"'")
        if _CLOCK.fullmatch(bare):
            behind_clock = True
            continue
        if behind_clock and (not bare or _BEHIND_CLOCK.fullmatch(bare)):
            continue
        behind_clock = False
        if index == 0 and _HOST.fullmatch(bare):
            kept.append(bare.lower())
        elif _is_stable(bare):
            kept.append(bare)
    return " ".join(kept)[:MOST]


def _is_stable(word: str) -> bool:
    if _WORD.fullmatch(word):
        return not _CALENDAR.fullmatch(word) and len(_TURN.findall(word)) <= _MOST_TURNS
    return bool(_VERSION.fullmatch(word)) and not _DATE.fullmatch(word) and not _is_address(word)


def _is_address(word: str) -> bool:
    """Tell whether it may be an IPv4 address; 10.0.14393.4169 is a version of Windows."""
    return bool(_QUAD.fullmatch(word)) and all(int(number) < 256 for number in word.split("."))

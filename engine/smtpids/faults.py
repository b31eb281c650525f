"""What is wrong with the rules, collected: an author wants to see all of it at once."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from smtpids.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.errors import Location


#: A longer word is no misspelt name.
LONGEST_WORD: Final = 80


class Faults:
    """Errors, which keep the rules from being used, and warnings, which do not."""

    __slots__ = ("errors", "warnings")

    def __init__(self) -> None:
        self.errors: list[RuleError] = []
        self.warnings: list[RuleError] = []

    def error(self, place: Location, message: str) -> None:
        """Add an error."""
        self.errors.append(RuleError(place, message))

    def warning(self, place: Location, message: str) -> None:
        """Add a warning."""
        self.warnings.append(RuleError(place, message, severity="warning"))


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """Return `unknown WHAT 'WORD'`, with the known word that was probably meant."""
    near = nearest(word, known)
    return f"unknown {what} '{word}'" + (f", did you mean '{near}'?" if near else "")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or nothing if none is."""
    return _nearest(word, tuple(known)) if len(word) <= LONGEST_WORD else ""


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str:
    """Do so slowly: some milliseconds. A file may hold the same mistake ten thousand times."""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return by_lower[found[0]] if found else ""

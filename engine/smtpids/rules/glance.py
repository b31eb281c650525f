"""One look at a text that tells that none of many words is in it.

Rules look for dozens of words in a path or a name, nearly always in vain, and each of them costs a
search. A glance goes over the text once instead, with a table of the rarest three characters of
each word. It may be wrong where it says that there is a word, never where it says that there is
none. Only compiled code is quick enough for it; otherwise every text is worth a search.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from mypy_extensions import i64

#: A place in the table is a character and five bits of each of the two before it, in which upper
#: and lower case are alike: 2^17 bits, of which a short text touches few.
OCTETS: Final = 1 << 14
_ANY: Final = range(32)
#: To go over more characters takes longer than to search them.
MOST_CHARS: Final = 256
#: Characters, the most frequent ones of mail first; other signs are rarer.
_FREQUENT: Final = " .:<>=@-_0123456789etaoinsrhldcumfpgwybvkxjqz"
_SIGN: Final = 60
#: What very many commands hold says nothing.
_EVERYWHERE: Final = "from:<user to:<user size="


class Glance:
    """Looks for words, which are in lower case and not empty, in any case."""

    __slots__ = ("_table", "_words")

    def __init__(self, words: Collection[str]) -> None:
        self._words = words
        self._table = b""
        """Made for the first text: most runs have no event for most of the functions."""

    def of(self, text: str | None) -> str | None:
        """Return the text if one of the words may be in it, or if it goes beyond ASCII."""
        if COMPILED and text is not None and not self.may_be_in(text):
            return None
        return text

    def may_be_in(self, text: str) -> bool:
        """Tell whether one of the words may be in a text.

        Nothing is told of long texts, nor of what goes beyond ASCII.
        """
        try:
            octets = text.encode()
        except UnicodeEncodeError:  # a lone surrogate
            return True
        table = self._table
        if not table:
            table = self._table = table_of(self._words)
        length: i64 = len(octets)
        if length > MOST_CHARS:
            return True
        before: i64 = 0
        last: i64 = 0
        at: i64 = 0
        while at < length:
            octet: i64 = octets[at]
            if octet > 127:
                return True
            place: i64 = octet << 10 | before << 5 | last
            bits: i64 = table[place >> 3]
            if bits >> (place & 7) & 1:
                return True
            before = last
            last = octet & 31
            at += 1
        return False


def table_of(words: Collection[str]) -> bytes:
    """Return the table for some words."""
    table = bytearray(OCTETS)
    for word in words:
        if word.isascii():  # or it is in no text of ASCII
            part = _rarest(word)
            first = [ord(part[-3]) & 31] if len(part) > 2 else _ANY
            second = [ord(part[-2]) & 31] if len(part) > 1 else _ANY
            for char in {part[-1], part[-1].upper()}:
                for one, other in product(first, second):
                    place = ord(char) << 10 | one << 5 | other
                    table[place >> 3] |= 1 << (place & 7)
    return bytes(table)


def _rarest(word: str) -> str:
    """Return the three characters of a word that say most, or all if it has fewer."""
    parts = [word[at : at + 3] for at in range(max(len(word) - 2, 1))]
    return max(parts, key=_rarity)


def _rarity(part: str) -> int:
    if part in _EVERYWHERE:
        return -1
    places = [_FREQUENT.find(char) for char in part]
    return sum(_SIGN if place < 0 else place for place in places)


COMPILED: Final = not hasattr(table_of, "__code__")
"""Whether this module is compiled."""

"""Small sets of things seen, packed into octets, the one seen last at the end.

A hundred thousand entries each remember some addresses or names, only to say later whether one of
these was there and how many they were. Sets of texts would take hundreds of octets a value; a mark
takes eight, and a set of marks is one `bytes`, which is also how it is stored. A set has a most:
beyond it the mark seen longest ago goes, so a full set means "at least as many".
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address
from typing import Final

#: Octets of a mark. Nobody can make a text that has the mark of another: that takes 2**64 trials.
WIDTH: Final = 8


#: A hash that has read nothing: to copy it is cheaper than to say anew what it is to be.
_HASH: Final = blake2b(digest_size=WIDTH)
#: Marks of texts that came lately, and how many at most.
_marks: Final[dict[str, bytes]] = {}
MOST_AT_HAND: Final = 4096


def mark_of(text: str) -> bytes:
    """Return the mark of a text."""
    mark = _marks.get(text)
    if mark is None:
        if len(_marks) >= MOST_AT_HAND:
            _marks.clear()
        mark = _marks[text] = _hashed(text)
    return mark


def _hashed(text: str) -> bytes:
    try:
        octets = text.encode("utf-8")
    except UnicodeEncodeError:  # halves of surrogate pairs
        octets = text.encode("utf-8", "backslashreplace")
    state = _HASH.copy()
    state.update(octets)
    return state.digest()


def network_of(address: str) -> bytes:
    """Return the mark of the network that an address is in: its /24, or its /48 of IPv6.

    A provider gives one site a /48 of IPv6 at most (RFC 6177 2).
    """
    try:
        octets = ip_address(address).packed
    except ValueError:  # a PROXY header may name anything
        return mark_of(address)
    if len(octets) == 4:
        return b"\x04" + octets[:3] + b"\0\0\0\0"
    return b"\x06" + octets[:6] + b"\0"


def count(marks: bytes) -> int:
    """Return how many marks there are."""
    return len(marks) // WIDTH


def sized(marks: bytes) -> bytes:
    """Return as many marks; more than one are nobody's, and shared by all who only count."""
    return _blank(len(marks)) if len(marks) > WIDTH else marks


@lru_cache(maxsize=256)
def _blank(octets: int) -> bytes:
    return bytes(octets)


def holds(marks: bytes, mark: bytes) -> bool:
    """Tell whether a mark is among others."""
    return marks.endswith(mark) or place(marks, mark, WIDTH) >= 0


def added(marks: bytes, mark: bytes, most: int) -> bytes:
    """Return the marks with one more, or with it moved to the end if it was there."""
    if not marks:
        return mark
    if marks.endswith(mark):
        return marks
    at = place(marks, mark, WIDTH)
    if at >= 0:
        marks = marks[:at] + marks[at + WIDTH :]
    marks += mark
    over = len(marks) - most * WIDTH
    return marks[over:] if over > 0 else marks


def place(rows: bytes, mark: bytes, width: int) -> int:
    """Return the offset of the row of `width` octets that begins with a mark, or -1."""
    at = rows.find(mark)
    while at > 0 and at % width:
        at = rows.find(mark, at + 1)
    return at

"""Keeps secrets out of what servers echo.

Some servers repeat what they refuse: `500 unknown command c2VjcmV0`. What must not be shown is
remembered as a set of hashes, so that no copy of it stays behind; Python's hash of octets is keyed
anew in each process.
"""

from __future__ import annotations

import binascii
from typing import Final

from smtpids.pattern import Pattern

#: Words of a line: what servers put around an echo ends them.
_WORD: Final = Pattern(rb"[^\s\"'<>()\[\]`,;]+")
#: Shorter words would hide ordinary ones.
_LEAST_OCTETS: Final = 4
#: Words remembered of one line.
_MOST_WORDS: Final = 32
_REDACTED: Final = b"[redacted]"
_NOTHING: Final[frozenset[int]] = frozenset()


def marks_of(line: bytes) -> frozenset[int]:
    """Return what stands for the words of a line, and for those in it once base64 is undone."""
    if len(line) < _LEAST_OCTETS:
        return _NOTHING
    words = [word[0] for word in _WORD.finditer(line[:4096])][:_MOST_WORDS]
    marked = [word for word in words if len(word) >= _LEAST_OCTETS]
    for word in marked[:]:  # base64 is longer than what it stands for
        try:
            octets = binascii.a2b_base64(word, strict_mode=True)
        except binascii.Error:
            continue
        marked += [part for part in octets.split(b"\0")[:4] if len(part) >= _LEAST_OCTETS]
    return frozenset([hash(word) for word in marked])


def without(octets: bytes, marks: frozenset[int]) -> bytes:
    """Return a reply's text in which the marked words are replaced."""
    if not marks:
        return octets
    return _WORD.sub(lambda word: _REDACTED if hash(word[0]) in marks else word[0], octets)

"""Keeps secrets out of what servers echo.

Some servers repeat what they refuse: `500 unknown command c2VjcmV0`. What must not be shown is
remembered as a set of hashes, so that no copy of it stays behind; Python's hash of octets is keyed
anew in each process.
"""

from __future__ import annotations

from typing import Final

from smtpids.pattern import Pattern
from smtpids.smtp.sasl import decode_base64

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
    if not line:
        return _NOTHING
    words = [word[0] for word in _WORD.finditer(line[:4096])][:_MOST_WORDS]
    decoded: list[bytes] = []
    for word in words:
        octets, valid = decode_base64(word)
        if valid:
            decoded += octets.split(b"\0")[:4]
    return frozenset(hash(word) for word in (*words, *decoded) if len(word) >= _LEAST_OCTETS)


def without(octets: bytes, marks: frozenset[int]) -> bytes:
    """Return a reply's text in which the marked words are replaced."""
    if not marks:
        return octets
    return _WORD.sub(lambda word: _REDACTED if hash(word[0]) in marks else word[0], octets)

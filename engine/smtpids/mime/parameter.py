"""Reads the parameters of Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183 2).

One parameter may be said in several forms: plain, with encoded words in it (which RFC 2047 5
forbids and many programs send), with a character set, or cut into numbered pieces (RFC 2231).
Clients disagree about which form counts, so all of them are told apart and kept.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from smtpids.mime.encoded import in_charset, words
from smtpids.pattern import Pattern

#: A semicolon, the name, and a quoted string (with a group for its end) or what comes before the
#: next semicolon: blanks in a value without quotes are wrong and common.
PARAMETER: Final = Pattern(
    rb""";[ \t\r\n]* ([^=;"\s]+) [ \t\r\n]* = [ \t\r\n]*
    (?: "([^"\\]*(?:\\.[^"\\]*)*)("?) | ([^;]*) )""",
    re.VERBOSE | re.DOTALL,
)
#: Of `\` and an octet, only these two forms are an escape to all clients: the others may be part
#: of a path of Windows.
QUOTED_PAIR: Final = Pattern(rb'\\(["\\])')
#: RFC 2231 3 and 4: the number of a piece, and an asterisk if the value is encoded.
SECTION: Final = Pattern(rb"(?:(\d{1,4})(\*?))?")
PERCENT: Final = Pattern(rb"%([0-9A-Fa-f]{2})")
#: Parameters looked at of one field; there are rarely more than five.
MOST_PARAMETERS: Final = 200
WHOLE: Final = -1


class Parameters:
    """The parameters of one field, `value` being what follows its first word."""

    __slots__ = ("_pieces", "_plain", "repeated", "unterminated")

    def __init__(self, value: bytes) -> None:
        self._plain: dict[bytes, list[bytes]] = {}
        self._pieces: dict[bytes, dict[int, tuple[bytes, bool]]] = {}
        self.repeated = False
        """One parameter was given twice in the same form."""
        self.unterminated = False
        """A quoted string has no end."""
        for found in islice(PARAMETER.finditer(value), MOST_PARAMETERS):
            name, quoted, end, token = found.groups()
            if quoted is None:
                text = token.strip()
            else:
                text = QUOTED_PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted
                self.unterminated |= not end
            self._keep(name.lower(), text)

    def token(self, name: bytes) -> bytes:
        """Return a parameter that is one word, such as `charset`."""
        plain = self._plain.get(name)
        value = plain[0] if plain else words_of(self._joined(name)).encode("utf-8", "replace")
        return value.strip().partition(b" ")[0]

    def boundary(self) -> bytes:
        """Return the boundary of a multipart, which may hold blanks inside (RFC 2046 5.1.1)."""
        plain = self._plain.get(b"boundary")
        if plain:
            return plain[0].rstrip()
        return words_of(self._joined(b"boundary")).encode("utf-8", "replace").rstrip()

    def forms(self, name: bytes) -> list[str]:
        """Return the values that clients may read, the one that RFC 2231 prefers first."""
        joined = self._joined(name)
        return [*joined, *(words(value) for value in self._plain.get(name, ()))]

    def _keep(self, name: bytes, value: bytes) -> None:
        base, star, rest = name.partition(b"*")
        section = SECTION.fullmatch(rest) if star else None
        if section is None:
            values = self._plain.setdefault(name, [])
            self.repeated |= bool(values)
            values.append(value)
            return
        number, encoded = section.groups()
        pieces = self._pieces.setdefault(base, {})
        index = WHOLE if number is None else int(number)
        self.repeated |= index in pieces
        pieces.setdefault(index, (value, number is None or bool(encoded)))

    def _joined(self, name: bytes) -> list[str]:
        """Return what the forms of RFC 2231 say: the whole one, and the pieces in their order."""
        pieces = self._pieces.get(name)
        if not pieces:
            return []
        whole = pieces.get(WHOLE)
        values = [] if whole is None else [_decoded([whole])]
        numbered = [piece for index, piece in sorted(pieces.items()) if index != WHOLE]
        return [*values, _decoded(numbered)] if numbered else values


def words_of(values: list[str]) -> str:
    """Return the first of the values, or nothing."""
    return values[0] if values else ""


def _decoded(pieces: list[tuple[bytes, bool]]) -> str:
    """RFC 2231 4: the first piece names character set and language before two apostrophes."""
    charset = b""
    first, encoded = pieces[0]
    if encoded and first.count(b"'") >= 2:
        charset, _, first = first.split(b"'", 2)
        pieces = [(first, encoded), *pieces[1:]]
    octets = b"".join(_unescaped(value) if encoded else value for value, encoded in pieces)
    return in_charset(octets, charset)


def _unescaped(value: bytes) -> bytes:
    return PERCENT.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), value)

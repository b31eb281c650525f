"""Undoes transfer encodings (RFC 2045 6) as mail clients do, whatever the octets are.

A decoder takes encoded octets as they come and returns what is certain; cut anywhere, the result
is the same. What clients pass over is passed over here: blanks and foreign characters in base64,
padding in its middle, an `=` that begins nothing in quoted-printable. All of it is counted, for
whoever asks whether the encoding was sound.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, a2b_qp, a2b_uu
from typing import Final, Protocol

from smtpids.pattern import Pattern

BLANKS: Final = b"\r\n\t "
DIGITS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
NOT_DIGITS: Final = bytes(octet for octet in range(256) if octet not in DIGITS)
#: Padding signs read in one part. Each costs a step in Python; sound base64 ends with the first.
MOST_PADDING: Final = 1_000


class Decoder(Protocol):
    """Undoes one encoding of one part."""

    def feed(self, data: bytes) -> bytes:
        """Take encoded octets and return decoded ones."""

    def end(self) -> bytes:
        """Return what was held back; nothing more comes."""

    def gap(self) -> None:
        """Begin anew: octets were lost."""

    def fault(self) -> str:
        """Say what was wrong with the encoding; nothing if it was sound."""


class Base64:
    """RFC 2045 6.8; what is no digit is passed over, padding ends a quantum and not the data."""

    __slots__ = ("_beyond", "_held", "_junk", "_missing", "_padding", "_surplus", "_wanted")

    def __init__(self) -> None:
        self._held = b""
        self._wanted = 0
        """Padding signs that the last quantum still needs."""
        self._padding = 0
        self._junk = 0
        self._beyond = False
        self._missing = False
        self._surplus = False

    def feed(self, data: bytes) -> bytes:
        """Take encoded octets and return decoded ones."""
        digits = data.translate(None, BLANKS)
        if digits.translate(None, DIGITS):
            sound = digits.translate(None, NOT_DIGITS)
            self._junk += len(digits) - len(sound)
            digits = sound
        if self._padding or digits.find(b"=") >= 0:
            return self._feed_padded(digits)
        return self._whole(digits)

    def end(self) -> bytes:
        """Return the octets of a last quantum that lacks its padding."""
        self._missing |= bool(self._held) or self._wanted > 0
        return self._quantum()

    def gap(self) -> None:
        """Begin anew at what is hoped to be a quantum."""
        self._held = b""
        self._wanted = 0

    def fault(self) -> str:
        """Say what was wrong with the encoding."""
        said = []
        if self._junk:
            said.append(f"{self._junk} octets outside the alphabet")
        if self._beyond:
            said.append("data behind the padding")
        if self._missing:
            said.append("padding missing")
        if self._surplus:
            said.append("too much padding")
        return ", ".join(said)

    def _whole(self, digits: bytes) -> bytes:
        if self._held:
            digits = self._held + digits
        whole = len(digits) & ~3
        self._held = digits[whole:]
        return a2b_base64(digits[:whole])

    def _quantum(self) -> bytes:
        """Return the one or two octets of a quantum that is not full."""
        held, self._held = self._held, b""
        return a2b_base64(held + b"=" * (4 - len(held))) if len(held) > 1 else b""

    def _feed_padded(self, digits: bytes) -> bytes:
        if self._padding > MOST_PADDING:
            digits = digits.replace(b"=", b"")
        pieces = digits.split(b"=", max(MOST_PADDING - self._padding, 0) + 1)
        parts = []
        for number, piece in enumerate(pieces):
            if number:
                parts.append(self._pad())
            if piece:
                self._beyond |= self._padding > 0
                self._missing |= self._wanted > 0
                self._wanted = 0
                parts.append(self._whole(piece.replace(b"=", b"")))
        return b"".join(parts)

    def _pad(self) -> bytes:
        self._padding += 1
        if not self._held:
            self._surplus |= self._wanted == 0
            self._wanted = max(self._wanted - 1, 0)
            return b""
        self._missing |= len(self._held) == 1
        self._wanted = 3 - len(self._held) if len(self._held) > 1 else 0
        return self._quantum()


#: Blanks between `=` and the end of the line, which RFC 2045 6.7 (3) has decoders pass over.
MOST_BLANKS: Final = 76
SOFT_BREAK: Final = Pattern(rb"=[ \t]{1,%d}(?=\r?\n)" % MOST_BLANKS)
#: An `=` that begins neither an octet nor a soft line break stands for itself.
LITERAL: Final = Pattern(rb"=(?![0-9A-Fa-f]{2}|\r?\n)")
#: The beginning of what may become either.
UNDECIDED: Final = Pattern(rb"=(?:[0-9A-Fa-f]|[ \t]{0,%d}\r?)\Z" % MOST_BLANKS)


class QuotedPrintable:
    """RFC 2045 6.7."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take encoded octets and return decoded ones."""
        text = self._held + data if self._held else data
        last = text.rfind(b"=", max(len(text) - MOST_BLANKS - 2, 0))
        if last >= 0 and UNDECIDED.match(text, last):
            self._held = text[last:]
            text = text[:last]
        else:
            self._held = b""
        return _unquoted(text)

    def end(self) -> bytes:
        """Return what was held back: a soft break without its line end is one all the same."""
        held, self._held = self._held, b""
        return held if held[1:].strip() else b""

    def gap(self) -> None:
        """Begin anew."""
        self._held = b""

    def fault(self) -> str:
        """Say nothing: what is wrong here stands for itself, in every client."""
        return ""


def _unquoted(text: bytes) -> bytes:
    """Decode; what the decoder in C would read in its own way is taken from it first."""
    if text.find(b"=") < 0:
        return text
    text = SOFT_BREAK.sub(b"=", text)
    return a2b_qp(LITERAL.sub(b"=3D", text))


#: The longest line of uuencoded data is 61 characters; many programs add one.
MOST_UU_LINE: Final = 100


class UuEncoded:
    """The lines between `begin` and `end` of uuencode, older than MIME and in none of its RFCs."""

    __slots__ = ("_begun", "_ended", "_held")

    def __init__(self) -> None:
        self._held = b""
        self._begun = False
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        """Take encoded octets and return decoded ones."""
        if self._ended:
            return b""
        *lines, self._held = (self._held + data).split(b"\n")
        # a line that is too long with or without its CR stays so, whatever follows
        self._held = self._held[: MOST_UU_LINE + 2]
        return b"".join(map(self._line, lines))

    def end(self) -> bytes:
        """Return the octets of a last line without an end."""
        held, self._held = self._held, b""
        return self._line(held) if held and not self._ended else b""

    def gap(self) -> None:
        """Begin anew in the midst of the data."""
        self._held = b""
        self._begun = True

    def fault(self) -> str:
        """Say nothing: the encoding has no rules to break."""
        return ""

    def _line(self, line: bytes) -> bytes:
        line = line.removesuffix(b"\r")
        if self._ended or not line:
            return b""
        if not self._begun:
            self._begun = line.startswith(b"begin ")
            return b""
        if line == b"end":
            self._ended = True
            return b""
        return _uu_octets(line) if len(line) <= MOST_UU_LINE else b""


def _uu_octets(line: bytes) -> bytes:
    """Return the octets of a line, of which some programs cut off trailing blanks."""
    octets = (line[0] - 32) & 63
    digits = (octets + 2) // 3 * 4
    try:
        return a2b_uu(line[: digits + 1].ljust(digits + 1))
    except Error:
        return b""

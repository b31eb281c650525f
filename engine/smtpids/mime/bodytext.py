"""The beginning of a message's text, for rules that ask what it says, and for nobody else.

It is gathered only if a rule asks, in octets, and becomes text once, at the end. It is part of the
event while the rules are asked; no record, alert or log has it.
"""

from __future__ import annotations

from typing import Final

from smtpids.pattern import Pattern

#: The names of its fields.
TEXT: Final = "email.body.text"
PAN_COUNT: Final = "email.body.pan_count"
LINES: Final = "email.header.lines"
#: Fields that are made only if a rule asks, and are never written.
HIDDEN: Final = frozenset({TEXT, PAN_COUNT, LINES})
#: What of these needs the text.
OF_TEXT: Final = frozenset({TEXT, PAN_COUNT})
#: Octets that stay if there is no room.
KEPT: Final = 1_024
#: Codecs by which octets of ASCII behind any others become the same characters behind theirs.
APPENDED: Final = frozenset({"", "utf-8", "ascii", "latin1"})
#: Pieces of fewer octets are joined: each costs as much beside its octets as these are.
LEAST_PIECE: Final = 256
#: Stands behind a text of which more came. It is ASCII: what is nothing else is searched faster.
MORE: Final = "..."
#: ISO/IEC 7812-1: a number of a payment card, which people write in groups.
CARD_NUMBER: Final = Pattern(r"(?<![\d.,+-])[3-6](?:[ -]?\d){12,18}(?![\d.,]?\d)")
SEPARATORS: Final = str.maketrans("", "", " -")
#: What the second digit of each pair from the right counts (the formula of Luhn).
DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
#: Numbers looked at in one text.
MOST_NUMBERS: Final = 1_000


class BodyText:
    """The texts of one message, of which `most` octets are kept in all."""

    __slots__ = ("_parts", "held_octets", "left")

    def __init__(self, most: int) -> None:
        self.left = most
        """Octets that may still be kept; below 0 if there were more."""
        self.held_octets = 0
        """What is kept."""
        self._parts: list[tuple[str, list[bytes]]] = []
        """Of each part its codec and its octets, in the pieces that others keep, too."""

    def begin(self, codec: str) -> None:
        """Begin the text of another part; `codec` is that of its character set, "" if unknown."""
        self._parts.append((codec, []))

    def feed(self, octets: bytes) -> None:
        """Take decoded octets of the part that began last."""
        if self.left > 0 and self._parts:
            piece = octets if len(octets) <= self.left else octets[: self.left]
            pieces = self._parts[-1][1]
            if pieces and len(pieces[-1]) < LEAST_PIECE:
                pieces[-1] += piece
            else:
                pieces.append(piece)
            self.held_octets += len(piece)
        if self.left >= 0:
            self.left -= len(octets)

    def shed(self) -> None:
        """Keep the beginning of the first text and no more: there is no room."""
        self.left = -1
        del self._parts[1:]
        for _, pieces in self._parts:
            pieces[:] = [b"".join(pieces)[:KEPT]]
        self.held_octets = min(self.held_octets, KEPT)

    def text(self) -> str:
        """Return the texts, each but the first on a new line; MORE says that more came."""
        more = MORE if self.left < 0 else ""
        if more and len(self._parts) == 1 and self._parts[0][0] in APPENDED:
            # what is cut is long: a copy less
            codec, pieces = self._parts[0]
            return decoded_text(b"".join([*pieces, more.encode()]), codec)
        text = "\n".join([decoded_text(b"".join(pieces), codec) for codec, pieces in self._parts])
        return text + more


def pan_count(text: str) -> int:
    """Return how many different card numbers with a right check digit stand in a text."""
    found: set[str] = set()
    for number, match in enumerate(CARD_NUMBER.finditer(text)):
        if number >= MOST_NUMBERS:
            break
        digits = match.group().translate(SEPARATORS)
        if digits.isascii() and _is_checked(digits):
            found.add(digits)
    return len(found)


def _is_checked(digits: str) -> bool:
    values = [int(digit) for digit in reversed(digits)]
    total = sum(values[::2]) + sum(DOUBLED[value] for value in values[1::2])
    return total % 10 == 0


def decoded_text(octets: bytes, codec: str) -> str:
    """Return octets as text without surrogates, which RE2 refuses and UTF-7 can make."""
    try:
        text = octets.decode(codec or "utf-8", "replace")
    except UnicodeError:  # some codecs refuse a damaged beginning whatever the error handler says
        text = octets.decode("utf-8", "replace")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")

"""Text that came from the wire, made safe to show.

What a peer sent can move a terminal's cursor, forge a second log line, turn a file name around
(U+202E) or hide octets from a reader. `escape` makes every such character visible and leaves
the rest, so that names in any script stay readable. It is applied at the border, to each text of
a record, whatever earlier layers did: applying it twice changes nothing.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from smtpids.pattern import Pattern

if TYPE_CHECKING:
    import re

ELLIPSIS = "…"
#: Numbers whose text is at hand.
_NUMBERS: Final = 1000
_SMALL: Final = [str(number) for number in range(_NUMBERS)]

#: C0 and C1 controls and DEL; direction and invisible format characters; line separators;
#: interlinear annotation; the tag block, which can carry hidden ASCII; surrogates, which are not
#: text at all. The joiners U+200C and U+200D stay: several scripts and emoji need them.
_UNSAFE = Pattern(
    r"[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def escape(text: str) -> str:
    r"""Return `text` with unsafe characters as `\x1b`, `\u202e` or `\U000e0041`."""
    if text.isprintable():
        return text
    return _UNSAFE.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # an octet that `surrogateescape` could not decode
        code -= 0xDC00
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cut(text: str, most: int) -> str:
    """Return `text` in at most `most` characters, an ellipsis for what is left out."""
    return text if len(text) <= most else text[: max(most - 1, 0)] + ELLIPSIS


def digits(number: int) -> str:
    """Return a number as text; most are small, and looked up."""
    return _SMALL[number] if 0 <= number < _NUMBERS else str(number)


def columns(text: str) -> int:
    """Return how many columns of a terminal the escaped `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def fit(text: str, width: int) -> str:
    """Return `text` in at most `width` columns of a terminal; a width of 0 has no end."""
    if not width or columns(text) <= width:
        return text
    taken = 0
    for place, character in enumerate(text):
        taken += _width(character)
        if taken >= width:
            return text[:place] + ELLIPSIS
    return text


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1

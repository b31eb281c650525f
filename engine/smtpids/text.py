"""Octets of the wire as text, in one place.

Whatever a peer writes becomes text here, never longer than said and never with a surrogate, which
RE2 and JSON refuse. How much of it is escaped depends on who reads it next:

* `as_text` changes nothing else: rules look for control characters, and alerts escape them.
* `readable` and `bounded` escape what a log line or a terminal would obey: text of a message, where
  every script and every blank must stay as it is.
* `printable` escapes all that cannot be printed: names in handshakes and certificates, which have
  no business with any of it.
"""

from __future__ import annotations

from io import IncrementalNewlineDecoder
from typing import TYPE_CHECKING, Final

from smtpids.pattern import Pattern

if TYPE_CHECKING:
    import re

#: Marks text that was cut.
ELLIPSIS: Final = "…"
#: Characters of one text where nothing else is said (`config.Limits.text_chars`).
MOST_CHARS: Final = 1024
#: Controls, DEL, C1 controls, the two separators that end a line, and surrogates.
_UNSAFE: Final = Pattern(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def as_text(octets: bytes, most: int = MOST_CHARS) -> str:
    """Return octets as UTF-8 text of at most `most` characters; others show in hex."""
    text = _decoded(octets, most)
    return text if len(text) <= most else _cut(text, most)


def readable(octets: bytes, most: int) -> str:
    """Return octets as `bounded` text; more than `most` characters is cut and marked."""
    return bounded(_decoded(octets, most), most)


def bounded(text: str, most: int) -> str:
    """Return `text` with unsafe characters escaped, cut to `most` characters."""
    if not text.isprintable():
        text = _UNSAFE.sub(_escaped, text[: most + 1])
    return text if len(text) <= most else _cut(text, most)


def printable(said: str | bytes, most: int) -> str:
    """Return at most `most` characters of what was said, all that cannot be printed escaped.

    An escape counts as the characters that it is written with.
    """
    text = said[: most + 1] if isinstance(said, str) else _decoded(said, most)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return _cut(text, most)


def has_only_crlf(text: str) -> bool:
    """Tell whether all line ends in `text`, octets as Latin-1, are CRLF and none of it is NUL.

    A CR at its end may yet become one. The standard library's reader of text files notes which
    line ends it sees; nothing else looks at each octet once and as fast.
    """
    if "\0" in text:
        return False
    seen = IncrementalNewlineDecoder(None, translate=False)
    seen.decode(text)
    ends = seen.newlines
    return ends is None or ends == "\r\n"


def _decoded(octets: bytes, most: int) -> str:
    """Decode no more octets than `most` characters can take.

    What nearly all text is has no need of an error handler, which is looked up by its name.
    """
    if len(octets) > 4 * most + 4:
        octets = octets[: 4 * most + 4]
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("utf-8", "backslashreplace")


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[: max(most - 1, 0)] + ELLIPSIS[:most]


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

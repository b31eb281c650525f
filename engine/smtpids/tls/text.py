"""Makes text that can be shown of what a handshake or a certificate says.

Both ends write what they like into names, so that what is no character, or none that can be
printed, is escaped here, once for all that this layer tells.
"""

from __future__ import annotations

from typing import Final

#: Marks text that was cut.
ELLIPSIS: Final = "…"


def shown(said: str | bytes, most: int) -> str:
    """Return at most `most` characters of what was said; octets are taken for UTF-8.

    More is cut and marked; an escape counts as the characters that it is written with.
    """
    text = said[: most + 1] if isinstance(said, str) else decoded(said[: 4 * most + 4])
    if not text.isprintable():
        text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def decoded(octets: bytes) -> str:
    """Return octets as text, those that are not UTF-8 as escapes."""
    return octets.decode("utf-8", "backslashreplace")

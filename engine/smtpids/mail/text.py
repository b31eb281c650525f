"""Octets as text that is safe to show.

What stands in an event must be text without surrogates (RE2 and JSON refuse them), without
control characters (a log line or a terminal would obey them) and of bounded length. The octets
themselves stay in the capture; this is only how they are written down.
"""

from __future__ import annotations

import re
from typing import Final

#: Controls, DEL, C1 controls, the two separators that end a line, and surrogates.
UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
ELLIPSIS: Final = "…"


def readable(octets: bytes, most: int) -> str:
    """Return `octets` as UTF-8 text of at most `most` characters.

    Octets that are not UTF-8 and control characters become backslash escapes; more is cut and
    ends in an ellipsis.
    """
    return bounded(octets[: 4 * most + 4].decode("utf-8", "backslashreplace"), most)


def bounded(text: str, most: int) -> str:
    """Return `text` with unsafe characters escaped, cut to `most` characters."""
    if not text.isprintable():
        text = UNSAFE.sub(_escaped, text[: most + 1])
    if len(text) <= most:
        return text
    return text[: max(most - 1, 0)] + ELLIPSIS[:most]


def _escaped(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

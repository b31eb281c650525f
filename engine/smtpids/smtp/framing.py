"""Where a message begins and ends in the client's octets (RFC 5321 4.1.1.4, RFC 3030 2).

`DataReader` is the strict reader: only CRLF . CRLF ends DATA, and a leading dot is taken away
(4.5.2). It passes blocks on, not lines: the time goes into searching, which C does.
"""

from __future__ import annotations

from typing import Final

from smtpids.text import has_only_crlf

_END: Final = b"\r\n.\r\n"
#: A dot that begins a line: the end of data does, and what is doubled.
_DOT: Final = b"\r\n."
#: What the end of data begins with, if its rest is still to come.
_BEGUN: Final = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")
#: The longest text line with CRLF (RFC 5321 4.5.3.1.6).
TEXT_LINE_OCTETS: Final = 1000


class DataReader:
    """The strict reader of DATA.

    `feed` takes raw octets and returns the content that is certain; when `ended` turns True,
    `rest` holds what came behind the end.
    """

    __slots__ = (
        "_carry",
        "_dotted",
        "_line",
        "_virtual",
        "bare_dots",
        "ended",
        "longest",
        "rest",
    )

    def __init__(self) -> None:
        # The 354 reply's line end counts as the CRLF before a dot on the first line.
        self._carry = b"\r\n"
        self._virtual = True
        self._line = 0
        self._dotted = False
        self.ended = False
        self.rest = b""
        self.bare_dots = 0
        """Lines that began with one dot that was not doubled."""
        self.longest = 0
        """The longest text line with its end, in octets, where above TEXT_LINE_OCTETS."""

    def feed(self, data: bytes, text: str = "", *, undotted: bool = False) -> bytes:
        """Take the next raw octets and return the content in them, leading dots removed.

        `text` may be the same as Latin-1.
        `undotted`: no line that ends or begins in them begins with a dot.
        """
        self._measure(text or data.decode("latin-1"))
        if undotted and self._virtual and data:
            # before no dot it makes no difference, but copies
            self._carry, self._virtual = b"", False
        raw = self._carry + data if self._carry else data
        # from behind it is found three times as fast
        dotted = not undotted and raw.rfind(_DOT) >= 0
        end = raw.find(_END) if dotted else -1
        if end >= 0:
            content = raw[: end + 2]
            self.rest = raw[end + 5 :]
            self._carry = b""
            self.ended = True
        else:
            cut = len(raw) - _overlap(raw)
            content = raw[:cut] if cut < len(raw) else raw
            self._carry = raw[cut:]
        if dotted and content.rfind(_DOT) >= 0:
            doubled = content.count(b"\r\n..")
            self.bare_dots += content.count(_DOT) - doubled
            content = content.replace(_DOT, b"\r\n")
        if self._virtual and content:
            content = content[2:]
            self._virtual = False
        return content

    def release(self) -> bytes:
        """Return what was held back, since the octets behind it are lost or never came."""
        held = self._carry[2:] if self._virtual else self._carry
        self._carry = b""
        self._virtual = False
        return held

    def _measure(self, data: str) -> None:
        """Note lines above the limit; most blocks cost one search a thousand octets."""
        if not self._line:
            self._dotted = data.startswith(".")
        if self._line + len(data) <= TEXT_LINE_OCTETS:
            last = data.rfind("\n")
            if last < 0:
                self._line += len(data)
            else:
                self._line = len(data) - last - 1
                self._dotted = data[last + 1 : last + 2] == "."
            return
        start = -self._line
        low = 0
        size = len(data)
        while size - start > TEXT_LINE_OCTETS:
            most = start + TEXT_LINE_OCTETS
            # a negative bound would count from the end
            newline = data.rfind("\n", low, most) if most > 0 else -1
            if newline < 0:
                newline = data.find("\n", low)
                end = size if newline < 0 else newline + 1
                # the dot that was doubled does not count (RFC 5321 4.5.3.1.6)
                dotted = data[start : start + 1] == "." if start >= 0 else self._dotted
                length = end - start - dotted
                if length > TEXT_LINE_OCTETS:
                    self.longest = max(self.longest, length)
                if newline < 0:
                    break
            start = low = newline + 1
        last = data.rfind("\n", low)
        if last >= 0:
            start = last + 1
        if start >= 0:
            self._dotted = data[start : start + 1] == "."
        self._line = size - start


def is_even(text: str) -> bool:
    """Tell whether all lines of whole ones end in CRLF, none is above the limit or holds NUL."""
    return has_only_crlf(text) and not has_long_line(text)


def has_long_line(text: str) -> bool:
    """Tell whether a line of a text is above the limit; its first one begins with it."""
    start, size = 0, len(text)
    while size - start > TEXT_LINE_OCTETS:
        newline = text.rfind("\n", start, start + TEXT_LINE_OCTETS)
        if newline < 0:
            return True
        start = newline + 1
    return False


def _overlap(raw: bytes) -> int:
    """Return how many octets at the end of `raw` may belong to the end of data."""
    for begun in _BEGUN:
        if raw.endswith(begun):
            return len(begun)
    return 0

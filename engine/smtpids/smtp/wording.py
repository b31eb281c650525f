"""What a reply says, whoever says it when: read once, and kept for the next that says the same.

Servers say few things in session after session. A segment that is one ordinary reply and nothing
else is looked up by its octets, and read by a short way the first time; whatever differs from that
form takes the long way, `replies.ReplyReader`, which says the same of these.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Final

from smtpids.smtp.offer import Offer, offer_of
from smtpids.smtp.parameters import enhanced_of, is_masked_greeting
from smtpids.smtp.software import software_of
from smtpids.text import as_text

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

#: The longest reply line with CRLF (RFC 5321 4.5.3.1.5).
REPLY_LINE_OCTETS: Final = 512
#: Characters of a reply that evidence shows.
SHOWN_CHARS: Final = 200
#: Replies that are kept, and octets of each at most: nobody can fill the memory with them.
MOST_KEPT: Final = 1_024
KEPT_OCTETS: Final = 1_024
_HYPHEN: Final = 0x2D
#: What stands behind the code of the last line: a blank, or its end.
_LAST: Final = frozenset(b" \r")
#: Code and what stands behind it, a blank or a hyphen or the end -> the code, if in range.
CODES: Final[dict[bytes, int]] = {
    b"%d%b" % (code, behind): code
    for code in range(200, 600)
    if code % 100 < 60
    for behind in (b" ", b"-", b"\r")
}


class Said:
    """A reply as it may be told: its line of evidence, its text, its enhanced status code."""

    __slots__ = ("enhanced", "line", "text")

    def __init__(self, code: int, lines: int, words: bytes) -> None:
        # all lines as one line of evidence, so that what EHLO offered is seen
        text = as_text(words)
        shown, mark = text, " "
        if lines > 1 or len(words) > SHOWN_CHARS or len(text) > SHOWN_CHARS:
            shown = as_text(words[: 2 * SHOWN_CHARS].replace(b"\n", b" / "), SHOWN_CHARS)
            mark = "-" if lines > 1 else " "
        self.line = f"{code}{mark}{shown}"
        self.text = text
        self.enhanced = enhanced_of(words)


class Wording:
    """The words of a reply; nothing in it is ever changed."""

    __slots__ = (
        "_greeting",
        "_offer",
        "_said",
        "code",
        "digit",
        "lines",
        "longest",
        "octets",
        "text",
    )

    def __init__(self, code: int, lines: list[bytes], octets: int, longest: int) -> None:
        self.code = code
        self.digit = code // 100
        """The first digit: 2 done, 3 go on, 4 not now, 5 no."""
        self.lines = lines
        """The text of each line, without code and line end."""
        self.text = lines[0] if len(lines) == 1 else b"\n".join(lines)
        """The text of all lines, joined by LF."""
        self.octets = octets
        self.longest = longest
        """Octets of the longest line with its end."""
        self._said: Said | None = None
        self._greeting: Fields | None = None
        self._offer: Offer | None = None

    def said(self, words: bytes) -> Said:
        """Return how it is told; `words` is its text, or what is left of it without secrets."""
        if words is not self.text:
            return Said(self.code, len(self.lines), words)
        said = self._said
        if said is None:
            said = self._said = Said(self.code, len(self.lines), words)
        return said

    def greeting(self) -> Fields:
        """Return what it tells of the server, if it is its greeting."""
        facts = self._greeting
        if facts is None:
            text = intern(as_text(self.text))
            facts = {"smtp.greeting.code": self.code, "smtp.greeting.text": text}
            software, version = software_of(text)
            if software:
                facts["smtp.greeting.software"] = software
            if version:
                facts["smtp.greeting.version"] = version
            facts["smtp.greeting.masked"] = is_masked_greeting(self.text)
            self._greeting = facts
        return facts

    def offer(self) -> Offer:
        """Return what it offers, if it is the reply to EHLO."""
        offer = self._offer
        if offer is None:
            offer = self._offer = offer_of(self.lines)
        return offer


_kept: Final[dict[bytes, Wording]] = {}


def wording_of(octets: bytes, *, keep: bool) -> Wording | None:
    """Return what a segment says that is one ordinary reply; None if it takes a closer look.

    `keep` is False where it may repeat a secret.
    """
    wording = _kept.get(octets)
    if wording is None and len(octets) <= KEPT_OCTETS:
        wording = plainly(octets)
        if wording is not None and keep:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[octets] = wording
    return wording


def plainly(octets: bytes) -> Wording | None:
    """Read octets that are one reply in the form that nearly all have; None if they are not."""
    code = CODES.get(octets[:4])
    if code is None:
        return None
    text = octets.decode("latin-1")
    count = text.count("\r\n")
    if "\0" in text or text.count("\r") != count or text.count("\n") != count:
        return None
    lines: list[bytes] = []
    start = longest = 0
    for number in range(count):
        if octets[start : start + 3] != octets[:3]:
            return None
        end = text.find("\r\n", start)
        behind = octets[start + 3]
        if behind != _HYPHEN if number + 1 < count else behind not in _LAST:
            return None
        lines.append(octets[start + 4 : end])
        longest = max(longest, end + 2 - start)
        start = end + 2
    if start != len(octets) or not lines or longest > REPLY_LINE_OCTETS:
        return None
    return Wording(code, lines, start, longest)

"""Server octets into replies.

A reply is one or more lines that begin with the same three digits, a hyphen behind them in all
lines but the last (RFC 5321 4.2). Only the first digit is ever judged: servers use codes of their
own. A line that is none of this is said and skipped.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Final

from smtpids.pattern import Pattern
from smtpids.smtp.inbox import Inbox
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
#: Replies that are kept by their octets, and octets of each at most: nobody can fill the memory
#: with them.
MOST_KEPT: Final = 1_024
KEPT_OCTETS: Final = 1_024
#: Code and what stands behind it, a blank or a hyphen or the end -> the code, if in range.
CODES: Final[dict[bytes, int]] = {
    b"%d%b" % (code, behind): code
    for code in range(200, 600)
    if code % 100 < 60
    for behind in (b" ", b"-", b"\r")
}
_HYPHEN: Final = 0x2D
_REPLY_LINE: Final = Pattern(rb"[0-9]{3}(?:[ \-\r\n]|\Z)")

#: What readers at rest share, and nobody adds to.
_NO_LINES: Final[list[bytes]] = []
_NO_FAULTS: Final[list[tuple[str, str]]] = []


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


class Reply:
    """One reply of the server."""

    __slots__ = ("code", "digit", "end", "lines", "packet", "text", "ts_ns", "wording")

    def __init__(self, wording: Wording, end: int, packet: int, ts_ns: int) -> None:
        self.wording = wording
        self.code = wording.code
        self.digit = wording.digit
        self.lines = wording.lines
        self.text = wording.text
        self.end = end
        """Offset in the server's stream behind the reply."""
        self.packet = packet
        self.ts_ns = ts_ns


_kept: Final[dict[bytes, Wording]] = {}


def kept(octets: bytes) -> Wording | None:
    """Return the words of a reply that came before in these octets; None if they are to be read."""
    return _kept.get(octets)


def _keep(octets: bytes, wording: Wording) -> None:
    if len(octets) <= KEPT_OCTETS:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[octets] = wording


class ReplyReader:
    """Cuts the server's octets into replies; `faults` are the anomalies met since last taken."""

    __slots__ = (
        "_code",
        "_lines",
        "_longest",
        "_segment",
        "_skip",
        "faults",
        "inbox",
        "kept_octets",
        "limit",
        "taken",
    )

    def __init__(self, limit: int) -> None:
        self.inbox = Inbox()
        self.limit = limit
        self.taken = 0
        """Offset in the server's stream of what was read so far."""
        self.faults: list[tuple[str, str]] = []
        self._lines: list[bytes] = []
        self._code = 0
        self.kept_octets = 0
        """Those of the lines of a reply that goes on."""
        self._longest = 0
        self._segment = b""
        """What came last, if a reply may begin with it."""
        self._skip = False

    @property
    def held_octets(self) -> int:
        """Octets of what is not yet a reply."""
        return self.inbox.waiting + self.kept_octets

    def rest(self) -> None:
        """Take less room until `wake`, before which nothing may come."""
        self.inbox.rest()
        if not self._lines:
            self._lines = _NO_LINES
        if not self.faults:
            self.faults = _NO_FAULTS

    def wake(self) -> None:
        """Be as before `rest`."""
        if not self._lines:
            self._lines = []
        if not self.faults:
            self.faults = []

    def gap(self, length: int) -> None:
        """Forget what was begun; the rest of the broken line is no line."""
        self.taken += len(self.inbox) + length
        self.inbox.clear()
        self._reset()
        self._skip = True

    def whole(self, data: bytes, ts_ns: int, packet: int, seen: int) -> Reply | None:
        """Take a segment at once that is a reply which came before; None if it must be read."""
        wording = kept(data)
        if wording is None or self.inbox.waiting or self.kept_octets or self._skip:
            return None
        if len(data) > self.limit:
            return None
        self.inbox.pass_by(len(data), ts_ns, packet, seen)
        self.taken += len(data)
        return Reply(wording, self.taken, packet, ts_ns)

    def feed(self, data: bytes, ts_ns: int, packet: int, seen: int) -> None:
        """Take the next octets, of which `next` gives the replies."""
        self._segment = b"" if self.inbox.waiting or self.kept_octets else data
        self.inbox.put(data, ts_ns, packet, seen)

    def next(self, *, keep: bool = False) -> Reply | None:
        """Return the next complete reply, or None.

        With `keep` its words are kept for the next one like it: it can repeat no secret.
        """
        while True:
            line = self.inbox.line()
            if line is None:
                if self.inbox.waiting > self.limit:
                    self._overflow()
                self._segment = b""
                return None
            self.taken += len(line)
            if self._skip:
                self._skip = False
                if not _is_reply_line(line):
                    continue
            wording = None if self.kept_octets or len(line) > self.limit else kept(line)
            if wording is not None:
                return Reply(wording, self.taken, self.inbox.packet, self.inbox.ts_ns)
            reply = self._line(line)
            if reply is not None:
                segment, self._segment = self._segment, b""
                octets = reply.wording.octets
                if keep and not self.faults and octets in {len(line), len(segment)}:
                    _keep(line if octets == len(line) else segment, reply.wording)
                return reply

    def flush(self) -> Reply | None:
        """Take what waits without its line end as a reply, where it looks like one.

        For servers that forget the line end: the client has answered, so it was read as a reply.
        """
        if not _is_reply_line(self.inbox.peek(4)):
            return None
        line = self.inbox.take(len(self.inbox))
        self.taken += len(line)
        self.faults.append(("bad_reply_syntax", "no line end"))
        return self._line(line)

    def _line(self, line: bytes) -> Reply | None:
        size = len(line)
        code = CODES.get(line[:4])
        if code is None or size > REPLY_LINE_OCTETS:
            return self._odd_line(line)
        text = line.decode("latin-1")
        # the first CR is that of the end, so no other is there
        if text.find("\r") != size - 2 or not text.endswith("\n") or "\0" in text:
            return self._odd_line(line)
        if not self._lines:
            self._code = code
        elif code != self._code:
            return self._odd_line(line)
        self._keep(line[4:-2], size)
        return None if line[3] == _HYPHEN else self._reply()

    def _odd_line(self, line: bytes) -> Reply | None:
        """Read a line that may have faults."""
        self._judge(line)
        body = line.rstrip(b"\r\n")
        if not _is_reply_line(body):
            self.faults.append(("bad_reply_syntax", "no reply code"))
            if self._lines:
                self._keep(body, len(line))
            return None
        code = int(body[:3])
        if not 200 <= code < 600 or body[1] > 0x35:
            self.faults.append(("bad_reply_syntax", f"code {code:03}"))
        if self._lines and code != self._code:
            self.faults.append(("bad_reply_syntax", "codes differ in one reply"))
        if not self._lines:
            self._code = code
        self._keep(body[4:], len(line))
        return None if body[3:4] == b"-" else self._reply()

    def _reply(self) -> Reply:
        """Return the reply whose last line was kept."""
        inbox, lines = self.inbox, self._lines
        wording = Wording(self._code, lines, self.kept_octets, self._longest)
        reply = Reply(wording, self.taken, inbox.packet, inbox.ts_ns)
        self._reset()
        return reply

    def _judge(self, line: bytes) -> None:
        if len(line) > REPLY_LINE_OCTETS:
            self.faults.append(("line_too_long", f"reply line of {len(line)} octets"))
        if not line.endswith(b"\r\n") and line.endswith(b"\n"):
            self.faults.append(("bare_lf", "in a reply"))
        if 0 in line:
            self.faults.append(("nul_in_line", "in a reply"))

    def _keep(self, body: bytes, octets: int) -> None:
        self.kept_octets += octets
        self._longest = max(self._longest, octets)
        if self.kept_octets <= self.limit:
            self._lines.append(body)
        elif self._lines and self.kept_octets - octets <= self.limit:
            self.faults.append(("limit_reached", "reply_octets"))

    def _overflow(self) -> None:
        """Drop a line that never ends; what follows its end is read again."""
        self.taken += len(self.inbox)
        self.inbox.clear()
        self.faults.append(("limit_reached", "reply_octets"))
        self._reset()
        self._skip = True

    def _reset(self) -> None:
        self._lines = []
        self._code = 0
        self.kept_octets = 0
        self._longest = 0


def _is_reply_line(line: bytes) -> bool:
    """Tell whether a line begins with three digits and a blank, a hyphen or nothing."""
    return _REPLY_LINE.match(line) is not None

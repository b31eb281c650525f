"""Server octets into replies.

A reply is one or more lines that begin with the same three digits, a hyphen behind them in all
lines but the last (RFC 5321 4.2). Only the first digit is ever judged: servers use codes of their
own. A line that is none of this is said and skipped.
"""

from __future__ import annotations

import re
from typing import Final

from smtpids.smtp.inbox import Inbox

#: The longest reply line with CRLF (RFC 5321 4.5.3.1.5).
REPLY_LINE_OCTETS: Final = 512
_REPLY_LINE: Final = re.compile(rb"[0-9]{3}(?:[ \-\r\n]|\Z)")
#: What nearly all lines are: a code in range, a blank or a hyphen, text, CRLF.
_PLAIN_LINE: Final = re.compile(rb"([2-5][0-5][0-9])(?:([ -])([^\r\n\0]*))?\r\n")

#: What readers at rest share, and nobody adds to.
_NO_LINES: Final[list[bytes]] = []
_NO_FAULTS: Final[list[tuple[str, str]]] = []


class Reply:
    """One reply of the server."""

    __slots__ = ("code", "digit", "end", "lines", "longest", "octets", "packet", "text", "ts_ns")

    def __init__(
        self,
        code: int,
        lines: list[bytes],
        octets: int,
        end: int,
        packet: int,
        ts_ns: int,
        longest: int = 0,
    ) -> None:
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
        self.end = end
        """Offset in the server's stream behind the reply."""
        self.packet = packet
        self.ts_ns = ts_ns


class ReplyReader:
    """Cuts the server's octets into replies; `faults` are the anomalies met since last taken."""

    __slots__ = (
        "_code",
        "_lines",
        "_longest",
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

    def next(self) -> Reply | None:
        """Return the next complete reply, or None."""
        while True:
            line = self.inbox.line()
            if line is None:
                if self.inbox.waiting > self.limit:
                    self._overflow()
                return None
            self.taken += len(line)
            if self._skip:
                self._skip = False
                if not _is_reply_line(line):
                    continue
            reply = self._line(line)
            if reply is not None:
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
        plain = _PLAIN_LINE.fullmatch(line)
        if plain is None or len(line) > REPLY_LINE_OCTETS:
            return self._odd_line(line)
        code = int(plain[1])
        if not self._lines:
            self._code = code
        elif code != self._code:
            return self._odd_line(line)
        self._keep(plain[3] or b"", len(line))
        return None if plain[2] == b"-" else self._reply()

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
        reply = Reply(
            self._code,
            lines,
            self.kept_octets,
            self.taken,
            inbox.packet,
            inbox.ts_ns,
            self._longest,
        )
        self._reset()
        return reply

    def _judge(self, line: bytes) -> None:
        if len(line) > REPLY_LINE_OCTETS:
            self.faults.append(("line_too_long", f"reply line of {len(line)} octets"))
        if not line.endswith(b"\r\n") and line.endswith(b"\n"):
            self.faults.append(("bare_lf", "in a reply"))
        if b"\0" in line:
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

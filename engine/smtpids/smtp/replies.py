"""Server octets into replies.

A reply is one or more lines that begin with the same three digits, a hyphen behind them in all
lines but the last (RFC 5321 4.2). Only the first digit is ever judged: servers use codes of their
own. A line that is none of this is said and skipped.
"""

from __future__ import annotations

from typing import Final

from smtpids.pattern import Pattern
from smtpids.smtp.inbox import Inbox
from smtpids.smtp.wording import CODES, REPLY_LINE_OCTETS, Wording, wording_of

_HYPHEN: Final = 0x2D
_REPLY_LINE: Final = Pattern(rb"[0-9]{3}(?:[ \-\r\n]|\Z)")

#: What readers at rest share, and nobody adds to.
_NO_LINES: Final[list[bytes]] = []
_NO_FAULTS: Final[list[tuple[str, str]]] = []


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

    def whole(self, data: bytes, ts_ns: int, packet: int, seen: int, *, keep: bool) -> Reply | None:
        """Take a segment at once that is one ordinary reply; None if it must be put and read.

        `keep` as in `wording_of`.
        """
        if self.inbox.waiting or self.kept_octets or self._skip or len(data) > self.limit:
            return None
        wording = wording_of(data, keep=keep)
        if wording is None:
            return None
        self.inbox.pass_by(len(data), ts_ns, packet, seen)
        self.taken += len(data)
        return Reply(wording, self.taken, packet, ts_ns)

    def next(self, *, keep: bool = False) -> Reply | None:
        """Return the next complete reply, or None; `keep` as in `wording_of`."""
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
            if not self.kept_octets and len(line) <= self.limit:
                wording = wording_of(line, keep=keep)
                if wording is not None:
                    return Reply(wording, self.taken, self.inbox.packet, self.inbox.ts_ns)
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

"""The ordinary command line, read by a short way.

Nearly all lines are a verb in capitals, printable ASCII and CRLF. Of these nothing can be odd, and
what `commands.Command` finds out octet by octet is found at once, in text. Whatever differs is
read there, and both say the same: a test holds one against the other.
"""

from __future__ import annotations

from typing import Final

from smtpids.smtp.commands import SECRET_VERBS, SHOWN_CHARS, Command
from smtpids.smtp.parameters import MOST_PARAMETERS
from smtpids.smtp.path import BANG, NULL, PERCENT, PLAIN, QUOTED_AT, Parts
from smtpids.smtp.states import VERBS, Verb

#: No verb is shorter, with its line end.
LEAST_OCTETS: Final = 6
#: No line as short is too long for its verb, and none of its words is cut.
MOST_OCTETS: Final = 512
_VERBS: Final = {name: verb for name, verb in VERBS.items() if name not in SECRET_VERBS}
#: Printable ASCII is what this leaves as it is.
_PRINTABLE: Final = bytes(octet if 0x20 <= octet < 0x7F else 0x20 for octet in range(256))
#: Verbs whose lines are the same in session after session.
_SAME: Final = frozenset({"EHLO", "HELO", "LHLO", "DATA", "RSET", "NOOP", "QUIT", "STARTTLS"})
#: Such lines that are kept, and octets of each at most: nobody can fill the memory with them.
MOST_KEPT: Final = 1_024
KEPT_OCTETS: Final = 128
#: So are shorter ones of all verbs: of these, thousands of equal ones come in few packets.
SHORT_OCTETS: Final = 16
_NO_SECRET: Final = b""


class PlainCommand(Command):
    """An ordinary command; nothing of it is changed but that its path is read."""

    __slots__ = ("_argument", "_text")

    def __init__(self, line: bytes, text: str, row: Verb) -> None:
        self.length = len(line) + len("\r\n")
        self.line = line
        self.row = row
        self.verb = row.name
        self.known = True
        self.plain = True
        self.path = b""
        self.parameters = []
        self._parts = None
        self._text = text
        behind = len(row.name) + 1
        argument, octets = text[behind:], line[behind:]
        if text.endswith(" ") or argument.startswith(" "):
            argument, octets = argument.strip(" "), octets.strip(b" ")
        self._argument = argument
        self.argument = octets

    def may_be_secret(self, *, trusted: bool) -> bool:
        """Tell whether its verb may have a secret, though here it has none."""
        return self.verb in SECRET_VERBS

    def secret(self, *, trusted: bool) -> bytes:
        """Return nothing: a reply may repeat all of it."""
        return _NO_SECRET

    def shown(self, *, trusted: bool) -> tuple[str, str]:
        """Return verb and line as they may be logged."""
        if len(self._text) > SHOWN_CHARS:
            return Command.shown(self, trusted=trusted)
        return self.verb, self._text

    def shown_argument(self) -> str:
        """Return the argument as it may be logged."""
        if ";" in self._argument:
            return Command.shown_argument(self)
        return self._argument

    def read_path(self, keyword: bytes) -> None:
        """Read `FROM:<path> parameters` or `TO:<path> parameters`, once."""
        if self._parts is not None:
            return
        argument = self._argument
        begin = len(keyword) + 2
        if not argument.startswith("FROM:<" if keyword == b"FROM" else "TO:<"):
            Command.read_path(self, keyword)
            return
        end = argument.find(">")
        path = argument[begin:end]
        # a quoted string may hold brackets
        if end < 0 or '"' in path or "\\" in path or "<" in path:
            Command.read_path(self, keyword)
            return
        self.path = self.argument[begin:end]
        if end + 1 < len(argument):
            self.parameters = argument[end + 1 :].split()[:MOST_PARAMETERS]
        if not path.startswith("@"):
            self._parts = plain_parts(path)

    def asks_for_utf8(self) -> bool:
        """Tell whether SMTPUTF8 is asked for."""
        return "SMTPUTF8" in self._argument.upper()


def plain_parts(path: str) -> Parts:
    """Return the parts of a path without quotes and without source route."""
    at = path.rfind("@")
    local, domain = (path, "") if at < 0 else (path[:at], path[at + 1 :].lower())
    form = PLAIN
    if not path:
        form = NULL
    elif "@" in local:
        form = QUOTED_AT
    elif "%" in local:
        form = PERCENT
    elif "!" in local:
        form = BANG
    return Parts(path, local, domain, form)


_kept: Final[dict[bytes, PlainCommand]] = {}


def plainly(line: bytes) -> PlainCommand | None:
    """Read octets that are one ordinary line; None if they take a closer look."""
    if len(line) < LEAST_OCTETS:
        return None
    command = _kept.get(line)
    if command is None and len(line) <= MOST_OCTETS and line.endswith(b"\r\n"):
        octets = line[:-2]
        text = octets.decode("latin-1")
        end = text.find(" ")
        row = _VERBS.get(text if end < 0 else text[:end]) or _bare_login(text)
        if row is None or octets.translate(_PRINTABLE) != octets:
            return None
        command = PlainCommand(octets, text, row)
        if len(line) <= (KEPT_OCTETS if row.name in _SAME else SHORT_OCTETS):
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[line] = command
    return command


def _bare_login(text: str) -> Verb | None:
    """Return the row of a short AUTH with nothing but its mechanism, in which no secret is."""
    if not text.startswith("AUTH ") or len(text) > SHORT_OCTETS - len("\r\n"):
        return None
    mechanism = text[len("AUTH ") :]
    return VERBS["AUTH"] if mechanism and " " not in mechanism else None

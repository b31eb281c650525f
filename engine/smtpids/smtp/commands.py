"""Client lines into commands, and what of them may be shown.

Nothing here follows the session; `tracker.py` does. Redaction is decided here, in one place: what
a person may see of a command line is what `shown` returns, and nothing else is ever logged.
"""

from __future__ import annotations

import re
from typing import Final

from smtpids.pattern import Pattern
from smtpids.smtp.parameters import path_of
from smtpids.smtp.path import Parts, parts_of
from smtpids.smtp.states import ROWS, UNKNOWN, VERBS, Verb
from smtpids.text import as_text

#: Characters of a command that evidence shows.
SHOWN_CHARS: Final = 200
#: The longest command line with CRLF (RFC 5321 4.5.3.1.4).
COMMAND_LINE_OCTETS: Final = 512
#: A verb as it may be written -> the verb, where neither needs a closer look.
_VERB_OF: Final[dict[bytes, str]] = {
    word: verb for verb in VERBS for word in (verb.encode(), verb.lower().encode())
}
#: The verb in capitals -> the verb.
_CAPITALS: Final[dict[bytes, str]] = {verb.encode(): verb for verb in VERBS}
#: What is known of a line that is no command.
NO_COMMAND: Final[Verb] = ROWS[UNKNOWN]
#: Verbs of which a part may be a secret.
SECRET_VERBS: Final = frozenset({"AUTH", "BURL"})
#: Printable ASCII is what this leaves as it is.
_PRINTABLE: Final = bytes(octet if 0x20 <= octet < 0x7F else 0x20 for octet in range(256))
#: Verbs whose lines are the same in session after session.
_SAME: Final = frozenset({"EHLO", "HELO", "LHLO", "DATA", "RSET", "NOOP", "QUIT", "STARTTLS"})
#: Lines of theirs that are kept as commands, and octets of each at most: nobody can fill the memory
#: with them. So are shorter lines of all verbs, of which thousands may come in few packets.
MOST_KEPT: Final = 1_024
KEPT_OCTETS: Final = 128
SHORT_OCTETS: Final = 16
#: First words of lines that other protocols use for secrets, met where SMTP was expected.
_SECRET_WORDS: Final = frozenset(
    {"PASS", "USER", "AUTHORIZATION:", "PROXY-AUTHORIZATION:", "COOKIE:", "LOGIN", "AUTHENTICATE"}
)
#: A line that is no command and may have been meant for AUTH.
_AUTH: Final = Pattern(rb"AUTH", re.IGNORECASE)
_SEMICOLON: Final = 0x3B
#: RFC 4467 5: who holds the token of a URL may fetch what it names.
_URL_TOKEN: Final = Pattern(rb"(;URLAUTH=[^:\s]*:[^:\s]*:)[^\s]+", re.IGNORECASE)
#: The longest word taken for the verb of an unknown command.
_VERB_CHARS: Final = 24


class Command:
    """One command line of the client, read but not yet judged."""

    __slots__ = (
        "_parts",
        "argument",
        "known",
        "length",
        "line",
        "parameters",
        "path",
        "plain",
        "row",
        "verb",
    )

    def __init__(self, line: bytes) -> None:
        self.length = len(line)
        """Octets with the line end."""
        self.line = line.rstrip(b"\r\n")
        # servers take any blank, and blanks before the verb (RFC 5321 2.3.8 allows neither)
        words = self.line.split(None, 1)
        verb = _VERB_OF.get(words[0]) if words else ""
        if verb is None:
            verb = as_text(words[0][: _VERB_CHARS + 1]).upper()
        self.verb = verb
        self.row = VERBS.get(verb, NO_COMMAND)
        """What is known of it."""
        self.known = self.row is not NO_COMMAND
        self.argument = words[1].strip() if len(words) > 1 else b""
        self.path = b""
        self.parameters: list[str] = []
        self._parts: Parts | None = None
        self.plain = False
        """Whether there is nothing to judge in its octets: see `ordinary`."""

    def read_path(self, keyword: bytes) -> None:
        """Read path and parameters behind `keyword`, once; without it all is path."""
        if self._parts is not None:
            return
        read = path_of(self.argument, keyword)
        self.path, self.parameters = read or (self.argument, [])

    def asks_for_utf8(self) -> bool:
        """Tell whether SMTPUTF8 is asked for (RFC 6531 3.4)."""
        return self.argument.upper().find(b"SMTPUTF8") >= 0

    def parts(self) -> Parts:
        """Return the parts of the path."""
        parts = self._parts
        if parts is None:
            parts = self._parts = parts_of(self.path)
        return parts

    def behead(self, octets: int) -> None:
        """Note that `octets` before these were too many to keep: nobody knows what it says."""
        self.length += octets
        self.verb = ""
        self.row = NO_COMMAND
        self.known = False

    def secret(self, *, trusted: bool) -> bytes:
        """Return what of the line no reply may repeat; of AUTH all behind the mechanism."""
        if not self.may_be_secret(trusted=trusted):
            return b""
        return auth_words(self.argument)[1] if self.verb == "AUTH" else self.line

    def may_be_secret(self, *, trusted: bool) -> bool:
        """Tell whether a part of the line may be a secret, which no reply may repeat either.

        `trusted` is False where a line that is no command may be part of a secret or of a message:
        after AUTH, after a gap, in mid-stream, after refused DATA.
        """
        if self.known:
            return self.verb in SECRET_VERBS
        return not trusted or self.verb in _SECRET_WORDS or _AUTH.search(self.line) is not None

    def shown(self, *, trusted: bool) -> tuple[str, str]:
        """Return verb and line as they may be logged; of what may be a secret only the length."""
        if self.known and self.verb not in SECRET_VERBS:
            return self.verb, as_text(self.line, SHOWN_CHARS)
        if self.verb == "AUTH":
            mechanism, response = auth_words(self.argument)
            shown = f"AUTH {as_text(mechanism, 40)}".rstrip()
            return self.verb, f"{shown} [redacted]" if response else shown
        if self.verb == "BURL":
            return self.verb, as_text(_URL_TOKEN.sub(rb"\1[redacted]", self.line), SHOWN_CHARS)
        if trusted and self.verb in _SECRET_WORDS:
            return self.verb, f"{self.verb} [redacted]"
        if self.may_be_secret(trusted=trusted):
            return "", f"[{self.length} octets]"
        return self.verb[:_VERB_CHARS], as_text(self.line, SHOWN_CHARS)

    def shown_argument(self) -> str:
        """Return the argument of a known command as it may be logged."""
        argument = self.argument
        if _SEMICOLON in argument:
            argument = _URL_TOKEN.sub(rb"\1[redacted]", argument)
        return as_text(argument)


_kept: Final[dict[bytes, Command]] = {}


def ordinary(line: bytes) -> Command | None:
    """Read octets that are one line as nearly all are; None if they take a closer look.

    Such a line is a verb in capitals, printable ASCII and CRLF, and holds no secret. What is read
    may be shared with other sessions, so nothing of it is changed but that its path is read.
    """
    command = _kept.get(line)
    if command is not None or not _is_ordinary(line):
        return command
    command = Command(line)
    command.plain = True
    if len(line) <= (KEPT_OCTETS if command.verb in _SAME else SHORT_OCTETS):
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[line] = command
    return command


def _is_ordinary(line: bytes) -> bool:
    octets = line[:-2]
    if len(line) > COMMAND_LINE_OCTETS or not line.endswith(b"\r\n"):
        return False
    verb, _, argument = octets.partition(b" ")
    name = _CAPITALS.get(verb)
    if name is None or octets.translate(_PRINTABLE) != octets:
        return False
    if name not in SECRET_VERBS:
        return True
    # AUTH with nothing but its mechanism
    return name == "AUTH" and len(line) <= SHORT_OCTETS and argument.isalnum()


_WORD: Final = rb"[^\s]+"
_NOTHING: Final = rb""
#: verb -> what its argument looks like in a command, as against a line of a letter.
_ARGUMENTS: Final[dict[str, Pattern[bytes]]] = {
    verb: Pattern(pattern, re.IGNORECASE)
    for verb, pattern in {
        **dict.fromkeys(("EHLO", "HELO", "LHLO", "VRFY", "EXPN", "ETRN"), _WORD),
        **dict.fromkeys(("MAIL", "SEND", "SOML", "SAML"), rb"FROM:.*"),
        "RCPT": rb"TO:.*",
        **dict.fromkeys(("DATA", "RSET", "NOOP", "QUIT", "HELP", "STARTTLS", "TURN"), _NOTHING),
        "AUTH": rb"[A-Z0-9_-]{1,20}( (=|([A-Z0-9+/]{4})*([A-Z0-9+/]{2}==|[A-Z0-9+/]{3}=)?))?",
        "BDAT": rb"[0-9]+( LAST)?",
        "ATRN": rb".*",
        "BURL": rb"imap:.*",
        "XCLIENT": rb"[A-Z]+=.*",
        "XFORWARD": rb"[A-Z]+=.*",
    }.items()
}


def is_plausible(command: Command) -> bool:
    """Tell whether a line that may be of anything has the form of a command."""
    pattern = _ARGUMENTS.get(command.verb)
    return pattern is not None and pattern.fullmatch(command.argument) is not None


def auth_words(argument: bytes) -> tuple[bytes, bytes]:
    """Return mechanism and initial response in the argument of AUTH; empty where there is none."""
    words = argument.split(None, 1)
    return words[0] if words else b"", words[1].strip() if len(words) > 1 else b""


def bdat_size(argument: bytes) -> tuple[int, bool] | None:
    """Read the argument of BDAT (RFC 3030 2): size and whether it is the last; None if malformed.

    The size is bound to what fits 63 bits, far above any message and below what servers wrap.
    """
    words = argument.split()
    if not words or len(words) > 2 or not words[0].isdigit() or len(words[0]) > 19:
        return None
    size = int(words[0])
    if size >= 1 << 63 or (len(words) == 2 and words[1].upper() != b"LAST"):
        return None
    return size, len(words) == 2

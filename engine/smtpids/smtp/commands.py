"""Client lines into commands, and what of them may be shown.

Nothing here follows the session; `tracker.py` does. Redaction is decided here, in one place: what
a person may see of a command line is what `shown` returns, and nothing else is ever logged.
"""

from __future__ import annotations

from typing import Final

from smtpids.smtp.parameters import text
from smtpids.smtp.states import VERBS

#: Characters of a command that evidence shows.
SHOWN_CHARS: Final = 200
#: First words of lines that other protocols use for secrets, met where SMTP was expected.
_SECRET_WORDS: Final = frozenset(
    {"PASS", "USER", "AUTHORIZATION:", "PROXY-AUTHORIZATION:", "COOKIE:", "LOGIN", "AUTHENTICATE"}
)
#: The longest word taken for the verb of an unknown command.
_VERB_CHARS: Final = 24

#: What terminates a line, as found.
CRLF: Final = "crlf"
LF: Final = "lf"


class Command:
    """One command line of the client, read but not yet judged."""

    __slots__ = ("argument", "known", "length", "line", "parameters", "path", "verb")

    def __init__(self, line: bytes) -> None:
        self.length = len(line)
        """Octets with the line end."""
        self.line = line.rstrip(b"\r\n")
        word, _, rest = self.line.partition(b" ")
        name = text(word[: _VERB_CHARS + 1]).strip().upper()
        self.known = name in VERBS
        if not self.known and b"\t" in word:
            word, _, rest = self.line.partition(b"\t")
            name = text(word[: _VERB_CHARS + 1]).strip().upper()
            self.known = name in VERBS
        self.verb = name
        self.argument = rest.strip()
        self.path = b""
        self.parameters: list[str] = []

    def shown(self, *, trusted: bool) -> tuple[str, str]:
        """Return verb and line as they may be logged.

        `trusted` is False where a line that is no command may be part of a secret or of a message:
        after AUTH, after a gap, in mid-stream, after refused DATA. Of such a line nothing is shown
        but its length.
        """
        if self.verb == "AUTH":
            mechanism, _, response = self.argument.partition(b" ")
            shown = f"AUTH {text(mechanism, 40)}"
            return self.verb, f"{shown} [redacted]" if response.strip() else shown
        if self.known:
            return self.verb, text(self.line, SHOWN_CHARS)
        if not trusted:
            return "", f"[{self.length} octets]"
        if self.verb in _SECRET_WORDS:
            return self.verb, f"{self.verb} [redacted]"
        return self.verb[:_VERB_CHARS], text(self.line, SHOWN_CHARS)


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

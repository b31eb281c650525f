"""What a session came to: counts over all of it, said when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.states import AUTH_ANSWER, CONNECT, END_OF_DATA, UNKNOWN

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

#: How far a session can come, the nearest first.
REACHED: Final = ("nothing", "greeting", "hello", "tls", "auth", "mail", "rcpt", "message")
#: verb -> place in `REACHED` that an acceptance of it means.
_PLACES: Final[dict[str, int]] = {
    CONNECT: 1,
    **dict.fromkeys(("EHLO", "HELO", "LHLO"), 2),
    "AUTH": 4,
    AUTH_ANSWER: 4,
    **dict.fromkeys(("MAIL", "SEND", "SOML", "SAML"), 5),
    "RCPT": 6,
    END_OF_DATA: 7,
}
_TLS: Final = 3
#: Commands that bring no mail any further.
IDLE: Final = frozenset({"NOOP", "RSET", "VRFY", "EXPN", "HELP", "EHLO", "HELO", "LHLO", UNKNOWN})


class Tally:
    """Counts of one session."""

    __slots__ = (
        "_reached",
        "commands",
        "idle_commands",
        "idle_octets",
        "messages",
        "rcpt_accepted",
        "rcpt_rejected",
        "refused",
        "tempfailed",
        "unheard",
        "unknown",
    )

    def __init__(self) -> None:
        self._reached = 0
        self.commands = 0
        self.unheard = 0
        """Commands given up as never answered, more than replies since."""
        self.idle_commands = 0
        self.idle_octets = 0
        """Octets of their lines."""
        self.unknown = 0
        """Commands that are not SMTP's."""
        self.tempfailed = 0
        self.refused = 0
        self.rcpt_accepted = 0
        self.rcpt_rejected = 0
        self.messages = 0
        """Messages that the server took."""

    def command(self, verb: str, octets: int) -> None:
        """Take a command of the client."""
        self.commands += 1
        if verb in IDLE:
            self.idle_commands += 1
            self.idle_octets += octets
            self.unknown += verb == UNKNOWN

    def reply(self, verb: str, digit: int) -> None:
        """Take a reply to `verb`."""
        if self.unheard:
            self.unheard -= 1
        if digit == 4:
            self.tempfailed += 1
        elif digit == 5:
            self.refused += 1
        if verb == "RCPT":
            self.rcpt_accepted += digit == 2
            self.rcpt_rejected += 4 <= digit <= 5
        if digit == 2:
            self._reached = max(self._reached, _PLACES.get(verb, 0))

    def message(self, code: int | None) -> None:
        """Take the end of a message."""
        self.messages += code is not None and code // 100 == 2

    def add_fields(self, said: Fields) -> None:
        """Add what is said of the session to the event of its end."""
        reached = max(self._reached, _TLS) if said["tls.established"] else self._reached
        said["smtp.reached"] = REACHED[reached]
        said["smtp.totals.replies_4xx"] = self.tempfailed
        said["smtp.totals.replies_5xx"] = self.refused
        said["smtp.totals.unknown_commands"] = self.unknown
        said["smtp.totals.idle_commands"] = self.idle_commands
        said["smtp.totals.idle_octets"] = self.idle_octets
        said["smtp.totals.rcpt_accepted"] = self.rcpt_accepted
        said["smtp.totals.rcpt_rejected"] = self.rcpt_rejected
        said["smtp.totals.messages_accepted"] = self.messages

"""The modes of reading a client, and what waits for a reply."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smtpids.smtp.commands import Command
    from smtpids.smtp.message import Message
    from smtpids.smtp.states import State, Verb


class Mode(IntEnum):
    """How the client's next octets are to be read."""

    COMMANDS = 0
    HELD = 1
    """Not yet: a reply decides."""
    ANSWER = 2
    """A line of a SASL exchange."""
    MESSAGE = 3
    CHUNK = 4
    UPGRADE = 5
    """Behind the 220 to STARTTLS: TLS is due."""
    TLS = 6


#: The server's octets are no replies.
UPGRADED: Final = frozenset({Mode.UPGRADE, Mode.TLS})


class Step:
    """A command of the dialogue, and the code of its reply."""

    __slots__ = ("code", "verb")

    def __init__(self, verb: str | None) -> None:
        self.verb = verb
        self.code: int | None = None


class Pending:
    """A command, or what the server replies to like one, that waits for its reply."""

    __slots__ = ("after", "command", "entry", "marks", "message", "row")

    def __init__(
        self,
        row: Verb,
        after: State,
        command: Command | None = None,
        entry: Step | None = None,
        marks: frozenset[int] = frozenset(),
    ) -> None:
        self.row = row
        """What it is: one of `states.ROWS`."""
        self.after = after
        """The state that its client believes in behind it."""
        self.command = command
        self.entry = entry
        self.marks = marks
        """Of words that the reply must not show: redact.marks_of."""
        self.message: Message | None = None
        """The message that the reply is about."""

    @property
    def verb(self) -> str:
        """Its name."""
        return self.row.name

"""What a row of the table of fields is: a name that rules may use, its type and its events."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from smtpids.smtp.events import Action


class Type(StrEnum):
    """What a value is, or each value of a list."""

    TEXT = "text"
    """Words of people or programs."""
    KEYWORD = "keyword"
    """A word that is compared as a whole more often than searched."""
    INTEGER = "integer"
    BOOLEAN = "boolean"
    IP = "ip"
    TIME = "time"
    """Nanoseconds since 1970 in the engine; alerts write it for people."""
    OBJECT = "object"
    """Values under names of their own; a rule can only ask whether it is there."""


#: What is compared in lower case, if a rule does not say otherwise.
TEXTUAL: Final = frozenset({Type.TEXT, Type.KEYWORD})


class Field(NamedTuple):
    """A name that events carry."""

    name: str
    type: Type
    actions: frozenset[str]
    """The values of `event.action` whose events may carry it."""
    sentence: str
    example: str
    many: bool = False
    """Whether the value is a list."""
    values: frozenset[str] = frozenset()
    """All values there are, if these are few."""
    hidden: bool = False
    """It is made only if a rule asks for it, and never written."""
    needs: str = ""
    """The key of the configuration without which nothing is known of it."""
    read: str = ""
    """Where an event has it: a path of attributes from the event, such as `session.helo` or
    `payload.code`. What is None anywhere on the way is a field that is not there."""

    @property
    def type_name(self) -> str:
        """The type as documentation and messages write it."""
        return f"list of {self.type}" if self.many else str(self.type)


TEXT, KEYWORD, INTEGER, BOOLEAN = Type.TEXT, Type.KEYWORD, Type.INTEGER, Type.BOOLEAN
IP, TIME, OBJECT = Type.IP, Type.TIME, Type.OBJECT

ALL: Final = frozenset(str(action) for action in Action)
GREETING: Final = frozenset({str(Action.GREETING)})
COMMAND: Final = frozenset({str(Action.COMMAND)})
REPLY: Final = frozenset({str(Action.REPLY)})
AUTH: Final = frozenset({str(Action.AUTH)})
TLS: Final = frozenset({str(Action.TLS)})
MESSAGE: Final = frozenset({str(Action.MESSAGE)})
ANOMALY: Final = frozenset({str(Action.ANOMALY)})
SESSION_END: Final = frozenset({str(Action.SESSION_END)})

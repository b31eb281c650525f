"""What is remembered of a client, by its address, and what an event says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias, cast

from smtpids.history import marks
from smtpids.history.span import percent, seconds, word_of
from smtpids.smtp.events import Part, part_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.history.record import Values
    from smtpids.smtp.events import Fields, Value

    _Row: TypeAlias = "tuple[int, int, int, int, int, int, bytes, bytes]"

#: Names in EHLO remembered of a client.
NAMES: Final = 16
#: Servers remembered of a client: a relay has more, which then count as at least so many.
SERVERS: Final = 64


class Client:
    """What earlier sessions told of a client."""

    __slots__ = (
        "first_ns",
        "helo_names",
        "messages",
        "servers",
        "sessions",
        "tls_last_ns",
        "tls_rank",
        "tls_sessions",
    )
    COLUMNS: ClassVar[Mapping[str, type]] = {
        "first_ns": int,
        "sessions": int,
        "messages": int,
        "tls_sessions": int,
        "tls_rank": int,
        "tls_last_ns": int,
        "helo_names": bytes,
        "servers": bytes,
    }

    def __init__(self) -> None:
        self.first_ns = 0
        self.sessions = 0
        self.messages = 0
        """Messages that servers took, as far as they were seen."""
        self.tls_sessions = 0
        self.tls_rank = 0
        """The highest version that it was given, see `span.rank_of`."""
        self.tls_last_ns = 0
        self.helo_names = b""
        self.servers = b""


UNKNOWN: Final[Part] = part_of(
    {
        "history.client.known": False,
        "history.client.sessions": 0,
        "history.client.messages": 0,
        "history.client.helo_names": 0,
        "history.client.servers": 0,
        "history.client.server_known": False,
        "history.client.tls_sessions": 0,
        "history.client.tls_percent": 0,
    }
)
"""What an event says of a client that was never seen."""
_NAMES: Final[tuple[str, ...]] = (
    "history.client.known",
    "history.client.first_seen",
    "history.client.age",
    "history.client.sessions",
    "history.client.messages",
    "history.client.helo_names",
    "history.client.servers",
    "history.client.server_known",
    "history.client.tls_sessions",
    "history.client.tls_percent",
)
_OF_TLS: Final[tuple[str, ...]] = ("history.client.tls_max_version",)
_OF_SESSIONS: Final[tuple[str, ...]] = ("history.client.tls_last_seen",)
#: With the version of TLS or without, and of either with its last session.
_ALL_NAMES: Final = [
    [_NAMES, _NAMES + _OF_SESSIONS],
    [_NAMES + _OF_TLS, _NAMES + _OF_TLS + _OF_SESSIONS],
]


def restored(values: Values) -> Client:
    """Return the client that had these values, faster than `record.restored`."""
    client = Client()
    (
        client.first_ns,
        client.sessions,
        client.messages,
        client.tls_sessions,
        client.tls_rank,
        client.tls_last_ns,
        client.helo_names,
        client.servers,
    ) = cast("_Row", values)
    return client


def context(client: Client | None, server: str, start_ns: int) -> Part:
    """Return what every event says of a session with `server` that began at `start_ns`."""
    if client is None:
        return UNKNOWN
    values: list[Value] = [
        True,
        client.first_ns,
        seconds(client.first_ns, start_ns),
        client.sessions,
        client.messages,
        marks.count(client.helo_names),
        marks.count(client.servers),
        marks.holds(client.servers, marks.mark_of(server)),
        client.tls_sessions,
        percent(client.tls_sessions, client.sessions),
    ]
    if client.tls_rank:
        values.append(word_of(client.tls_rank))
    if client.tls_sessions:
        values.append(client.tls_last_ns)
    return Part(_ALL_NAMES[client.tls_rank > 0][client.tls_sessions > 0], values)


def reach(client: Client, server: str) -> None:
    """Take that the client has a session with a server."""
    client.servers = marks.added(client.servers, marks.mark_of(server), SERVERS)


def call(client: Client, name: str, names_before: bytes) -> Fields:
    """Take a name in EHLO; return whether it is among those from before the session."""
    mark = marks.mark_of(name.lower())
    client.helo_names = marks.added(client.helo_names, mark, NAMES)
    if not names_before:
        return {}
    return {"history.client.helo_known": marks.holds(names_before, mark)}

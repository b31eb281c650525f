"""Whole sessions at chosen times, for what the engine remembers from one to the next.

A visit is one session as a client makes it; what its server says can be changed piece by piece.
`told_with_history` runs packets through the whole engine with a matcher that wants the history in
every event.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpids.config import SECOND, Config
from smtpids.fields import ALL
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from tests.support.wire import START_NS, Conversation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from smtpids.capture.frames import Frame
    from smtpids.history import Memory
    from smtpids.rules.rule import Rule
    from smtpids.smtp import Event

STARTTLS = ("PIPELINING", "STARTTLS", "AUTH PLAIN")
NO_STARTTLS = ("PIPELINING", "AUTH PLAIN")


@dataclass(slots=True, kw_only=True)
class Visit:
    """One session in cleartext: a greeting, a hello and what else is asked for."""

    at: float = 0
    """Seconds behind `START_NS`."""
    client: str = "192.0.2.1"
    client_port: int = 50000
    server: str = "198.51.100.2"
    port: int = 25
    greeting: str = "220 mx.example ESMTP Postfix"
    hello: str = "EHLO client.example"
    code: int = 250
    """The reply to it."""
    keywords: tuple[str, ...] = STARTTLS
    logins: tuple[tuple[str, bool], ...] = ()
    """Users who try to log in, and whether they succeed."""
    mail: bool = False
    lost: str = ""
    """The packet with these words is not in the capture."""
    close: bool = True

    @property
    def frames(self) -> list[Frame]:
        """The packets of the session."""
        talk = Conversation(
            (self.client, self.client_port),
            (self.server, self.port),
            start_ns=START_NS + int(self.at * SECOND),
        ).open()
        talk.server(f"{self.greeting}\r\n".encode()).client(f"{self.hello}\r\n".encode())
        lines = ("mx.example", *self.keywords) if self.hello.startswith("EHLO") else ("mx.example",)
        talk.server(reply(self.code, lines))
        for user, succeeds in self.logins:
            response = base64.b64encode(f"\0{user}\0secret".encode()).decode()
            talk.client(f"AUTH PLAIN {response}\r\n".encode())
            talk.server(b"235 2.7.0 ok\r\n" if succeeds else b"535 5.7.8 no\r\n")
        if self.mail:
            talk.client(b"MAIL FROM:<ann@example.org>\r\n").server(b"250 ok\r\n")
            talk.client(b"RCPT TO:<bob@example.net>\r\n").server(b"250 ok\r\n")
            talk.client(b"DATA\r\n").server(b"354 go on\r\n")
            talk.client(b"Subject: hello\r\n\r\nhi\r\n.\r\n").server(b"250 queued\r\n")
        talk.client(b"QUIT\r\n").server(b"221 bye\r\n")
        frames = talk.close().frames if self.close else talk.frames
        if not self.lost:
            return frames
        return [frame for frame in frames if self.lost.encode() not in frame[2]]


def reply(code: int, lines: Sequence[str]) -> bytes:
    """Return a reply of one or several lines."""
    *first, last = lines
    return "".join([*(f"{code}-{line}\r\n" for line in first), f"{code} {last}\r\n"]).encode()


class Listener:
    """Stands where the matcher stands, wants the history of every event and keeps them all."""

    history = ALL
    fields: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.events: list[Event] = []

    def match(self, event: Event, /) -> Sequence[Rule]:
        """Keep the event; no rule is true of it."""
        self.events.append(event)
        return ()


def told_with_history(
    *sessions: Iterable[Frame], memory: Memory | None = None, config: Config | None = None
) -> list[Event]:
    """Return all events of sessions, each with what was known before it."""
    listener = Listener()
    pipeline = Pipeline(
        config or Config(strict=True), counts=Counts(), matcher=listener, memory=memory
    )
    for frames in sessions:
        for frame in frames:
            pipeline.frame(*frame)
    pipeline.finish()
    return listener.events


def last_of(events: Iterable[Event], action: str = "session_end") -> Event:
    """Return the last event of an action."""
    return [event for event in events if event.action == action][-1]


def history_of(event: Event, of: str) -> dict[str, object]:
    """Return what an event says of `server`, `client` or `user`, by the names behind that."""
    beginning = f"history.{of}."
    return {
        name.removeprefix(beginning): value
        for name, value in event.fields.items()
        if name.startswith(beginning)
    }

"""What was known when a session began, as its events say it.

It is held fast as the values of two records and made into fields when the first event is told.
Nobody changes these, so the events of a session share them: beside an event (`lay_beside`), or put
into it (`enrich`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.history import clients, servers
from smtpids.smtp.events import Part, part_of
from smtpids.smtp.quiet import fold_fields, unfold_fields

if TYPE_CHECKING:
    from smtpids.history.record import Values
    from smtpids.smtp.events import Event, Fields
    from smtpids.smtp.quiet import FoldedFields

_AGE: Final[tuple[str, ...]] = ("history.age",)


class Past:
    """What was known when one session began, and what the session has shown to be new."""

    __slots__ = (
        "_age",
        "_client_was",
        "_folded",
        "_said",
        "_server_was",
        "_told",
        "client",
        "found",
        "hello",
        "met",
        "names",
        "server",
        "start_ns",
        "tls",
        "user",
        "user_said",
    )

    def __init__(
        self,
        client: str,
        server: str,
        start_ns: int,
        client_was: Values | None,
        server_was: Values | None,
        age: int,
    ) -> None:
        self._age = age
        self.client = client
        self.server = server
        self.start_ns = start_ns
        self._client_was = client_was
        self._server_was = server_was
        self._told: list[Part] | None = None
        """What all events of the session say, in parts."""
        self._said: Fields | None = None
        """The same in one, if that was asked for."""
        self._folded: FoldedFields | None = None
        """That while the session is quiet."""
        self.found: Fields | None = None
        """What the session has shown to be new or not."""
        self.user = ""
        """The user named last."""
        self.user_said: Fields | None = None
        self.met = False
        """The server has spoken: the session counts."""
        self.names: bytes | None = None
        """The marks of the names in EHLO that the client gave before, once it gives one."""
        self.hello = False
        """A reply to EHLO in cleartext was learnt."""
        self.tls = False
        """The session counts as one in TLS."""

    def enrich(self, event: Event) -> None:
        """Put what was known before into an event; a second time changes nothing."""
        event.before = None
        if not _is_enriched(event):
            event.fields.update(self.said())
            event.fields.update(self.shown())

    def put_off(self, event: Event) -> None:
        """Let `Event.complete` put it in as it is now, for most events are never told."""
        if event.before is None and not _is_enriched(event):
            event.before = Moment(self).fields

    def lay_beside(self, event: Event) -> None:
        """Put it beside an event that is told, where whoever writes it takes it."""
        event.before = None
        if not _is_enriched(event):
            shown = self.shown()
            event.beside = [*self.told(), part_of(shown)] if shown else self.told()

    def note(self, found: Fields) -> None:
        """Keep what the session has shown, for this event and those that follow."""
        if found:
            self.found = found if self.found is None else self.found | found

    def rest(self) -> None:
        """Take less room while the session is quiet."""
        if self._told is not None:
            self._folded, self._told, self._said = fold_fields(self.said()), None, None

    def shown(self) -> Fields:
        """Return what is known of the user named last, and what the session has shown so far."""
        if self.user_said is None:
            return {} if self.found is None else self.found
        return self.user_said if self.found is None else self.user_said | self.found

    def said(self) -> Fields:
        """Return what all events of the session say."""
        said = self._said
        if said is None:
            said = self._said = {}
            for part in self.told():
                said.update(part.fields())
        return said

    def told(self) -> list[Part]:
        """Return the same in parts, made when the first one is asked for; nobody changes them."""
        if self._folded is not None:
            self._told = [part_of(unfold_fields(self._folded))]
            self._folded = None
        if self._told is None:
            server = None if self._server_was is None else servers.restored(self._server_was)
            client = None if self._client_was is None else clients.restored(self._client_was)
            self._told = [
                Part(_AGE, [self._age]),
                servers.context(server, self.client, self.start_ns),
                clients.context(client, self.server, self.start_ns),
            ]
            self._server_was = self._client_was = None
        return self._told


def _is_enriched(event: Event) -> bool:
    return event.beside is not None or "history.server.known" in event.fields


class Moment:
    """What was known before at one event of a session; the session goes on."""

    __slots__ = ("_past", "_shown")

    def __init__(self, past: Past) -> None:
        self._past = past
        self._shown = past.shown()

    def fields(self) -> Fields:
        """Return what the event says of it."""
        return self._past.said() | self._shown

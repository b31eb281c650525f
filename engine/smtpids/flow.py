"""A TCP connection as the pipeline sees it: not known yet, mail, or nothing that it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.smtp.quiet import fold, unfold

if TYPE_CHECKING:
    from smtpids.history import Past
    from smtpids.smtp import Tracker
    from smtpids.smtp.detect import Detector
    from smtpids.smtp.quiet import Folded
    from smtpids.tcp.connection import Connection
    from smtpids.tcp.events import Octets, StreamEvent


class Flow:
    """A connection that carries mail or may do so."""

    __slots__ = (
        "base",
        "charged",
        "connection",
        "detector",
        "folded",
        "held",
        "octets",
        "past",
        "skip",
        "tracker",
        "tunnelled",
    )

    def __init__(
        self, connection: Connection, tracker: Tracker | None, detector: Detector | None
    ) -> None:
        self.connection = connection
        self.tracker = tracker
        self.detector = detector
        self.held: list[StreamEvent] | None = None
        self.octets = 0
        """What is held, with its overhead."""
        self.charged = 0
        """What the budget knows of it."""
        self.tunnelled = False
        self.base = (0, 0)
        """Octets of client and server before the session, in an HTTP tunnel."""
        self.skip = self.base
        """How many of them are still to come."""
        self.past: Past | None = None
        self.folded: Folded | None = None
        """What the tracker keeps while it is quiet: it may not be fed until `wake`."""

    def take_off(self, event: Octets) -> bool:
        """Take off what belongs to the tunnel; tell whether anything is left."""
        skip = min(self.skip[event.side], len(event.data))
        of_client, of_server = self.skip
        self.skip = (of_client, of_server - skip) if event.side else (of_client - skip, of_server)
        event.data = event.data[skip:]
        if event.seen >= 0:
            event.seen = max(event.seen - self.base[1 - event.side], 0)
        return bool(event.data)

    def rest(self) -> None:
        """Take less room: nothing has come for a while."""
        if self.tracker is not None and self.folded is None:
            self.folded = fold(self.tracker)
            if self.past is not None:
                self.past.rest()

    def wake(self) -> None:
        """Be as before `rest`."""
        if self.tracker is not None and self.folded is not None:
            unfold(self.tracker, self.folded)
        self.folded = None


def ends_text(connection: Connection) -> str:
    """Return the two ends of a connection for the log."""
    return (
        f"({connection.client}:{connection.client_port} -> "
        f"{connection.server}:{connection.server_port})"
    )

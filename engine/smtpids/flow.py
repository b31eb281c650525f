"""A TCP connection as the pipeline sees it: not known yet, mail, or nothing that it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpids.history import Past
    from smtpids.smtp import Tracker
    from smtpids.smtp.detect import Detector
    from smtpids.tcp.connection import Connection
    from smtpids.tcp.events import Octets, StreamEvent


class Flow:
    """A connection that carries mail or may do so."""

    __slots__ = (
        "base",
        "charged",
        "connection",
        "detector",
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
        self.held: list[StreamEvent] = []
        self.octets = 0
        """What is held, with its overhead."""
        self.charged = 0
        """What the budget knows of it."""
        self.tunnelled = False
        self.base = (0, 0)
        """Octets of client and server before the session, in an HTTP tunnel."""
        self.skip = [0, 0]
        """How many of them are still to come."""
        self.past: Past | None = None

    def take_off(self, event: Octets) -> bool:
        """Take off what belongs to the tunnel; tell whether anything is left."""
        skip = min(self.skip[event.side], len(event.data))
        self.skip[event.side] -= skip
        event.data = event.data[skip:]
        if event.seen >= 0:
            event.seen = max(event.seen - self.base[1 - event.side], 0)
        return bool(event.data)


def ends_text(connection: Connection) -> str:
    """Return the two ends of a connection for the log."""
    return (
        f"({connection.client}:{connection.client_port} -> "
        f"{connection.server}:{connection.server_port})"
    )

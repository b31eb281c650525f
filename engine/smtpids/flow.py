"""A TCP connection as the pipeline sees it: not known yet, mail, or nothing that it looks at."""

from __future__ import annotations

from binascii import b2a_base64
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from smtpids.smtp import Ends
from smtpids.smtp.pending import Mode
from smtpids.smtp.quiet import fold, unfold
from smtpids.tcp.events import CLIENT, Closed, CloseReason, Conflict, Gap, HalfClosed, Limit, Urgent

if TYPE_CHECKING:
    from mypy_extensions import i64

    from smtpids.history import Past
    from smtpids.roles import Roles
    from smtpids.smtp import Event, Tracker
    from smtpids.smtp.detect import Detector
    from smtpids.smtp.quiet import Folded
    from smtpids.tcp.connection import Connection
    from smtpids.tcp.events import Octets, StreamEvent

#: What makes base64 that of RFC 4648 5.
_FOR_URLS: Final = bytes.maketrans(b"+/", b"-_")
#: `value` of an enum is a look-up in Python.
_REASONS: Final[dict[CloseReason, str]] = {reason: reason.value for reason in CloseReason}
_MESSAGE: Final[Mode] = Mode.MESSAGE
#: To be copied, which costs less than to begin anew with a size of its own.
_DIGEST: Final = blake2b(digest_size=9)


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
        self.charged: i64 = 0
        """What the budget knows of it."""
        self.tunnelled = False
        self.base = (0, 0)
        """Octets of client and server before the session, in an HTTP tunnel."""
        self.skip = self.base
        """How many of them are still to come."""
        self.past: Past | None = None
        self.folded: Folded | None = None
        """What the tracker keeps while it is quiet: it may not be fed until `wake`."""

    def is_plain(self) -> bool:
        """Say whether what comes may be given to the tracker as it is."""
        return self.tracker is not None and self.folded is None and not self.tunnelled

    def keep(self, data: bytes, ts_ns: int, packet: int) -> bool:
        """Take octets of a client whose server was heard, if all that happens is that they wait.

        As `Tracker.octets`, for the many packets of a message; what is held grows by `data`.
        """
        tracker = self.tracker
        if tracker is None or tracker.mode is not _MESSAGE or tracker.inbox.waiting:
            return False
        message = tracker.message
        if message is None or not message.keep(data):
            return False
        tracker.ts_ns, tracker.packet, tracker.alone = ts_ns, packet, False
        octets_seen = tracker.octets_seen
        octets_seen[CLIENT] = octets_seen[CLIENT] + len(data)
        tracker.packets += 1
        return True

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


def follow(tracker: Tracker, event: StreamEvent) -> list[Event]:
    """Let a session take an event that is no octets."""
    ts_ns, packet = event.ts_ns, event.packet
    if isinstance(event, Closed):
        return tracker.closed(_REASONS[event.reason], ts_ns, packet, event.connection.packets)
    if isinstance(event, Gap):
        return tracker.gap(event.side, event.length, ts_ns, packet)
    if isinstance(event, HalfClosed):
        return tracker.half_closed(event.side, ts_ns, packet)
    if isinstance(event, Limit):
        return tracker.limit(event.name, ts_ns, packet)
    if isinstance(event, Conflict):
        return tracker.conflict(event.side, event.length, ts_ns, packet)
    kind = "urgent_data" if isinstance(event, Urgent) else "ip_fragment_overlap"
    return tracker.oddity(kind, event.side, ts_ns, packet)


def ends_of(connection: Connection, roles: Roles) -> Ends:
    """Name a session, and say what its two ends are."""
    client, server = connection.client, connection.server
    client_port, server_port = connection.client_port, connection.server_port
    parts = roles.of(client, server, server_port)
    name = f"{client}|{client_port}|{server}|{server_port}|{connection.start_ns}"
    digest = _DIGEST.copy()
    digest.update(name.encode())
    return Ends(
        b2a_base64(digest.digest())[:-1].translate(_FOR_URLS).decode("ascii"),
        connection.community_id,
        client,
        client_port,
        server,
        server_port,
        connection.start_ns,
        0,
        connection.midstream,
        parts.direction,
        parts.client_role,
        parts.server_role,
    )


def ends_text(connection: Connection) -> str:
    """Return the two ends of a connection for the log."""
    return (
        f"({connection.client}:{connection.client_port} -> "
        f"{connection.server}:{connection.server_port})"
    )

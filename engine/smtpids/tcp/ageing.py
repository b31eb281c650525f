"""Knows which connection was quiet for longest, without touching anything per packet.

A packet only sets `Connection.last_ns`. Connections stand in queues in the order in which they
were put there, and the front of a queue is looked at when it is due: if it was active meanwhile,
it goes to the end again. So each connection is looked at once per `quiet_ns`, and moving, expiring
and evicting cost the same however many there are.

- `half_open`: only a SYN, or only its refusal. The first to go, so that a flood of them does not
  push out sessions.
- `warm`: active within the last `quiet_ns` or two.
- `cold`: quiet since then, in the order in which they fell quiet; what is remembered of their
  octets is dropped.
- `closing`: ended, and remembered so that late segments do not open them again.

The order within `cold` is exact to about `quiet_ns`, a 32nd part of the idle time; when one of them
has been idle too long is exact, and depends on no other.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.config import Limits
    from smtpids.tcp.connection import Connection

QUIET_PART: Final = 32
"""With ten minutes of idle time, 19 s: four retransmissions with doubling timers (RFC 6298 5.5)
come within 15 s, so nothing is compared with a tail after that."""
SECOND_CHANCES: Final = 16
"""How many active connections may be passed over in search of one to evict."""
SPARE: Final = 1000
"""How many that are cold no more may stand in the heap beside as many as there are."""


class Queue:
    """Connections in the order in which they were put there; each knows its two neighbours.

    No dict in order: that takes three times the time and ten times the room of two references.
    """

    __slots__ = ("count", "first", "last")

    def __init__(self) -> None:
        self.count = 0
        self.first: Connection | None = None
        self.last: Connection | None = None

    def __iter__(self) -> Iterator[Connection]:
        """Yield the connections; none may be put in or taken out meanwhile."""
        one = self.first
        while one is not None:
            yield one
            one = one.after

    def append(self, connection: Connection) -> None:
        """Put a connection at the end, which is in no queue."""
        before = self.last
        if before is None:
            self.first = connection
        else:
            before.after = connection
            connection.before = before
        self.last = connection
        self.count += 1

    def remove(self, connection: Connection) -> None:
        """Take out a connection that is in this queue."""
        before, after = connection.before, connection.after
        if before is None:
            self.first = after
        else:
            before.after = after
            connection.before = None
        if after is None:
            self.last = before
        else:
            after.before = before
            connection.after = None
        self.count -= 1


class Ageing:
    """The queues."""

    __slots__ = (
        "_idle",
        "_pushed",
        "closing",
        "closing_ns",
        "cold",
        "half_open",
        "idle_ns",
        "quiet_ns",
        "warm",
    )

    def __init__(self, limits: Limits) -> None:
        self.idle_ns = limits.idle_ns
        self.closing_ns = limits.closing_ns
        self.quiet_ns = limits.idle_ns // QUIET_PART
        self.half_open = Queue()
        self.warm = Queue()
        self.cold = Queue()
        self.closing = Queue()
        self._idle: list[tuple[int, int, Connection]] = []
        """A heap of those in `cold`, by when they were heard last; some have left it since."""
        self._pushed = 0

    def place(self, connection: Connection, queue: Queue, now_ns: int) -> None:
        """Put a connection at the end of a queue."""
        former = connection.queue
        if former is not None:
            former.remove(connection)
        connection.queue = queue
        connection.placed_ns = now_ns
        queue.append(connection)

    def remove(self, connection: Connection) -> None:
        """Take a connection off its queue."""
        if connection.queue is not None:
            connection.queue.remove(connection)
            connection.queue = None

    def count_active(self) -> int:
        """Return how many connections are followed."""
        return self.half_open.count + self.warm.count + self.cold.count

    @property
    def listed(self) -> int:
        """How many are listed by when they were heard last, those that left included."""
        return len(self._idle)

    def everyone(self) -> list[Connection]:
        """Return all connections that have not ended, in the order in which they began."""
        every = [*self.half_open, *self.warm, *self.cold]
        return sorted(every, key=_uid)

    def expired(self, now_ns: int) -> list[Connection]:
        """Take off and return the connections that were idle too long, and those forgotten."""
        self._cool(now_ns)
        gone = self._expired_half_open(now_ns)
        gone += self._expired_cold(now_ns)
        while (front := self.closing.first) is not None:
            if now_ns - front.placed_ns < self.closing_ns:
                break
            self.remove(front)
            gone.append(front)
        return gone

    def take_victim(self) -> Connection | None:
        """Take off and return the connection that must go for a new one."""
        for queue in (self.closing, self.half_open):
            if queue.first is not None:
                return self._taken(queue.first)
        # A cold one was quiet when it was put there, so any later packet woke it up; a warm one
        # may be as old as its place.
        for queue, margin_ns in ((self.cold, 0), (self.warm, 1)):
            for _ in range(min(queue.count, SECOND_CHANCES)):
                front = queue.first
                assert front is not None
                if front.last_ns < front.placed_ns + margin_ns:
                    return self._taken(front)
                self.place(front, self.warm, front.last_ns)
        for queue in (self.cold, self.warm):
            if queue.first is not None:
                return self._taken(queue.first)
        return None

    def next_look(self, now_ns: int, wait_ns: int) -> int:
        """Return when to look again, also at what waits so long: with the next second, or sooner.

        It depends on the times of the packets alone, so that a part of the connections fares as it
        does among all. Readers of files pass over packets until a second begins (`passing.py`).
        """
        soonest_ns = min(wait_ns, self.quiet_ns)
        if soonest_ns >= SECOND:
            return (now_ns // SECOND + 1) * SECOND
        return now_ns + max(soonest_ns // 2, 1)

    def turn_back(self, now_ns: int) -> None:
        """Let nothing be later than now: the clock of the packets was set back."""
        for queue in (self.half_open, self.warm, self.cold, self.closing):
            for connection in queue:
                connection.last_ns = min(connection.last_ns, now_ns)
                connection.placed_ns = min(connection.placed_ns, now_ns)
        self._list_idle()

    def _cool(self, now_ns: int) -> None:
        while (front := self.warm.first) is not None:
            if now_ns - front.placed_ns < self.quiet_ns:
                return
            if now_ns - front.last_ns < self.quiet_ns:
                self.place(front, self.warm, now_ns)
                continue
            front.from_client.drop_tail()
            front.from_server.drop_tail()
            front.ledger.on_quiet(front)
            self.place(front, self.cold, now_ns)
            self._pushed += 1
            heappush(self._idle, (front.last_ns, self._pushed, front))
            if len(self._idle) > 2 * self.cold.count + SPARE:
                self._list_idle()

    def _list_idle(self) -> None:
        """List those in `cold` anew, and no others."""
        self._idle = [(one.last_ns, place, one) for place, one in enumerate(self.cold)]
        self._pushed = len(self._idle)
        heapify(self._idle)

    def _expired_half_open(self, now_ns: int) -> list[Connection]:
        gone = []
        while (front := self.half_open.first) is not None:
            if now_ns - front.placed_ns < self.quiet_ns:
                break
            if now_ns - front.last_ns < self.quiet_ns:
                self.place(front, self.half_open, now_ns)
                continue
            gone.append(self._taken(front))
        return gone

    def _expired_cold(self, now_ns: int) -> list[Connection]:
        gone = []
        idle = self._idle
        while idle and now_ns - idle[0][0] >= self.idle_ns:
            heard_ns, _, connection = heappop(idle)
            if connection.queue is not self.cold:
                continue
            if now_ns - connection.last_ns >= self.idle_ns:
                self.remove(connection)
                gone.append(connection)
            elif connection.last_ns != heard_ns and connection.last_ns >= connection.placed_ns:
                self.place(connection, self.warm, now_ns)
        return gone

    def _taken(self, connection: Connection) -> Connection:
        self.remove(connection)
        return connection


def _uid(connection: Connection) -> int:
    return connection.uid

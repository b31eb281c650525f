"""Which connections hold octets that cannot be given yet, and which of them time may release."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from smtpids.tcp import order

if TYPE_CHECKING:
    from smtpids.tcp.connection import Connection


class Holders:
    """Both, by the running numbers of the connections."""

    # not dicts: to find its first entry, a dict passes over all that were removed before it
    __slots__ = ("_holders", "_waiting")

    def __init__(self) -> None:
        self._holders: OrderedDict[int, Connection] = OrderedDict()
        """The one that holds for longest first."""
        self._waiting: OrderedDict[int, Connection] = OrderedDict()
        """In the order of `wait_ns`."""

    def note(self, connection: Connection, ts_ns: int) -> None:
        """Note that a connection holds something."""
        self._holders.setdefault(connection.uid, connection)
        if connection.uid not in self._waiting and order.awaits_time(connection):
            self._waiting[connection.uid] = connection
            connection.wait_ns = ts_ns

    def let_go(self, connection: Connection) -> None:
        """Note that a connection holds nothing."""
        if self._holders:
            self._holders.pop(connection.uid, None)
            self._waiting.pop(connection.uid, None)

    def oldest(self) -> Connection | None:
        """Return the connection that holds for longest."""
        return next(iter(self._holders.values())) if self._holders else None

    @property
    def waiting(self) -> int:
        """How many time may release."""
        return len(self._waiting)

    def take_due(self, ts_ns: int, wait_ns: int) -> Connection | None:
        """Return the first that has waited for `wait_ns`; it waits no more."""
        if not self._waiting:
            return None
        front = next(iter(self._waiting.values()))
        if 0 <= ts_ns - front.wait_ns < wait_ns:
            return None
        del self._waiting[front.uid]
        return front

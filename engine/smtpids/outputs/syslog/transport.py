"""Delivery to a syslog receiver, as the sender asks for it (outputs/transport.py).

Over TCP, TLS and stream sockets, `unconfirmed` says what a lost connection may take with it: see
ledger.py. It stands until the next `deliver` begins; that one starts anew. Over UDP and datagram
sockets it is 0, and what is lost is not known.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from smtpids.config import SECOND
from smtpids.errors import OutputError
from smtpids.outputs.syslog import faults
from smtpids.outputs.syslog.address import UDP, parse
from smtpids.outputs.syslog.connect import Connector
from smtpids.outputs.syslog.datagrams import Datagrams
from smtpids.outputs.syslog.ledger import Ledger
from smtpids.outputs.syslog.message import Writer
from smtpids.outputs.transport import Report, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.config import OutputConfig
    from smtpids.outputs.entry import Entry
    from smtpids.outputs.syslog.connect import Way

AT_ONCE: Final = 1.0
"""Seconds within which a receiver closes that takes our words for something else."""


class SyslogTransport:
    """Speaks to the receiver that `config.target` names; `sensor` is the host in each message.

    OutputError if the configuration cannot be used.
    """

    def __init__(self, config: OutputConfig, sensor: str) -> None:
        self._target = config.target
        self._seconds = config.timeout_ns / SECOND
        self._writer = Writer(config.facility, sensor)
        self._address = parse(config.target)
        self._connector = Connector(self._address, config)
        self._ledger = Ledger()
        self._way: Way | None = None
        self._failure: UnavailableError | None = None  # seen, and to be raised
        self._since = 0.0  # when the connection was made

    def deliver(self, batch: Sequence[Entry]) -> Report:
        """Hand over a batch, in order; UnavailableError if the receiver does not take it."""
        deadline = time.monotonic() + self._seconds
        way = self._connected(deadline)
        messages = [self._writer.write(entry) for entry in batch]
        try:
            count, octets = way.send(messages, deadline)
        except OSError as error:
            hint = "" if isinstance(error, TimeoutError) else self._hint(way)
            raise self._lost(error, hint=hint) from error
        if not way.confirms:
            self._ledger.add(count, octets, time.monotonic())
        slow = f"{self._target}: the receiver takes records slower than they come"
        return Report(
            refused={
                position: self._too_long(size)
                for position, size in (way.too_long.items() if isinstance(way, Datagrams) else ())
            },
            later=dict.fromkeys(range(count, len(batch)), slow),
        )

    @property
    def unconfirmed(self) -> int:
        """How many of the entries delivered last a lost connection may take with it."""
        if self._way is not None and self._ledger.count:
            self._look(self._way)
        return self._ledger.count

    def confirm(self, seconds: float) -> None:
        """End the connection and wait until the receiver has ended it too, which shows that it has
        read all; UnavailableError if it broke. If it takes longer, `unconfirmed` stays."""
        if self._failure is not None:
            self._raise()
        way = self._way
        if way is None:
            return
        try:
            if way.finish(time.monotonic() + seconds):
                self._ledger.clear()
        except (OSError, EOFError) as error:
            raise self._lost(error) from error
        self.close()

    def close(self) -> None:
        """Let go of the connection; doing it twice is harmless."""
        way, self._way = self._way, None
        if way is not None:
            way.close()

    # -- the connection ----------------------------------------------------------------------------

    def _connected(self, deadline: float) -> Way:
        """Return the connection, which was alive a moment ago, or make one."""
        if self._way is not None:
            self._look(self._way)
        if self._failure is not None:
            self._raise()
        if self._way is not None:
            return self._way
        self._ledger.clear()
        try:
            self._way = self._connector.connect(deadline)
        except OSError as error:
            raise self._lost(error, self._connector.doing) from error
        except OutputError as error:  # a file of the configuration that was there at first
            raise UnavailableError(f"{self._target}: {error}", reason=faults.REFUSED) from error
        self._since = time.monotonic()
        return self._way

    def _look(self, way: Way) -> None:
        """Note whether the connection lives; its end is raised when something is asked of it."""
        if self._failure is not None:
            return
        try:
            way.check()
            settled = way.settled()
        except (OSError, EOFError) as error:
            self._failure = self._lost(error, hint=self._hint(way))
            return
        hint = faults.mistaken(self._address, way.heard)
        if hint:
            self._failure = self._lost(EOFError(), hint=hint)
        elif settled:
            self._ledger.alive(time.monotonic())

    def _hint(self, way: Way) -> str:
        """Return what the end of a connection tells of the receiver."""
        is_new = time.monotonic() - self._since < AT_ONCE
        closed = faults.closed_at_once(self._address) if is_new else ""
        return faults.mistaken(self._address, way.heard) or closed

    def _raise(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _lost(
        self, error: OSError | EOFError, doing: str = faults.SENDING, hint: str = ""
    ) -> UnavailableError:
        """Let go of a connection that is of no more use, and return what is said of it."""
        self.close()
        return faults.unavailable(
            self._target, self._address, error, name=self._connector.name, doing=doing, hint=hint
        )

    def _too_long(self, octets: int) -> str:
        what = "a datagram" if self._address.scheme == UDP else "a datagram of this socket"
        other = "write tcp:// or tls://, or " if self._address.scheme == UDP else ""
        return (
            f"{self._target}: a record of {octets:,} octets does not fit into {what};"
            f" {other}lower record_size"
        )

"""What delivers records to a transport as the sender does, without queue, spool or waiting."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import orjson

from smtpids.outputs.entry import Entry
from smtpids.outputs.transport import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from smtpids.outputs.transport import Transport

#: Records of a test that kills its receiver; by hand 100 000.
RECORDS = int(os.environ.get("SMTPIDS_DELIVERED", "4000"))
TS_NS = 1_700_000_000_123_456_789


def entries(count: int, octets: int = 1000) -> list[Entry]:
    """Return alerts with ids, each a line of some octets with text of several scripts.

    They compress about as badly as real ones, so that octets on the way are of the same order.
    """
    made = []
    for number in range(count):
        identity = f"id-{number}"
        filler = hashlib.shake_256(identity.encode()).hexdigest(octets // 2)
        record = {"event": {"id": identity}, "message": "Grüße, 世界", "filler": filler}
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        made.append(Entry(line, identity, TS_NS + number, "alert", 73, f"192.0.2.{number % 250}"))
    return made


class Delivery:
    """Delivers records in order, and after a failure those again that may have been lost."""

    def __init__(self, transport: Transport, *, batch: int = 500) -> None:
        self.again = 0
        """Records delivered more than once."""
        self.failures: list[str] = []
        self._transport = transport
        self._batch = batch

    def run(self, records: Sequence[Entry], events: Mapping[int, Callable[[], None]]) -> None:
        """Deliver all; when so many have been delivered, let something happen."""
        due = sorted(events)
        position = 0
        until = time.monotonic() + 300
        while True:
            assert time.monotonic() < until, self.failures[-3:]
            batch = records[position : position + self._batch]
            try:
                if batch:
                    report = self._transport.deliver(batch)
                    assert report.refused == {}
                    position += min(report.later, default=len(batch))
                else:
                    self._transport.confirm(60)
            except UnavailableError as error:
                self.failures.append(str(error))
                position -= self._lost()
                time.sleep(0.02)
                continue
            if not batch and not (lost := self._lost()):
                return
            if not batch:
                position -= lost
            while due and position >= due[0]:
                events[due.pop(0)]()

    def _lost(self) -> int:
        """Return how many of the records delivered last are to be delivered again."""
        lost = self._transport.unconfirmed
        self.again += lost
        return lost

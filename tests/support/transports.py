"""Transports that fail as receivers do, for tests of the sender: no network, no time.

`Fake` plays a script, one step for each attempt to deliver, and takes everything after it.
"""

from __future__ import annotations

from threading import Condition
from typing import TYPE_CHECKING

from smtpids.outputs.transport import Report, UnavailableError
from tests.support.entries import ids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from smtpids.outputs.entry import Entry

    Step = Callable[["Fake", Sequence[Entry]], Report]

#: Seconds after which a test gives up on what it waits for.
PATIENCE = 10.0


class Fake:
    """A receiver that has in `arrived` what it took, and in `batches` what it was offered."""

    def __init__(self, *script: Step, always: Step | None = None) -> None:
        self.arrived: list[int] = []
        self.batches: list[list[int]] = []
        self.unconfirmed = 0
        self.confirms = 0
        self.closed = 0
        self.on_confirm: Callable[[Fake], None] | None = None
        self.always = always
        self._script = list(script)
        self._changed = Condition()

    def deliver(self, batch: Sequence[Entry]) -> Report:
        with self._changed:
            self.batches.append(ids(batch))
            step = self._script.pop(0) if self._script else self.always
            try:
                return take(self, batch) if step is None else step(self, batch)
            finally:
                self._changed.notify_all()

    def confirm(self, seconds: float) -> None:
        assert seconds >= 0
        self.confirms += 1
        if self.on_confirm is not None:
            self.on_confirm(self)

    def close(self) -> None:
        self.closed += 1

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Return when something holds after an attempt; AssertionError if it takes too long."""
        with self._changed:
            assert self._changed.wait_for(holds, PATIENCE)


def take(fake: Fake, batch: Sequence[Entry]) -> Report:
    """Take all."""
    fake.arrived += ids(batch)
    return Report()


def away(message: str = "it is away", *, after: float | None = None, reason: str = "write") -> Step:
    """Take nothing."""

    def step(fake: Fake, batch: Sequence[Entry]) -> Report:
        raise UnavailableError(message, after=after, reason=reason)

    return step


def dies_after(number: int) -> Step:
    """Take some, and be gone before an answer."""

    def step(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.arrived += ids(batch[:number])
        raise UnavailableError("the connection was lost")

    return step


def refuses(*numbers: int) -> Step:
    """Take all but these."""

    def step(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.arrived += [number for number in ids(batch) if number not in numbers]
        return Report(
            refused={
                place: f"{number} is bad"
                for place, number in enumerate(ids(batch))
                if number in numbers
            }
        )

    return step


def puts_off(*numbers: int) -> Step:
    """Take all but these, for now."""

    def step(fake: Fake, batch: Sequence[Entry]) -> Report:
        fake.arrived += [number for number in ids(batch) if number not in numbers]
        return Report(
            later={place: "busy" for place, number in enumerate(ids(batch)) if number in numbers}
        )

    return step

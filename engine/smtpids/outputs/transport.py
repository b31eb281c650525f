"""What a way over the network promises to the sender that uses it.

A transport knows a protocol and nothing else: it does not queue, retry, wait between attempts or
count. It connects when it is first asked to deliver, and anew after a failure. It is used by one
thread. Whatever a receiver does ends in a return, UnavailableError or TooLargeError, within the
timeout that the transport was made with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from smtpids.outputs.entry import Entry

#: Nothing was refused and nothing put off.
NONE: Mapping[int, str] = {}


class Report(NamedTuple):
    """What became of a batch; what is in neither part was taken."""

    refused: Mapping[int, str] = NONE
    """Position in the batch -> why the receiver will never take this one, as a sentence."""
    later: Mapping[int, str] = NONE
    """Position in the batch -> why it is to be tried again."""


class UnavailableError(Exception):
    """None of a batch was taken, or it is not known whether it was: try again later."""

    def __init__(self, message: str, *, after: float | None = None, reason: str = "write") -> None:
        super().__init__(message)
        self.after = after
        """Seconds that the receiver asks to be left alone (Retry-After), if it said so."""
        self.reason = reason
        """The label of the failure: `write`, `timeout` or `refused`."""


class TooLargeError(Exception):
    """The receiver takes fewer octets at once: try again in halves."""


class Transport(Protocol):
    """A way to a receiver."""

    def deliver(self, batch: Sequence[Entry]) -> Report:
        """Hand over a batch, in order; raises UnavailableError or TooLargeError.

        An empty batch asks whether the receiver is there, and connects if need be.
        """

    @property
    def unconfirmed(self) -> int:
        """How many of the entries delivered last a lost connection may take with it.

        0 where the receiver confirms what it takes. After UnavailableError the sender delivers
        these again.
        """

    def confirm(self, seconds: float) -> None:
        """Wait up to `seconds` until the receiver has all, so that `unconfirmed` is 0 if it has.

        May end the connection; raises UnavailableError if it broke.
        """

    def close(self) -> None:
        """Let go of the connection; doing it twice is harmless."""

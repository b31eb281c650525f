"""What every output promises.

An output takes records one by one, each whole and with its end of line. It never stops detection:
a record that cannot be written is counted as lost and the next one is tried. Only two things
are raised: OutputError by a constructor whose target cannot be opened, so that a wrong path is
told at once, and BrokenPipeError by `write` or `flush` when the reader has gone for good
(`| head`), which is no fault and ends the run quietly.

Outputs are not locked; who writes from several threads holds a lock around them. What an output
has a thread of its own for, such as a network, it locks itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtpids.outputs.entry import Entry


@runtime_checkable
class Output(Protocol):
    """Where records go."""

    @property
    def name(self) -> str:
        """What the operator calls it: a path, `-`, a name of the configuration."""

    @property
    def delivered(self) -> int:
        """Records that were handed over."""

    @property
    def lost(self) -> int:
        """Records that could not be written, those that came after `close` included; not those
        that a reader who left did not want, nor those that wait for the next run."""

    @property
    def lost_by_reason(self) -> Mapping[str, int]:
        """The same by reason, one of `account.LOSSES`."""

    @property
    def errors(self) -> Mapping[str, int]:
        """Failures by name: the system's (`ENOSPC`, `EIO`, ...) or `write`, `timeout`, `refused`:
        a closed set, fit for a metric's label."""

    @property
    def last_error(self) -> str:
        """The latest failure as a sentence for the log, "" if there was none or if the output
        has logged it itself, as those with a thread of their own do."""

    @property
    def retries(self) -> int:
        """Attempts after the first."""

    @property
    def resent(self) -> int:
        """Records that were handed over again, as it was not known whether they had arrived."""

    @property
    def waiting(self) -> int:
        """After `close`: records that are kept for the next run."""

    @property
    def queue_length(self) -> int:
        """Records that wait."""

    @property
    def queue_capacity(self) -> int:
        """Records that may wait, at their size so far; 0 where none ever waits."""

    @property
    def spool_octets(self) -> int:
        """Octets that wait on disk."""

    @property
    def spool_capacity(self) -> int:
        """Octets that may wait on disk; 0 where there is no spool."""

    @property
    def last_success_ns(self) -> int:
        """Wall clock when a record was last taken; 0 is never."""

    @property
    def up(self) -> bool:
        """Whether the latest attempt succeeded."""

    def write(self, entry: Entry) -> None:
        """Hand over one record."""

    def flush(self) -> None:
        """Hand over what is held back."""

    def reopen(self) -> None:
        """Open the target anew (after SIGHUP, when it has been moved away); never raises."""

    def end(self, seconds: float | None = None) -> None:
        """Take no more and begin to hand over what waits, for no longer than `seconds`, without
        waiting for it: several outputs that are to be closed do this at the same time."""

    def close(self) -> None:
        """Hand over what waits, within a limit, and give the handle back; doing it twice is
        harmless."""

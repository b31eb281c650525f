"""What every output promises.

An output takes records one by one, each whole and with its end of line. It never stops detection:
a record that cannot be written is counted in `lost` and the next one is tried. Only two things
are raised: OutputError by a constructor whose target cannot be opened, so that a wrong path is
told at once, and BrokenPipeError by `write` or `flush` when the reader has gone for good
(`| head`), which is no fault and ends the run quietly.

Outputs are not locked; who writes from several threads holds a lock around them.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Output(Protocol):
    """Where records go."""

    name: str
    """What the operator calls it: a path, `-`."""
    delivered: int
    """Records that were handed over."""
    lost: int
    """Records that could not be written, those that came after `close` included; not those that
    a reader who left did not want."""
    errors: dict[str, int]
    """Failures by name (`ENOSPC`, `EIO`, ...): a closed set, fit for a metric's label."""
    last_error: str
    """The latest failure as a sentence for the log, "" if there was none."""

    def write(self, record: bytes) -> None:
        """Hand over one record with its end of line."""

    def flush(self) -> None:
        """Hand over what is held back."""

    def reopen(self) -> None:
        """Open the target anew (after SIGHUP, when it has been moved away); never raises."""

    def close(self) -> None:
        """Flush and give the handle back; doing it twice is harmless."""

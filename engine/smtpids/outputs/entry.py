"""What an output is given: one rendered record, and what receivers want to know beside it."""

from __future__ import annotations

from typing import Final, NamedTuple

ENTRY_OCTETS: Final = 512
"""What an entry takes in memory beside the octets of its line: objects and short texts."""


class Entry(NamedTuple):
    """One record on its way out."""

    line: bytes
    """The record as rendered, with its end of line."""
    id: str = ""
    """`event.id`, by which a receiver knows what it has already."""
    ts_ns: int = 0
    """Time of the packet, in nanoseconds since 1970."""
    kind: str = "alert"
    """`alert`, `session`, `message`, `anomaly` or `stats`."""
    severity: int = 0
    """`event.severity` of an alert (21, 47, 73, 99); 0 for what is none."""
    key: str = ""
    """The address of the client, which keeps in order what belongs together."""

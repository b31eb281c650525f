"""What an output is given: one rendered record, and what receivers want to know beside it."""

from __future__ import annotations

from typing import Final

ENTRY_OCTETS: Final = 512
"""What an entry takes in memory beside the octets of its line: objects and short texts."""


class Entry:
    """One record on its way out; nobody changes it.

    It is no NamedTuple because one is made for each alert, which takes a tenth so compiled.
    """

    __slots__ = ("id", "key", "kind", "line", "severity", "ts_ns")

    def __init__(
        self,
        line: bytes,
        id: str = "",  # noqa: A002 -- `event.id`
        ts_ns: int = 0,
        kind: str = "alert",
        severity: int = 0,
        key: str = "",
    ) -> None:
        self.line = line
        """The record as rendered, with its end of line."""
        self.id = id
        """`event.id`, by which a receiver knows what it has already."""
        self.ts_ns = ts_ns
        """Time of the packet, in nanoseconds since 1970."""
        self.kind = kind
        """`alert`, `session`, `message`, `anomaly` or `stats`."""
        self.severity = severity
        """`event.severity` of an alert (21, 47, 73, 99); 0 for what is none."""
        self.key = key
        """The address of the client, which keeps in order what belongs together."""

    def values(self) -> tuple[bytes, str, int, str, int, str]:
        """Return all that it says."""
        return self.line, self.id, self.ts_ns, self.kind, self.severity, self.key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self.values() == other.values()

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        """Show all of it, for failing tests."""
        return f"Entry{self.values()!r}"

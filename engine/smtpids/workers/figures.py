"""The numbers of workers: taken in each, added up in the parent, as if one process had counted."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smtpids.packet import DecodeCounters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smtpids.metrics import Counts
    from smtpids.workers.analysis import Analysis

#: Counts by label values, and histograms, that workers raise.
COUNTED: Final = (
    "connections_opened",
    "limit_hits",
    "sessions",
    "sessions_closed",
    "commands",
    "replies",
    "messages",
    "recipients",
    "attachments",
    "auth",
    "starttls",
    "handshakes",
    "anomalies",
    "internal_errors",
)
HISTOGRAMS: Final = ("session_duration", "message_size")
#: Of the decoder; the first is raised for packets of one connection only.
PASSED: Final = "passed"
DECODED: Final = (
    PASSED,
    "frames",
    "unknown_link",
    "malformed_link",
    "not_ip",
    "malformed_ip",
    "not_tcp",
    "malformed_tcp",
    "bad_checksum",
    "fragments",
    "reassembled",
    "fragment_overlaps",
    "fragment_timeouts",
    "fragment_limit",
    "slow",
)

Figures = dict[str, Any]


def take(analysis: Analysis) -> Figures:
    """Return all numbers of a worker as plain data."""
    counts, table = analysis.counts, analysis.table
    matcher = analysis.sieve.matcher
    shard = analysis.shard
    # what all workers decode is counted by the first
    first = shard is not None and not shard.index
    return {
        "packets": analysis.packets,
        "octets": analysis.octets,
        "own": analysis.own,
        "last_ns": analysis.last_ns,
        "ticks": analysis.ticks,
        "trackers": analysis.trackers,
        "memory": resident_octets(),
        "counts": {name: dict(getattr(counts, name)) for name in COUNTED},
        "histograms": {name: getattr(counts, name).plain() for name in HISTOGRAMS},
        "decoded": {
            name: getattr(analysis.decoder, name)
            + (getattr(analysis.common, name) if first or name == PASSED else 0)
            for name in DECODED
        },
        "active": table.active,
        "closed": dict(table.closed_by_reason),
        "gaps": list(table.gap_octets),
        "conflicts": table.conflicts,
        "held": table.held_octets,
        "limits": dict(table.limit_hits),
        "sessions_held": analysis.budget.held_octets,
        "errors": dict(matcher.errors),
        "disabled": list(matcher.disabled),
    }


def resident_octets() -> int:
    """Return the memory that this process has; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class TableFigures:
    """What the tables of connections hold and have seen, all together."""

    active: int = 0
    closed_by_reason: dict[str, int] = field(default_factory=dict)
    gap_octets: list[int] = field(default_factory=lambda: [0, 0])
    conflicts: int = 0
    held_octets: int = 0
    limit_hits: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class BudgetFigures:
    """What sessions hold, all together."""

    held_octets: int = 0


@dataclass(slots=True)
class RuleFigures:
    """Which rules failed, and which are off in one worker at least."""

    errors: dict[str, int] = field(default_factory=dict)
    disabled: tuple[str, ...] = ()


def total(of: Iterable[Figures], name: str) -> int:
    """Return one number of all."""
    return sum(figures[name] for figures in of)


def totals(of: Iterable[Figures], name: str) -> dict[Any, int]:
    """Return numbers by key of all."""
    return added(figures[name] for figures in of)


def added(parts: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    """Return the sum by key."""
    found: dict[Any, int] = {}
    for part in parts:
        for key, number in part.items():
            found[key] = found.get(key, 0) + number
    return found


def joined(earlier: Figures, later: Figures) -> Figures:
    """Return the figures of a worker that began anew where another ended; what is now, is now."""
    return {
        name: _joined(name, earlier.get(name), value) if name in earlier else value
        for name, value in later.items()
    }


#: Numbers of this moment, which end with the worker.
_NOW: Final = frozenset({"trackers", "memory", "active", "held", "sessions_held", "disabled"})


def _joined(name: str, earlier: Any, later: Any) -> Any:
    if name in _NOW:
        return later
    if name == "last_ns":
        return max(earlier, later)
    if name in {"counts", "histograms"}:
        return {
            key: added((earlier[key], value))
            if name == "counts"
            else _observed(earlier[key], value)
            for key, value in later.items()
        }
    if isinstance(later, dict):
        return added((earlier, later))
    if isinstance(later, list):
        return [one + other for one, other in zip(earlier, later, strict=True)]
    return earlier + later


def _observed(one: Any, other: Any) -> tuple[list[int], float]:
    return [a + b for a, b in zip(one[0], other[0], strict=True)], one[1] + other[1]


def tables(of: list[Figures]) -> TableFigures:
    """Return the figures of all tables of connections."""
    return TableFigures(
        active=total(of, "active"),
        closed_by_reason=totals(of, "closed"),
        gap_octets=[sum(side) for side in zip(*(one["gaps"] for one in of), strict=True)] or [0, 0],
        conflicts=total(of, "conflicts"),
        held_octets=total(of, "held"),
        limit_hits=totals(of, "limits"),
    )


def decoded(of: list[Figures]) -> DecodeCounters:
    """Return the counters of all decoders."""
    counters = DecodeCounters()
    for name, number in totals(of, "decoded").items():
        setattr(counters, name, number)
    return counters


def count(of: list[Figures], counts: Counts, bugs: Mapping[str, int]) -> None:
    """Assign what all workers counted; `bugs` are those of the parent, by layer."""
    for name in COUNTED:
        numbers = added(one["counts"][name] for one in of)
        if name == "internal_errors":
            numbers = added((numbers, bugs))
        getattr(counts, name).update(numbers)
    for name in HISTOGRAMS:
        parts = [one["histograms"][name] for one in of]
        if parts:
            buckets = [sum(bucket) for bucket in zip(*(part[0] for part in parts), strict=True)]
            getattr(counts, name).assign(buckets, sum(part[1] for part in parts))

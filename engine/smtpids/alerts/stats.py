"""The figures of a run as a record (`smtpids.stats`): what the sensor itself has done so far.

They come by the wall clock, not by packets, so whoever has a clock fills them in. All numbers count
from the start of the run, but for those that say how things stand now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from smtpids.alerts.moment import rfc3339
from smtpids.alerts.record import ECS_VERSION, SCHEMA_VERSION, Dataset, observed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.alerts.nesting import Record
from smtpids.alerts.record import Observer

STATS: Final = Dataset("smtpids.stats", ("network",), ("info",))


@dataclass(frozen=True, slots=True)
class OutputFigures:
    """What became of the records that one output was given."""

    name: str
    delivered: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The figures of a run at one moment."""

    ts_ns: int
    """Wall clock, nanoseconds since 1970; so is `started_ns`."""
    started_ns: int
    sensor: str = ""
    """Who tells them, by name and interface: part of the identity."""
    packets: int = 0
    octets: int = 0
    dropped: int = 0
    """Packets that the kernel or the interface lost."""
    sessions: int = 0
    sessions_active: int = 0
    """Sessions that are followed now."""
    messages: int = 0
    anomalies: int = 0
    rules: int = 0
    """Rules in use now."""
    alerts: dict[str, int] = field(default_factory=dict)
    """By level; each level that alerts is there."""
    suppressed: int = 0
    """Alerts held back because one like them was given."""
    lag_ns: int | None = None
    """How far the last packet lies behind the wall clock; None where packets are from a file."""
    outputs: Sequence[OutputFigures] = ()
    last: bool = False
    """The run is over."""

    @property
    def uptime_ns(self) -> int:
        """For how long the run has lasted."""
        return max(self.ts_ns - self.started_ns, 0)


def stats_record(stats: Stats, observer: Observer) -> Record:
    """Return the record of the figures."""
    figures: Record = {
        "packets": stats.packets,
        "octets": stats.octets,
        "dropped": stats.dropped,
        "sessions": {"total": stats.sessions, "active": stats.sessions_active},
        "messages": stats.messages,
        "anomalies": stats.anomalies,
        "rules": stats.rules,
        "alerts": {"total": sum(stats.alerts.values()), **stats.alerts},
        "suppressed": stats.suppressed,
        "outputs": [
            {"name": output.name, "delivered": output.delivered, "lost": output.lost}
            for output in stats.outputs
        ],
        "last": stats.last,
    }
    if stats.lag_ns is not None:
        figures["lag"] = stats.lag_ns
    return {
        "@timestamp": rfc3339(stats.ts_ns),
        "ecs": {"version": ECS_VERSION},
        "message": "Figures of the sensor",
        "event": {
            "kind": "metric",
            "id": stats_id(stats),
            "category": list(STATS.category),
            "type": list(STATS.type),
            "module": "smtpids",
            "dataset": STATS.name,
            "start": rfc3339(stats.started_ns),
            "duration": stats.uptime_ns,
        },
        "observer": observed(observer),
        "smtpids": {"schema": SCHEMA_VERSION, "stats": figures},
    }


def stats_id(stats: Stats) -> str:
    """Return `event.id`: another one for each sensor and each moment."""
    parts = (stats.sensor, stats.started_ns, stats.ts_ns)
    return blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()

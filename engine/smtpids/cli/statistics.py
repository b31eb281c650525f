"""The figures of a run by the wall clock: gathered from its parts, every minute and at its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from smtpids.rules.rule import Level

if TYPE_CHECKING:
    from smtpids.alerts.stats import Stats
    from smtpids.cli.crew import CrewReading
    from smtpids.cli.delivery import Delivery
    from smtpids.cli.reading import Reading
    from smtpids.metrics import Counts
    from smtpids.pipeline import Pipeline
    from smtpids.workers import Crew

#: Seconds between two records of the figures, as the heartbeats of other sensors come.
INTERVAL: Final = 60.0


def gather(
    counts: Counts,
    pipeline: Pipeline | Crew,
    reading: Reading | CrewReading,
    delivery: Delivery,
    *,
    sensor: str = "",
    last: bool = False,
) -> Stats:
    """Return the figures as they stand; another thread may be raising them."""
    from smtpids.alerts.stats import Stats

    now = time.time_ns()
    alerts = {level.value: 0 for level in Level if level.severity}
    for (_, level, _), number in tuple(counts.alerts.items()):
        alerts[level] = alerts.get(level, 0) + number
    return Stats(
        ts_ns=now,
        started_ns=counts.started_ns,
        sensor=sensor,
        packets=pipeline.packets,
        octets=pipeline.octets,
        dropped=reading.lost,
        sessions=sum(tuple(counts.sessions.values())),
        sessions_active=pipeline.trackers,
        messages=sum(tuple(counts.messages.values())),
        anomalies=sum(tuple(counts.anomalies.values())),
        rules=sum(tuple(counts.rules.values())),
        alerts=alerts,
        suppressed=sum(tuple(counts.alerts_suppressed.values())),
        lag_ns=max(now - pipeline.last_ns, 0) if counts.live and pipeline.last_ns else None,
        outputs=delivery.figures(),
        last=last,
    )

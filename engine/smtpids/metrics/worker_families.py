"""The metrics of workers, where a run has several (`run --workers`).

A worker is known by its number; there are as many as the operator asks for.
"""

from __future__ import annotations

from typing import Final

from smtpids.metrics.family import Label, counter, gauge

_WORKER: Final = Label("worker")

WORKERS: Final = (
    gauge("worker_up", "Whether the process of a worker is there.", lambda c: c.worker_up, _WORKER),
    counter(
        "worker_restarts_total",
        "Times that a worker was started again because it was killed.",
        lambda c: c.worker_restarts,
        _WORKER,
    ),
    counter(
        "worker_lost_sessions_total",
        "Sessions that were lost with a worker that was killed, in live captures.",
        lambda c: c.worker_sessions_lost,
        _WORKER,
    ),
    gauge(
        "worker_queue_length",
        "Events of a worker that wait until other workers have come as far.",
        lambda c: c.worker_queue,
        _WORKER,
    ),
    counter(
        "worker_packets_total",
        "Packets that a worker has taken.",
        lambda c: c.worker_packets,
        _WORKER,
    ),
    counter(
        "worker_dropped_packets_total",
        "Packets lost because a worker did not read them in time, in live captures.",
        lambda c: c.worker_dropped,
        _WORKER,
    ),
    gauge(
        "worker_resident_memory_bytes",
        "Memory of the process of a worker.",
        lambda c: c.worker_memory,
        _WORKER,
    ),
)

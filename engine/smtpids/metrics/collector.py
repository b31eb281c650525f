"""The numbers as prometheus_client wants them: read when somebody asks.

prometheus_client is imported by those who come this far, not by those who only count.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smtpids.metrics.families import FAMILIES
from smtpids.metrics.family import Kind
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.labels import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from smtpids.metrics.counts import Counts
    from smtpids.metrics.family import Family, Reading


class Collector:
    """Reads the counts when Prometheus asks.

    `refresh` is called first, in the thread that serves the scrape: it assigns the numbers that
    lower layers keep, and must do no more than copy.
    """

    def __init__(
        self,
        counts: Counts,
        refresh: Callable[[], None] | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._counts = counts
        self._refresh = refresh
        self._now_ns = now_ns

    def collect(self) -> Iterator[Metric]:
        """Yield each metric that has a value."""
        counts = self._counts
        if self._refresh is not None:
            self._refresh()
        if counts.last_packet_ns:
            counts.lag_ns = max(self._now_ns() - counts.last_packet_ns, 0)
        for family in FAMILIES.values():
            metric = _metric(family, counts)
            if metric.samples:
                yield metric


def registry(collector: Collector, *, of_process: bool = True) -> CollectorRegistry:
    """Return a registry of our metrics and, if `of_process`, of Python's and the process's own."""
    from prometheus_client import (
        CollectorRegistry,
        GCCollector,
        PlatformCollector,
        ProcessCollector,
    )

    metrics = CollectorRegistry()
    metrics.register(collector)
    if of_process:
        ProcessCollector(registry=metrics)
        PlatformCollector(registry=metrics)
        GCCollector(registry=metrics)
    return metrics


def _metric(family: Family, counts: Counts) -> Metric:
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )

    reading = family.read(counts)
    names = [label.name for label in family.labels]
    if family.kind is Kind.HISTOGRAM:
        distribution = HistogramMetricFamily(family.name, family.help, labels=names)
        for values, histogram in _histograms(reading).items():
            distribution.add_metric(values, _buckets(histogram), histogram.total)
        return distribution
    kind = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    metric = kind(family.name, family.help, labels=names)
    if isinstance(reading, Mapping):
        # a copy first, in one step of the interpreter: the other thread goes on counting
        for values, number in _folded(family, _copied(reading).items()).items():
            metric.add_metric(values, number)
    elif isinstance(reading, int | float):
        metric.add_metric((), reading)
    return metric


def _copied(numbers: Mapping[Any, Any]) -> dict[Any, Any]:
    return dict(numbers)


def _folded(
    family: Family, items: Iterable[tuple[str | tuple[str, ...], float]]
) -> dict[tuple[str, ...], float]:
    """Return the numbers with each label value one of its set, or `other`.

    What comes from traffic was folded when it was counted; this holds the same for numbers that
    other layers keep. What was not counted yet is 0, for `increase()` cannot see the birth of a
    series.
    """
    folded: dict[tuple[str, ...], float] = dict.fromkeys(family.known, 0)
    for key, number in items:
        values = tuple(
            str(value) if label.values is None or value in label.values else OTHER
            for label, value in zip(
                family.labels, (key,) if isinstance(key, str) else key, strict=True
            )
        )
        folded[values] = folded.get(values, 0) + number
    return folded


def _histograms(reading: Reading) -> dict[tuple[str, ...], Histogram]:
    if isinstance(reading, Histogram):
        return {(): reading}
    found = _copied(reading) if isinstance(reading, Mapping) else {}
    return {(str(key),): value for key, value in found.items() if isinstance(value, Histogram)}


def _buckets(histogram: Histogram) -> list[tuple[str, float]]:
    bounds = [*map(str, histogram.bounds), "+Inf"]
    return list(zip(bounds, histogram.cumulative(), strict=True))

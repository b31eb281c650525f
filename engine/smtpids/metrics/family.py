"""What a metric is: its name, type, labels and help, and where its number is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from smtpids.metrics.histogram import Histogram

if TYPE_CHECKING:
    from smtpids.metrics.counts import Counts

Reading: TypeAlias = (
    float
    | Mapping[str, float]
    | Mapping[tuple[str, str], float]
    | Mapping[tuple[str, str, str], float]
    | Mapping[tuple[str, str, str, str], float]
    | Histogram
    | None
)
"""A number, numbers by label values, a histogram; None where there is nothing to say."""


class Kind(StrEnum):
    """Prometheus' types."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Label:
    """A label and its values; `values` is None where the operator names them."""

    name: str
    values: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A metric; `name` is what a query writes, without the suffixes of a histogram."""

    kind: Kind
    name: str
    help: str
    read: Callable[[Counts], Reading]
    labels: tuple[Label, ...] = ()

    @property
    def series_names(self) -> tuple[str, ...]:
        """The names of its series."""
        if self.kind is Kind.HISTOGRAM:
            return tuple(f"{self.name}_{suffix}" for suffix in ("bucket", "count", "sum"))
        return (self.name,)


def counter(name: str, text: str, read: Callable[[Counts], Reading], *labels: Label) -> Family:
    """Return a metric that only rises."""
    return Family(Kind.COUNTER, f"smtpids_{name}", text, read, labels)


def gauge(name: str, text: str, read: Callable[[Counts], Reading], *labels: Label) -> Family:
    """Return a metric that rises and falls."""
    return Family(Kind.GAUGE, f"smtpids_{name}", text, read, labels)


def histogram(name: str, text: str, read: Callable[[Counts], Histogram | None]) -> Family:
    """Return a metric with its observations in buckets."""
    return Family(Kind.HISTOGRAM, f"smtpids_{name}", text, read)

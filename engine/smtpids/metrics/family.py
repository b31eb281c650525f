"""What a metric is: its name, type, labels and help, and where its number is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from smtpids.config import SECOND
from smtpids.metrics.histogram import Histogram
from smtpids.metrics.labels import OTHER

if TYPE_CHECKING:
    from smtpids.metrics.counts import Counts

Reading: TypeAlias = (
    float
    | Mapping[str, float]
    | Mapping[tuple[str, str], float]
    | Mapping[tuple[str, str, str], float]
    | Mapping[tuple[str, str, str, str], float]
    | Histogram
    | Mapping[str, Histogram]
    | None
)
"""A number or a histogram, one or by label values; None where there is nothing to say."""


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
    folds: bool = False
    """Whether what is not one of `values` comes and is `other`: where the traffic names it."""

    @property
    def possible(self) -> frozenset[str]:
        """All values that it may have; none are known of what the operator names."""
        return (self.values or frozenset()) | ({OTHER} if self.folds else frozenset())


@dataclass(frozen=True, slots=True)
class Family:
    """A metric; `name` is what a query writes, without the suffixes of a histogram."""

    kind: Kind
    name: str
    help: str
    read: Callable[[Counts], Reading]
    labels: tuple[Label, ...] = ()

    @property
    def known(self) -> tuple[tuple[str, ...], ...]:
        """The label values of every series that there can be; empty if the operator names some."""
        if not self.labels or any(label.values is None for label in self.labels):
            return ()
        return tuple(product(*(sorted(label.possible) for label in self.labels)))

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


def histogram(name: str, text: str, read: Callable[[Counts], Reading], *labels: Label) -> Family:
    """Return a metric with its observations in buckets."""
    return Family(Kind.HISTOGRAM, f"smtpids_{name}", text, read, labels)


def seconds(nanoseconds: int) -> float | None:
    """Return a time as Prometheus wants it; None if it is not known."""
    return nanoseconds / SECOND if nanoseconds else None


def seconds_by(nanoseconds: dict[str, int]) -> dict[str, float]:
    """Return times by label value as Prometheus wants them, without those that are not known."""
    return {key: value / SECOND for key, value in nanoseconds.copy().items() if value}

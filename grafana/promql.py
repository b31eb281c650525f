"""How the dashboards ask: PromQL for the sensors that are chosen above a dashboard."""

from __future__ import annotations

from typing import Final

OURS: Final = 'job=~"$job",instance=~"$instance"'
RULE: Final = 'rule_id="$rule_id"'


def series(metric: str, more: str = "") -> str:
    """Return the series of the sensors chosen above the dashboard."""
    return f"{metric}{{{OURS}{more and ','}{more}}}"


def rate(metric: str, more: str = "", by: str = "") -> str:
    """Return how fast a counter rises, a second."""
    return f"{_sum(by)} (rate({series(metric, more)}[$__rate_interval]))"


def active(metric: str, by: str, more: str = "") -> str:
    """Return how fast those series rise that rose at all in the time shown.

    Labels with many known values have a series for each, and most of them are never seen.
    """
    return f"{rate(metric, more, by)} and {risen(metric, more, by)} > 0"


def risen(metric: str, more: str = "", by: str = "") -> str:
    """Return how much a counter rose in the time shown; `increase` guesses at its ends."""
    return f"round({grown(metric, more, by)})"


def grown(metric: str, more: str = "", by: str = "") -> str:
    """Return by how much a counter of seconds rose in the time shown."""
    return f"{_sum(by)} (increase({series(metric, more)}[$__range]))"


def total(metric: str, more: str = "", by: str = "") -> str:
    """Return the sum of a gauge."""
    return f"{_sum(by)} ({series(metric, more)})"


def share(part: str, whole: str) -> str:
    """Return `part` of `whole`; nothing while there is nothing to divide."""
    return f"{part} / ({whole} > 0)"


def quantile(number: float, metric: str, by: str = "") -> str:
    """Return a quantile of a histogram."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({number}, {rate(metric + '_bucket', by=labels)})"


def age(metric: str) -> str:
    """Return how long ago a time in seconds was."""
    return f"time() - {series(metric)}"


def top(number: int, expr: str) -> str:
    """Return the largest that are not 0."""
    return f"topk({number}, {expr} > 0)"


def or_zero(expr: str) -> str:
    """Return 0 where a series has not begun."""
    return f"({expr}) or vector(0)"


def _sum(by: str) -> str:
    return f"sum by ({by})" if by else "sum"

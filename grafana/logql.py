"""How the alert log asks: LogQL for the alerts that are chosen above it.

The stream has the labels that the output `loki` of smtpids sets: job, host, severity, dataset.
Whatever else is asked is taken from the line, which is the alert as ECS JSON. Only what a query
needs is taken, as each name that `json` takes out of every line costs Loki time.
"""

from __future__ import annotations

from typing import Final

OURS: Final = 'job="smtpids",dataset="smtpids.alert"'
UPPER: Final = 'severity=~"critical|high"'


def chosen(more: str = "") -> str:
    """Return the lines of the alerts that are chosen above the dashboard."""
    stream = f'{OURS},host=~"$host",severity=~"$severity"{more and ","}{more}'
    return f"{{{stream}}} |~ `(?i)$search`"


def counted(by: str = "", *, stages: str = "", more: str = "") -> str:
    """Return the number of alerts in each interval, or in the time shown if asked at once."""
    return f"{_sum(by)} (count_over_time({chosen(more)}{stages} [$__auto]))"


def top(number: int, label: str, path: str) -> str:
    """Return the values of a name of the line that stand in most alerts."""
    return f"topk({number}, {counted(label, stages=_taken(label, path))})"


def distinct(label: str, path: str) -> str:
    """Return how many values a name of the line has."""
    return f"count({counted(label, stages=_taken(label, path))})"


def _taken(label: str, path: str) -> str:
    return f' | json {label}="{path}" | __error__="" | {label}!=""'


def _sum(by: str) -> str:
    return f"sum by ({by})" if by else "sum"

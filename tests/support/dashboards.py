"""The committed dashboards as data, for the tests that read them and the ones that run them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "grafana"
RULES = GRAFANA / "prometheus" / "smtpids.rules.yml"

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One query of a panel."""

    dashboard: str
    panel: str
    ref: str
    source: str
    """`prometheus` or `loki`."""
    expr: str
    legend: str
    instant: bool

    def __str__(self) -> str:
        """Name it as a test does."""
        return f"{self.dashboard}/{self.panel}/{self.ref}"


def dashboards() -> list[Path]:
    """Return the files, in order of name."""
    return sorted((GRAFANA / "dashboards").glob("*.json"))


@cache
def load(path: Path) -> Json:
    """Return a dashboard's model."""
    loaded: Json = json.loads(path.read_text())
    return loaded


def panels(dashboard: Json) -> list[Json]:
    """Return the panels without the headings of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets(dashboard: Json) -> list[Target]:
    """Return every query."""
    return [
        Target(
            dashboard["uid"].removeprefix("smtpids-"),
            panel["title"],
            target["refId"],
            target["datasource"]["type"],
            target["expr"],
            target.get("legendFormat", ""),
            target.get("instant", target.get("queryType") == "instant"),
        )
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]


def targets_of(source: str) -> list[Target]:
    """Return every query of every dashboard that is for one kind of data source."""
    return [
        target for path in dashboards() for target in targets(load(path)) if target.source == source
    ]


def marks(dashboard: Json) -> list[Json]:
    """Return the marks in time, which have queries too."""
    found: list[Json] = dashboard["annotations"]["list"]
    return found

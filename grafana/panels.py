"""What a panel shows, as plain data; looks.py says how each kind looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Query:
    """An expression and what its series are called."""

    expr: str
    legend: str = ""


def split(label: str, expr: str) -> tuple[Query]:
    """Return the one query whose series are told apart by a label."""
    return (Query(expr, f"{{{{{label}}}}}"),)


@dataclass(frozen=True)
class Stat:
    """One large number; `steps` are thresholds with their colours."""

    title: str
    description: str
    unit: str
    expr: str
    steps: tuple[tuple[float, str], ...] = ()
    base: str = "green"
    empty: str = "0"
    """What stands there when the query finds nothing."""
    width: int = 3
    height: int = 4


@dataclass(frozen=True)
class Lines:
    """Values over time."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    colours: dict[str, str] = field(default_factory=dict)
    stacked: bool = False
    bars: bool = False
    """Counts of intervals: a line would invent what lies between them."""
    most: float | None = None
    """The end of the axis."""
    empty: str = ""
    """What stands there when no query finds anything, if that is good news."""
    width: int = 8
    height: int = 8


@dataclass(frozen=True)
class Bars:
    """The largest values of the time range; `link` is where a click on one leads."""

    title: str
    description: str
    unit: str
    query: Query
    link: tuple[str, str] | None = None
    """Its text and address."""
    colours: dict[str, str] = field(default_factory=dict)
    width: int = 8
    height: int = 8


@dataclass(frozen=True)
class Table:
    """Rows of labels with one number, the largest first."""

    title: str
    description: str
    unit: str
    expr: str
    value: str
    """The heading of the number."""
    columns: tuple[tuple[str, str], ...]
    """Labels in their order, and their headings."""
    link: tuple[str, str, str] | None = None
    """A column's heading, and text and address of where a click in it leads."""
    colours: dict[str, dict[str, str]] = field(default_factory=dict)
    """Heading of a column -> its values -> their colours."""
    width: int = 24
    height: int = 12


@dataclass(frozen=True)
class Logs:
    """Lines of a log, the newest first."""

    title: str
    description: str
    expr: str
    width: int = 24
    height: int = 16


Shown: TypeAlias = Stat | Lines | Bars | Table | Logs


@dataclass(frozen=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Shown, ...]

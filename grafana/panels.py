"""What a panel shows, as plain data, and how each kind looks.

Grafana's own SDK makes the JSON. Its builder of whole dashboards is deprecated in favour of the
next model, which older Grafanas cannot read, so that part is made from the SDK's records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = 24
DATASOURCE: Final = common_model.DataSourceRef(type_val="prometheus", uid="${datasource}")


@dataclass(frozen=True)
class Query:
    """A PromQL expression and what its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Stat:
    """One large number; `steps` are thresholds with their colours."""

    title: str
    description: str
    unit: str
    expr: str
    steps: tuple[tuple[float, str], ...] = ()
    base: str = "green"
    width: int = 4
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
    most: float | None = None
    """The end of the axis."""
    width: int = 8
    height: int = 8


@dataclass(frozen=True)
class Bars:
    """The largest values of the time range."""

    title: str
    description: str
    unit: str
    query: Query
    width: int = 8
    height: int = 8


Shown: TypeAlias = Stat | Lines | Bars


@dataclass(frozen=True)
class Row:
    """Panels under one heading."""

    title: str
    panels: tuple[Shown, ...]


def _stat(panel: Stat) -> stat.Panel:
    first = model.Threshold(value=None, color=panel.base)
    steps = [first, *(model.Threshold(value=value, color=colour) for value, colour in panel.steps)]
    return (
        stat.Panel()
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .no_value("0")
        .color_mode(common_model.BigValueColorMode.VALUE)
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(_target(Query(panel.expr), "A", instant=True))
    )


def _lines(panel: Lines) -> timeseries.Panel:
    shown = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .min(0)
        .line_width(1)
        .fill_opacity(30 if panel.stacked else 10)
        .show_points(common_model.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .show_legend(True)
            .display_mode(common_model.LegendDisplayMode.LIST)
            .placement(common_model.LegendPlacement.BOTTOM)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(common_model.TooltipDisplayMode.MULTI)
            .sort(common_model.SortOrder.DESCENDING)
        )
    )
    if panel.stacked:
        shown.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if panel.most is not None:
        shown.max(panel.most)
    for name, colour in panel.colours.items():
        value = {"mode": "fixed", "fixedColor": colour}
        shown.override_by_name(name, [model.DynamicConfigValue(id_val="color", value=value)])
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        shown.with_target(_target(query, letter))
    return shown


def _bars(panel: Bars) -> bargauge.Panel:
    return (
        bargauge.Panel()
        .title(panel.title)
        .description(panel.description)
        .unit(panel.unit)
        .decimals(0)
        .min(0)
        .orientation(common_model.VizOrientation.HORIZONTAL)
        .display_mode(common_model.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color("blue"))
        .with_target(_target(panel.query, "A", instant=True))
    )


def _target(query: Query, letter: str, *, instant: bool = False) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(query.expr).ref_id(letter).datasource(DATASOURCE)
    if query.legend:
        target.legend_format(query.legend)
    return target.instant() if instant else target.range()


def _panel(panel: Shown) -> stat.Panel | timeseries.Panel | bargauge.Panel:
    if isinstance(panel, Stat):
        return _stat(panel)
    return _bars(panel) if isinstance(panel, Bars) else _lines(panel)


def laid_out(rows: tuple[Row, ...]) -> Iterator[model.Panel | model.RowPanel]:
    """Yield rows and their panels from left to right, line by line, numbered."""
    number = y = 0
    for row in rows:
        number += 1
        heading = dashboard.Row(row.title).id(number)
        yield heading.grid_pos(model.GridPos(h=1, w=COLUMNS, x=0, y=y)).build()
        y += 1
        x = tallest = 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            place = model.GridPos(h=panel.height, w=panel.width, x=x, y=y)
            yield _panel(panel).id(number).datasource(DATASOURCE).grid_pos(place).build()
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest


def variables() -> list[model.VariableModel]:
    """Return what is chosen above a dashboard: data source, job and instance."""
    everything = model.VariableOption(text="All", value="$__all")
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus").build(),
        *(
            dashboard.QueryVariable(name)
            .label(name.capitalize())
            .datasource(DATASOURCE)
            .query(query)
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".+")
            .current(everything)
            .build()
            for name, query in (
                ("job", "label_values(smtpids_build_info, job)"),
                ("instance", 'label_values(smtpids_build_info{job=~"$job"}, instance)'),
            )
        ),
    ]

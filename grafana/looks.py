"""How each kind of panel looks.

Grafana's own SDK makes the JSON. Its builder of whole dashboards is deprecated in favour of the
next model, which older Grafanas cannot read, so that part is made from the SDK's records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    logs,
    loki,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as common_model
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import prometheus as prometheus_model

from grafana.panels import Bars, Lines, Logs, Query, Row, Shown, Stat, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS: Final = 24
PROMETHEUS: Final = common_model.DataSourceRef(type_val="prometheus", uid="${datasource}")
LOKI: Final = common_model.DataSourceRef(type_val="loki", uid="${datasource}")
LINES_SHOWN: Final = 500
"""Lines of a log that are fetched at once."""

WIDE: Final = 360
"""Pixels of a table's column that holds the longest names of rules."""

Panel: TypeAlias = stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel | logs.Panel


def laid_out(
    rows: tuple[Row, ...], source: common_model.DataSourceRef
) -> Iterator[model.Panel | model.RowPanel]:
    """Yield rows and their panels from left to right, line by line, numbered."""
    number = y = 0
    for row in rows:
        number += 1
        heading = dashboard.Row(row.title).id(number)
        yield heading.grid_pos(model.GridPos(h=1, w=COLUMNS, x=0, y=y)).build()
        y += 1
        x = tallest = 0
        for shown in row.panels:
            if x + shown.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            place = model.GridPos(h=shown.height, w=shown.width, x=x, y=y)
            yield _panel(shown, source).id(number).datasource(source).grid_pos(place).build()
            x, tallest = x + shown.width, max(tallest, shown.height)
        y += tallest


def _panel(shown: Shown, source: common_model.DataSourceRef) -> Panel:
    if isinstance(shown, Stat):
        panel: Panel = _stat(shown, source)
    elif isinstance(shown, Lines):
        panel = _lines(shown, source)
    elif isinstance(shown, Bars):
        panel = _bars(shown, source)
    elif isinstance(shown, Table):
        panel = _table(shown)
    else:
        panel = _logs(shown)
    return panel.title(shown.title).description(shown.description)


def _stat(shown: Stat, source: common_model.DataSourceRef) -> stat.Panel:
    first = model.Threshold(value=None, color=shown.base)
    steps = [first, *(model.Threshold(value=value, color=colour) for value, colour in shown.steps)]
    return (
        stat.Panel()
        .unit(shown.unit)
        .no_value(shown.empty)
        .color_mode(common_model.BigValueColorMode.VALUE)
        .graph_mode(common_model.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(_target(Query(shown.expr), "A", source, instant=True))
    )


def _lines(shown: Lines, source: common_model.DataSourceRef) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .unit(shown.unit)
        .min(0)
        .line_width(0 if shown.bars else 1)
        .fill_opacity(80 if shown.bars else 30 if shown.stacked else 10)
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
    if shown.bars:
        panel.draw_style(common_model.GraphDrawStyle.BARS)
    if shown.stacked:
        panel.stacking(common.StackingConfig().mode(common_model.StackingMode.NORMAL).group("A"))
    if shown.empty:
        panel.no_value(shown.empty)
    if shown.most is not None:
        panel.max(shown.most)
    elif shown.unit == "percentunit":
        panel.axis_soft_max(0.1)  # a line at zero has an axis up to 10 000 % else
    for name, colour in shown.colours.items():
        panel.override_by_name(name, [_fixed(colour)])
    for letter, query in zip("ABCDEFGH", shown.queries, strict=False):
        panel.with_target(_target(query, letter, source))
    return panel


def _bars(shown: Bars, source: common_model.DataSourceRef) -> bargauge.Panel:
    panel = (
        bargauge.Panel()
        .unit(shown.unit)
        .min(0)
        .sizing(common_model.BarGaugeSizing.MANUAL)
        .min_viz_height(12)
        .max_viz_height(28)
        .orientation(common_model.VizOrientation.HORIZONTAL)
        .display_mode(common_model.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color("blue"))
        .with_target(_target(shown.query, "A", source, instant=True))
    )
    for name, colour in shown.colours.items():
        panel.override_by_name(name, [_fixed(colour)])
    if shown.link is not None:
        panel.override_by_regexp("/.*/", [_link(*shown.link)])
    return panel


def _table(shown: Table) -> table.Panel:
    """Return rows of an instant query; its columns are named and put in order."""
    names = dict((*shown.columns, ("Value", shown.value)))
    target = prometheus.Dataquery().expr(shown.expr).ref_id("A").datasource(PROMETHEUS).instant()
    panel = (
        table.Panel()
        .unit(shown.unit)
        .sort_by([common.TableSortByFieldState().display_name(shown.value).desc(True)])
        .with_target(target.format(prometheus_model.PromQueryFormat.TABLE))
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "indexByName": {name: place for place, name in enumerate(names)},
                    "renameByName": names,
                },
            )
        )
    )
    if shown.link is not None:
        column, text, address = shown.link
        width = model.DynamicConfigValue(id_val="custom.width", value=WIDE)
        panel.override_by_name(column, [width, _link(text, address)])
    for column, colours in shown.colours.items():
        panel.override_by_name(column, _coloured(colours))
    return panel


def _logs(shown: Logs) -> logs.Panel:
    target = _target(Query(shown.expr), "A", LOKI)
    assert isinstance(target, loki.Dataquery)
    return (
        logs.Panel()
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(common_model.LogsSortOrder.DESCENDING)
        .with_target(target.max_lines(LINES_SHOWN))
    )


def _target(
    query: Query, letter: str, source: common_model.DataSourceRef, *, instant: bool = False
) -> prometheus.Dataquery | loki.Dataquery:
    if source is LOKI:
        asked = loki.Dataquery().query_type("instant" if instant else "range")
        target: prometheus.Dataquery | loki.Dataquery = asked
    else:
        target = prometheus.Dataquery().instant() if instant else prometheus.Dataquery().range()
    if query.legend:
        target.legend_format(query.legend)
    return target.expr(query.expr).ref_id(letter).datasource(source)


def _fixed(colour: str) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


def _coloured(colours: dict[str, str]) -> list[model.DynamicConfigValue]:
    """Return what paints the values of a table's column."""
    options = {
        value: {"color": colour, "index": place}
        for place, (value, colour) in enumerate(colours.items())
    }
    return [
        model.DynamicConfigValue(id_val="mappings", value=[{"type": "value", "options": options}]),
        model.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
    ]


def _link(text: str, address: str) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val="links", value=[{"title": text, "url": address}])

"""What stands around the panels of a dashboard: its name, choices, links and marks in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model

from grafana.logql import OURS as OUR_LOGS
from grafana.looks import LOKI, PROMETHEUS, laid_out
from grafana.promql import series

if TYPE_CHECKING:
    from grafana_foundation_sdk.models import common as common_model

    from grafana.panels import Row

STARTED: Final = "smtpids_up_since_timestamp_seconds"
RELOADED: Final = "smtpids_config_last_reload_success_timestamp_seconds"
#: Path of a dashboard's address -> what a link to it says.
PAGES: Final = {
    "smtpids-overview": "Overview",
    "smtpids-rule-detail": "Rule detail",
    "smtpids-sensor-health": "Sensor health",
    "smtpids-alert-log": "Alert log",
}
RULE_LINK: Final = (
    "/d/smtpids-rule-detail?var-rule_id=${__field.labels.rule_id}&${__url_time_range}"
)
"""To the rule that a bar stands for; the other choices begin anew there."""


class _Link(model.DashboardLink):
    """A link beside the title; the SDK would always put it into the menu of newer Grafanas."""

    def to_json(self) -> dict[str, object]:
        """Return the link without its place, which older Grafanas do not know."""
        return {name: value for name, value in super().to_json().items() if name != "placement"}


class _Mark(model.AnnotationQuery):
    """A mark in time, its switch beside the title."""

    def to_json(self) -> dict[str, object]:
        """Return the mark without its place, which older Grafanas do not know."""
        return {name: value for name, value in super().to_json().items() if name != "placement"}


def of_metrics(
    uid: str, title: str, description: str, rows: tuple[Row, ...], *more: model.VariableModel
) -> model.Dashboard:
    """Return a dashboard that asks Prometheus; `more` is chosen beside the sensors."""
    marks = [
        # the first load is no reload
        _mark("Reloads", "blue", "Rules reloaded", f"({series(RELOADED)} != {series(STARTED)})"),
        _mark("Starts", "purple", "Sensor started", series(STARTED)),
    ]
    chosen = [*_sensors(), *more]
    return _page(uid, title, description, rows, PROMETHEUS, chosen, marks)


def of_logs(
    uid: str, title: str, description: str, rows: tuple[Row, ...], *more: model.VariableModel
) -> model.Dashboard:
    """Return a dashboard that asks Loki."""
    chosen = [_datasource("loki"), _of_stream("host"), _of_stream("severity"), *more]
    return _page(uid, title, description, rows, LOKI, chosen, [])


def _page(
    uid: str,
    title: str,
    description: str,
    rows: tuple[Row, ...],
    source: common_model.DataSourceRef,
    chosen: list[model.VariableModel],
    marks: list[model.AnnotationQuery],
) -> model.Dashboard:
    return model.Dashboard(
        uid=uid,
        title=f"smtpids / {title}",
        description=description,
        tags=["smtpids", "smtp", "security"],
        editable=False,
        graph_tooltip=model.DashboardCursorSync.CROSSHAIR,
        time=model.DashboardDashboardTime(from_val="now-6h", to="now"),
        refresh="1m",
        links=list(_links(uid)),
        panels=list(laid_out(rows, source)),
        templating=model.DashboardDashboardTemplating(list_val=chosen),
        annotations=model.AnnotationContainer(list_val=marks),
    )


def _links(uid: str) -> list[model.DashboardLink]:
    """Return links to the other dashboards; those of one data source share what is chosen."""
    return [
        _Link(
            title=text,
            url=f"/d/{other}",
            icon="dashboard",
            keep_time=True,
            include_vars="smtpids-alert-log" not in {uid, other},
        )
        for other, text in PAGES.items()
        if other != uid
    ]


def _mark(name: str, colour: str, text: str, seconds: str) -> model.AnnotationQuery:
    """Return a mark at the time that an expression says."""
    return _Mark(
        name=name,
        datasource=PROMETHEUS,
        icon_color=colour,
        expr=f"{seconds} * 1000",
        use_value_for_time=True,
        title_format=text,
        text_format="{{instance}}",
        step="60s",
    )


def _datasource(kind: str) -> model.VariableModel:
    return dashboard.DatasourceVariable("datasource").label("Data source").type(kind).build()


def _sensors() -> list[model.VariableModel]:
    """Return what is chosen above every dashboard of metrics: data source, job and instance."""
    return [
        _datasource("prometheus"),
        _several("job", PROMETHEUS, "label_values(smtpids_build_info, job)"),
        _several("instance", PROMETHEUS, 'label_values(smtpids_build_info{job=~"$job"}, instance)'),
    ]


def _of_stream(label: str) -> model.VariableModel:
    of_label = {
        "type": 1,  # values of a label
        "label": label,
        "stream": f"{{{OUR_LOGS}}}",
        "refId": "LokiVariableQueryEditor-VariableQuery",
    }
    return _several(label, LOKI, of_label)


def _several(
    name: str, source: common_model.DataSourceRef, query: str | dict[str, object]
) -> model.VariableModel:
    """Return a choice of one, several or all values."""
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(source)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(model.VariableOption(text="All", value="$__all"))
        .build()
    )


def rule() -> model.VariableModel:
    """Return the choice of one rule."""
    query = f"label_values({series('smtpids_alerts_total')}, rule_id)"
    return (
        dashboard.QueryVariable("rule_id")
        .label("Rule")
        .datasource(PROMETHEUS)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(False)
        .include_all(False)
        .build()
    )


def search() -> model.VariableModel:
    """Return a field for words that a line must hold."""
    return dashboard.TextBoxVariable("search").label("Contains").default_value("").build()

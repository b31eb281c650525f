"""The dashboards are fresh, keep to what Grafana's dashboard-linter asks, and name real metrics."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from smtpids.metrics import FAMILIES
from smtpids.metrics.exporter import DEFAULT_ADDRESS
from tests.support.dashboards import GRAFANA, ROOT, Json, Target, dashboards, load, panels, targets

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.metrics import Family

each_dashboard = pytest.mark.parametrize(
    "dashboard", [load(path) for path in dashboards()], ids=[path.stem for path in dashboards()]
)
each_panel = pytest.mark.parametrize(
    "panel",
    [panel for path in dashboards() for panel in panels(load(path))],
    ids=lambda panel: panel["title"],
)
each_target = pytest.mark.parametrize(
    "target", [target for path in dashboards() for target in targets(load(path))], ids=str
)

OURS = 'job=~"$job",instance=~"$instance"'
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
#: What every Prometheus has, and what prometheus_client tells of the process.
FOREIGN = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
ON_ALL = {"job", "instance"}
SERIES = {name: family for family in FAMILIES.values() for name in family.series_names}
#: Unit ids of Grafana that our panels use.
UNITS = {"short", "percentunit", "cps", "cpm", "pps", "bps", "Bps", "bytes", "s"}


def test_the_dashboards_are_what_their_script_writes() -> None:
    done = subprocess.run(
        [sys.executable, str(GRAFANA / "build.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_there_is_a_dashboard() -> None:
    assert "smtpids-overview" in [path.stem for path in dashboards()]


@each_dashboard
def test_a_dashboard_is_known_by_a_stable_uid_and_not_edited_in_the_browser(
    dashboard: Json,
) -> None:
    assert re.fullmatch(r"smtpids-[a-z-]{1,31}", dashboard["uid"])
    assert dashboard["title"].startswith("smtpids / ")
    assert dashboard["editable"] is False
    assert dashboard.get("id") is None


@each_dashboard
def test_the_data_source_the_job_and_the_sensor_can_be_chosen(dashboard: Json) -> None:
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert list(variables) == ["datasource", "job", "instance"]
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for name in ("job", "instance"):
        variable = variables[name]
        assert variable["type"] == "query"
        assert variable["datasource"]["uid"] == "${datasource}"
        assert variable["label"] == name.capitalize()
        assert variable["multi"] is True
        assert variable["includeAll"] is True
        assert variable["allValue"] == ".+"
        on_time_range_change = 2
        assert variable["refresh"] == on_time_range_change
        metric, label = re.fullmatch(
            r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", variable["query"]
        ).groups()  # type: ignore[union-attr]  # no match fails the test as it should
        assert (metric in SERIES, label) == (True, name)


@each_dashboard
def test_every_panel_has_a_number_of_its_own(dashboard: Json) -> None:
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert sorted(set(numbers)) == sorted(numbers)


@each_dashboard
def test_no_two_panels_overlap_and_none_leaves_the_grid(dashboard: Json) -> None:
    places = [(panel["title"], panel["gridPos"]) for panel in dashboard["panels"]]
    assert [name for name, place in places if place["x"] < 0 or place["x"] + place["w"] > 24] == []
    assert [
        (one, other)
        for (one, a), (other, b) in combinations(places, 2)
        if a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    ] == []


@each_dashboard
def test_no_two_panels_have_the_same_title(dashboard: Json) -> None:
    titles = [panel["title"] for panel in panels(dashboard)]
    assert sorted(set(titles)) == sorted(titles)


@each_panel
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: Json) -> None:
    assert re.fullmatch(r"[A-Z][^.]*", panel["title"])
    assert re.fullmatch(r"[A-Z0-9].*\.", panel["description"])
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@each_panel
def test_a_panel_asks_the_data_source_that_was_chosen(panel: Json) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert chosen == panel["datasource"]
    assert [chosen] * len(panel["targets"]) == [target["datasource"] for target in panel["targets"]]
    assert panel["targets"]


@each_panel
def test_a_severity_has_the_same_colour_wherever_it_is_named(panel: Json) -> None:
    if "severity" not in panel["title"]:
        return
    colours = {
        override["matcher"]["options"]: override["properties"][0]["value"]["fixedColor"]
        for override in panel["fieldConfig"]["overrides"]
    }
    levels = FAMILIES["smtpids_alerts_total"].labels[1].values
    assert levels is not None
    assert set(colours) == levels
    assert len(set(colours.values())) == len(colours)


@each_target
def test_a_query_asks_only_the_chosen_sensors(target: Target) -> None:
    selectors = SELECTOR.findall(target.expr)
    assert selectors
    assert [name for name, matchers in selectors if not matchers.startswith(OURS)] == []
    # a metric without braces would escape the check above
    bare = re.findall(r"\b(?:smtpids|process)_\w+(?![\w{])", target.expr)
    assert bare == []


@each_target
def test_a_rate_is_taken_over_the_interval_that_fits_the_scrapes(target: Target) -> None:
    ranges = re.findall(r"\b(\w+)\([^()]*\[([^\]]+)\]\)", target.expr)
    assert len(ranges) == target.expr.count("[")
    assert {("rate", "$__rate_interval"), ("increase", "$__range")} >= set(ranges)


@each_target
def test_a_counter_is_never_shown_as_it_stands(target: Target) -> None:
    for name, matchers in SELECTOR.findall(target.expr):
        counts = name.endswith(("_total", "_bucket", "_count", "_sum"))
        ranged = f"{name}{{{matchers}}}[" in target.expr
        assert counts == ranged


@each_target
def test_a_query_names_metrics_labels_and_values_that_exist(target: Target) -> None:
    for name, matchers in SELECTOR.findall(target.expr):
        assert name in SERIES or name in FOREIGN
        for label, _, value in MATCHER.findall(matchers):
            if label not in ON_ALL:
                assert set(value.split("|")) <= (values_of(SERIES[name], label) or set())
    names = SELECTOR.findall(target.expr)
    for grouped in re.findall(r"\bby \(([^)]*)\)", target.expr):
        for label in grouped.split(", "):
            assert label in ON_ALL | {"le"} or all(
                label in [known.name for known in SERIES[name].labels] for name, _ in names
            )


@each_target
def test_a_legend_names_labels_that_the_query_keeps(target: Target) -> None:
    labels = set(re.findall(r"\{\{(\w+)\}\}", target.legend))
    grouped = set(re.findall(r"\bby \((\w+)\)", target.expr))
    assert labels <= grouped | (set() if grouped or "sum" in target.expr else ON_ALL)


@pytest.mark.parametrize(
    "path", sorted(GRAFANA.rglob("*.y*ml")), ids=lambda path: path.relative_to(GRAFANA).as_posix()
)
def test_what_is_provisioned_is_yaml(path: Path) -> None:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    if "provisioning" in path.parts:
        assert loaded["apiVersion"] == 1
        assert {"datasources", "providers"} & set(loaded)


def test_prometheus_scrapes_where_the_exporter_listens() -> None:
    loaded = yaml.safe_load((GRAFANA / "prometheus" / "prometheus.yml").read_text())
    targets_ = [
        target
        for job in loaded["scrape_configs"]
        for config in job["static_configs"]
        for target in config["targets"]
    ]
    assert [str(DEFAULT_ADDRESS)] == targets_


def test_the_interval_of_the_data_source_is_that_of_the_scrapes() -> None:
    prometheus = yaml.safe_load((GRAFANA / "prometheus" / "prometheus.yml").read_text())
    sources = yaml.safe_load((GRAFANA / "provisioning/datasources/smtpids.yaml").read_text())
    interval = prometheus["global"]["scrape_interval"]
    assert [interval] == [source["jsonData"]["timeInterval"] for source in sources["datasources"]]


def test_the_page_about_grafana_lies_beside_it() -> None:
    assert (ROOT / "grafana" / "README.md").is_file()


def values_of(family: Family, label: str) -> frozenset[str] | None:
    """Return the closed set of a label; None if there is no such label or set."""
    return next((known.values for known in family.labels if known.name == label), None)

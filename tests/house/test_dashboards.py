"""The dashboards are fresh and built as Grafana's dashboard-linter asks.

What their queries are is judged in test_queries.py, whether these find data by tests/servers.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

import promql_parser
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from smtpids.metrics.families import FAMILIES
from tests.support.dashboards import GRAFANA, ROOT, Json, dashboards, load, marks, panels

each_dashboard = pytest.mark.parametrize(
    "dashboard", [load(path) for path in dashboards()], ids=[path.stem for path in dashboards()]
)
each_panel = pytest.mark.parametrize(
    "panel",
    [
        pytest.param(panel, id=f"{path.stem}/{panel['title']}")
        for path in dashboards()
        for panel in panels(load(path))
    ],
)

SERIES = {name for family in FAMILIES.values() for name in family.series_names}
#: Unit ids of Grafana that our panels use.
UNITS = {"short", "percentunit", "cps", "cpm", "pps", "bps", "Bps", "bytes", "s"}
#: The choices above a dashboard, by its data source, in their order.
VARIABLES = {"prometheus": ["datasource", "job", "instance"], "loki": ["datasource", "host"]}
ON_TIME_RANGE_CHANGE = 2
LEVELS = {"critical", "high", "medium", "low", "informational"}


def source_of(dashboard: Json) -> str:
    """Return the kind of data source that a dashboard asks."""
    kind = dashboard["templating"]["list"][0]["query"]
    assert isinstance(kind, str)
    return kind


def test_the_dashboards_are_what_their_script_writes() -> None:
    done = subprocess.run(
        [sys.executable, str(GRAFANA / "build.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_dashboards_that_the_page_lists_are_there() -> None:
    listed = re.findall(r"\(dashboards/([\w-]+)\.json\)", (GRAFANA / "README.md").read_text())
    assert sorted(set(listed)) == [path.stem for path in dashboards()]


@each_dashboard
def test_a_dashboard_is_one_to_grafana(dashboard: Json) -> None:
    """Grafana's own records read it and write the same, but for the places that we leave out."""
    written = json.loads(json.dumps(Dashboard.from_json(dashboard), cls=JSONEncoder))
    for item in (*written["links"], *marks(written)):
        item.pop("placement")
    assert dashboard == written


@each_dashboard
def test_a_dashboard_is_known_by_a_stable_uid_and_not_edited_in_the_browser(
    dashboard: Json,
) -> None:
    assert re.fullmatch(r"smtpids-[a-z-]{1,31}", dashboard["uid"])
    assert dashboard["title"].startswith("smtpids / ")
    assert re.fullmatch(r"[A-Z].*\.", dashboard["description"])
    assert dashboard["editable"] is False
    assert dashboard.get("id") is None


@each_dashboard
def test_the_data_source_and_the_sensors_can_be_chosen(dashboard: Json) -> None:
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    expected = VARIABLES[source_of(dashboard)]
    assert list(variables)[: len(expected)] == expected
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["label"] == "Data source"
    for name in expected[1:]:
        assert variables[name]["label"] == name.capitalize()
        assert variables[name]["multi"] is True
        assert variables[name]["includeAll"] is True
        assert variables[name]["allValue"] == ".+"


@each_dashboard
def test_what_can_be_chosen_is_asked_anew_when_the_time_range_changes(dashboard: Json) -> None:
    asked = [choice for choice in dashboard["templating"]["list"] if choice["type"] == "query"]
    assert asked
    for variable in asked:
        assert variable["datasource"]["uid"] == "${datasource}"
        assert variable["refresh"] == ON_TIME_RANGE_CHANGE


@pytest.mark.parametrize(
    "query",
    [
        variable["query"]
        for path in dashboards()
        for variable in load(path)["templating"]["list"]
        if variable["type"] == "query" and source_of(load(path)) == "prometheus"
    ],
)
def test_a_choice_asks_for_labels_of_a_metric_that_exists(query: str) -> None:
    asked = re.fullmatch(r"label_values\(((\w+)(?:\{.*\})?), (\w+)\)", query)
    assert asked is not None
    selector, metric, label = asked.groups()
    promql_parser.parse(selector)
    assert metric in SERIES
    own = {name.name for name in FAMILIES[metric].labels}
    assert label in own | {"job", "instance"}


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
def test_every_line_of_panels_fills_the_width(dashboard: Json) -> None:
    widths: dict[int, int] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        widths[place["y"]] = widths.get(place["y"], 0) + place["w"]
    assert {line: width for line, width in widths.items() if width != 24} == {}


@each_dashboard
def test_no_two_panels_have_the_same_title(dashboard: Json) -> None:
    titles = [panel["title"] for panel in panels(dashboard)]
    assert sorted(set(titles)) == sorted(titles)


@each_dashboard
def test_a_dashboard_leads_to_all_others(dashboard: Json) -> None:
    others = {load(path)["uid"]: load(path) for path in dashboards()}
    del others[dashboard["uid"]]
    links = {link["url"].removeprefix("/d/"): link for link in dashboard["links"]}
    assert set(others) == set(links)
    for uid, link in links.items():
        assert others[uid]["title"] == f"smtpids / {link['title']}"
        assert link["keepTime"] is True
        # the other kind of data source must not be handed over
        assert link["includeVars"] is (source_of(dashboard) == source_of(others[uid]))


@each_panel
def test_a_link_of_a_panel_leads_to_a_choice_that_exists(panel: Json) -> None:
    links = [
        link["url"]
        for override in overrides(panel)
        for change in override["properties"]
        if change["id"] == "links"
        for link in change["value"]
    ]
    for link in links:
        address = urlsplit(re.sub(r"\$\{[^}]*\}", "x", link))
        (target,) = [load(path) for path in dashboards() if address.path == f"/d/{path.stem}"]
        known = {f"var-{variable['name']}" for variable in target["templating"]["list"]}
        assert set(parse_qs(address.query)) <= known


@each_dashboard
def test_reloads_and_starts_are_marked_in_time(dashboard: Json) -> None:
    if source_of(dashboard) == "loki":
        return
    for mark in marks(dashboard):
        assert mark["datasource"]["uid"] == "${datasource}"
        assert mark["useValueForTime"] is True
        found = re.findall(r'(\w+)\{job=~"\$job",instance=~"\$instance"\}', mark["expr"])
        assert found != []
        assert [name for name in found if name not in SERIES] == []
        assert mark["expr"].endswith(" * 1000")
    assert [mark["name"] for mark in marks(dashboard)] == ["Reloads", "Starts"]


@each_panel
def test_a_panel_says_what_it_shows_and_in_which_unit(panel: Json) -> None:
    assert re.fullmatch(r"[A-Z][^.]*", panel["title"])
    assert re.fullmatch(r"[A-Z0-9].*\.", panel["description"])
    if panel["type"] != "logs":
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@each_panel
def test_a_panel_asks_the_data_source_that_was_chosen(panel: Json) -> None:
    chosen = {"type": panel["datasource"]["type"], "uid": "${datasource}"}
    assert chosen == panel["datasource"]
    assert [chosen] * len(panel["targets"]) == [target["datasource"] for target in panel["targets"]]
    assert panel["targets"]


def test_a_severity_has_one_colour_wherever_it_is_shown() -> None:
    colours: dict[str, set[str]] = {}
    for panel in (panel for path in dashboards() for panel in panels(load(path))):
        painted = dict(painted_in(panel))
        if any("by (severity)" in target["expr"] for target in panel["targets"]):
            assert set(painted) == LEVELS
        for name, colour in painted.items():
            colours.setdefault(name, set()).add(colour)
    levels = {name: colours[name] for name in LEVELS}
    assert {len(chosen) for chosen in levels.values()} == {1}
    assert len(set.union(*levels.values())) == len(LEVELS)


def test_the_levels_are_those_of_the_metric() -> None:
    assert set(FAMILIES["smtpids_alerts_total"].labels[1].values or ()) == LEVELS


def overrides(panel: Json) -> list[Json]:
    """Return what is different for some series or columns of a panel."""
    found: list[Json] = panel.get("fieldConfig", {}).get("overrides", [])
    return found


def painted_in(panel: Json) -> list[tuple[str, str]]:
    """Return names and values with their colours."""
    found = []
    for override in overrides(panel):
        for change in override["properties"]:
            if change["id"] == "color":
                found.append((override["matcher"]["options"], change["value"]["fixedColor"]))
            elif change["id"] == "mappings":
                for mapping in change["value"]:
                    found += [(name, look["color"]) for name, look in mapping["options"].items()]
    return found


def test_the_page_about_grafana_lies_beside_it() -> None:
    assert (ROOT / "grafana" / "README.md").is_file()

"""Panels flow over the grid as words do, and ask their data source in its own way."""

from __future__ import annotations

import json
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.looks import LOKI, PROMETHEUS, laid_out
from grafana.panels import Bars, Lines, Logs, Query, Row, Stat, Table


def made(*rows: Row, source: Any = PROMETHEUS) -> list[dict[str, Any]]:
    """Return panels as Grafana gets them."""
    text = json.dumps(list(laid_out(rows, source)), cls=JSONEncoder)
    panels: list[dict[str, Any]] = json.loads(text)
    return panels


def stat(width: int, height: int = 4) -> Stat:
    return Stat("Number", "A number.", "short", "up", width=width, height=height)


def test_panels_go_from_left_to_right_and_rows_below_the_tallest() -> None:
    panels = made(Row("One", (stat(16), stat(8, height=6), stat(24))), Row("Two", (stat(12),)))
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert places == [(0, 0), (0, 1), (16, 1), (0, 7), (0, 11), (0, 12)]
    assert [panel["id"] for panel in panels] == [1, 2, 3, 4, 5, 6]


def test_a_number_is_asked_for_once_and_a_line_over_time() -> None:
    lines = Lines("Lines", "Lines.", "short", (Query("up", "{{job}}"), Query("down")))
    _, number, line = made(Row("Row", (stat(8), lines)))
    assert [target["instant"] for target in number["targets"]] == [True]
    assert [(t["refId"], t["expr"], t["range"]) for t in line["targets"]] == [
        ("A", "up", True), ("B", "down", True),
    ]  # fmt: skip


def test_loki_is_asked_in_its_own_way() -> None:
    log = Logs("Log", "A log.", '{job="smtpids"}')
    _, number, shown = made(Row("Row", (stat(8), log)), source=LOKI)
    assert number["targets"][0]["queryType"] == "instant"
    assert shown["targets"][0]["queryType"] == "range"
    assert {panel["datasource"]["type"] for panel in (number, shown)} == {"loki"}


def test_a_bar_leads_where_it_is_told() -> None:
    bars = Bars("Bars", "Bars.", "short", Query("up"), link=("Show", "/d/there"))
    _, panel = made(Row("Row", (bars,)))
    (override,) = panel["fieldConfig"]["overrides"]
    assert override["properties"] == [
        {"id": "links", "value": [{"title": "Show", "url": "/d/there"}]}
    ]


def test_a_table_has_its_columns_in_order_and_the_largest_first() -> None:
    table = Table("Table", "A table.", "short", "up", "Number", (("job", "Job"), ("zone", "Zone")))
    _, panel = made(Row("Row", (table,)))
    (change,) = panel["transformations"]
    assert change["options"]["renameByName"] == {"job": "Job", "zone": "Zone", "Value": "Number"}
    assert change["options"]["indexByName"] == {"job": 0, "zone": 1, "Value": 2}
    assert panel["options"]["sortBy"] == [{"displayName": "Number", "desc": True}]


def test_good_news_has_words_of_its_own() -> None:
    lines = Lines("Lines", "Lines.", "short", (Query("up"),), empty="none")
    _, panel = made(Row("Row", (lines,)))
    assert panel["fieldConfig"]["defaults"]["noValue"] == "none"

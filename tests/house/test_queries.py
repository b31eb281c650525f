"""What the dashboards and the alerting rules ask is right and names what exists."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import promql_parser
import pytest
import yaml

from smtpids.alerts.schema import schema
from smtpids.metrics.families import FAMILIES
from tests.support import logql
from tests.support.dashboards import GRAFANA, RULES, Json, Target, targets_of

if TYPE_CHECKING:
    from smtpids.metrics.family import Family

each_promql = pytest.mark.parametrize("target", targets_of("prometheus"), ids=str)
each_logql = pytest.mark.parametrize("target", targets_of("loki"), ids=str)

OURS = 'job=~"$job",instance=~"$instance"'
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
#: What every Prometheus has, and what prometheus_client tells of the process.
FOREIGN = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}
ON_ALL = {"job", "instance"}
SERIES = {name: family for family in FAMILIES.values() for name in family.series_names}
#: Labels of the streams that the output `loki` writes.
STREAM = {"job", "host", "severity", "dataset"}


@each_promql
def test_a_query_is_promql(target: Target) -> None:
    promql_parser.parse(filled(target.expr))


@each_promql
def test_a_query_asks_only_the_chosen_sensors(target: Target) -> None:
    selectors = SELECTOR.findall(target.expr)
    assert selectors
    assert [name for name, matchers in selectors if not matchers.startswith(OURS)] == []
    # a metric without braces would escape the check above
    bare = re.findall(r"\b(?:smtpids|process)_\w+(?![\w{])", target.expr)
    assert bare == []


@each_promql
def test_a_rate_is_taken_over_the_interval_that_fits_the_scrapes(target: Target) -> None:
    ranges = re.findall(r"\b(\w+)\([^()]*\[([^\]]+)\]\)", target.expr)
    assert len(ranges) == target.expr.count("[")
    assert {("rate", "$__rate_interval"), ("increase", "$__range")} >= set(ranges)


@each_promql
def test_a_counter_is_never_shown_as_it_stands(target: Target) -> None:
    for name, matchers in SELECTOR.findall(target.expr):
        counts = name.endswith(("_total", "_bucket", "_count", "_sum"))
        ranged = f"{name}{{{matchers}}}[" in target.expr
        assert counts == ranged


@each_promql
def test_a_query_names_metrics_labels_and_values_that_exist(target: Target) -> None:
    for name, matchers in SELECTOR.findall(target.expr):
        assert name in SERIES or name in FOREIGN
        for label, _, value in MATCHER.findall(matchers):
            if label not in ON_ALL and not value.startswith("$"):
                assert set(value.split("|")) <= (values_of(SERIES[name], label) or set())
    names = [name for name, _ in SELECTOR.findall(target.expr)]
    for label in grouped_by(target.expr):
        assert label in ON_ALL | {"le"} or all(label in labels_of(name) for name in names)


@each_promql
def test_a_legend_names_labels_that_the_query_keeps(target: Target) -> None:
    labels = set(re.findall(r"\{\{(\w+)\}\}", target.legend))
    names = [name for name, _ in SELECTOR.findall(target.expr)]
    whole = "sum" not in target.expr and "by (" not in target.expr
    assert labels <= set(grouped_by(target.expr)) | (labels_of(*names) if whole else set())


@each_promql
def test_series_of_a_panel_can_be_told_apart(target: Target) -> None:
    """Each label that is grouped by is named, so that no two series have the same name."""
    if target.legend:
        named = set(re.findall(r"\{\{(\w+)\}\}", target.legend))
        outermost = set(grouped_by(target.expr)[:1]) - {"le"}
        assert outermost <= named


@each_logql
def test_a_query_of_the_log_is_logql(target: Target) -> None:
    logql.read(target.expr)


@each_logql
def test_a_query_of_the_log_asks_for_alerts_that_are_chosen(target: Target) -> None:
    found = logql.read(target.expr)
    expected = [
        ("job", "=", "smtpids"),
        ("dataset", "=", "smtpids.alert"),
        ("host", "=~", "$host"),
        ("severity", "=~", "$severity"),
    ]
    assert expected == found.stream[:4]
    assert {label for label, _, _ in found.stream} <= STREAM


@each_logql
def test_lines_are_counted_over_the_interval_that_fits_the_panel(target: Target) -> None:
    assert set(logql.read(target.expr).ranges) <= {"$__auto"}


@each_logql
def test_what_is_taken_from_a_line_stands_in_alerts(target: Target) -> None:
    found = logql.read(target.expr)
    for path in found.taken.values():
        assert is_in_alerts(path), path
    for template in found.templates:
        for label in set(re.findall(r"\{\{\.(\w+)\}\}", template)) - STREAM:
            assert found.takes_all
            assert is_in_alerts(label.replace("_", ".")), label


@each_logql
def test_a_legend_of_the_log_names_labels_that_the_query_keeps(target: Target) -> None:
    found = logql.read(target.expr)
    assert set(re.findall(r"\{\{(\w+)\}\}", target.legend)) <= found.grouped
    assert found.grouped <= STREAM | set(found.taken)


def alerting_rules() -> list[Json]:
    """Return every rule of Prometheus, recording or alerting."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return list(chain.from_iterable(group["rules"] for group in groups))


each_rule = pytest.mark.parametrize(
    "rule", alerting_rules(), ids=lambda rule: rule.get("alert", rule.get("record"))
)
each_alert = pytest.mark.parametrize(
    "rule",
    [rule for rule in alerting_rules() if "alert" in rule],
    ids=lambda rule: rule["alert"],
)


@each_rule
def test_a_rule_of_prometheus_names_metrics_labels_and_values_that_exist(rule: Json) -> None:
    promql_parser.parse(rule["expr"])
    recorded = {known["record"] for known in alerting_rules() if "record" in known}
    for name in set(re.findall(r"\b(?:smtpids_\w+|\w+:smtpids_\w+:\w+)", rule["expr"])):
        assert name in SERIES or name in recorded
    for name, matchers in SELECTOR.findall(rule["expr"]):
        assert 'job="smtpids"' in matchers
        for label, _, value in MATCHER.findall(matchers):
            known = values_of(SERIES[name], label) if name in SERIES else None
            assert known is None or set(value.split("|")) <= known


@each_alert
def test_an_alert_says_what_happened_what_it_means_and_what_to_do(rule: Json) -> None:
    assert rule["alert"].startswith("Smtpids")
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert list(rule["annotations"]) == ["summary", "description", "runbook"]
    assert not rule["annotations"]["summary"].endswith(".")
    for name in ("description", "runbook"):
        assert rule["annotations"][name].endswith(".")


@each_alert
def test_an_alert_names_labels_that_its_query_keeps(rule: Json) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    names = [name for name, _ in SELECTOR.findall(rule["expr"])]
    recorded = re.findall(r"(\w+):smtpids_\w+", rule["expr"])
    kept = set(grouped_by(rule["expr"])) or labels_of(*names)
    assert named <= kept | {label for name in recorded for label in name.split("_")}


@each_alert
def test_an_alert_has_a_case_in_which_it_fires_and_a_near_miss(rule: Json) -> None:
    tests = yaml.safe_load(RULES.with_name("smtpids.tests.yml").read_text())["tests"]
    asked = [
        bool(case["exp_samples"])
        for test in tests
        for case in test.get("promql_expr_test", [])
        if f'alertname="{rule["alert"]}"' in case["expr"]
    ]
    assert {True, False} == set(asked)


def test_the_page_lists_every_alert_with_its_severity() -> None:
    page = (GRAFANA / "README.md").read_text()
    listed = re.findall(r"^\| (Smtpids\w+) \| (\w+) \|", page, re.MULTILINE)
    alerts = [rule for rule in alerting_rules() if "alert" in rule]
    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in alerts]


def test_the_page_names_every_recorded_series() -> None:
    page = (GRAFANA / "README.md").read_text()
    recorded = {rule["record"] for rule in alerting_rules() if "record" in rule}
    assert recorded == set(re.findall(r"`(\w+:smtpids_\w+:\w+)`", page))


def filled(expr: str) -> str:
    """Return a query as Grafana sends it."""
    return expr.replace("$__rate_interval", "1m").replace("$__range", "1h")


def grouped_by(expr: str) -> list[str]:
    """Return the labels of all aggregations, the outermost first."""
    groups = re.findall(r"\bby \(([^)]*)\)", expr)
    return [label for group in groups for label in group.split(", ")]


def labels_of(*names: str) -> set[str]:
    """Return the labels that series have together."""
    own = [{label.name for label in SERIES[name].labels} for name in names if name in SERIES]
    return ON_ALL | (set.union(*own) if own else set())


def values_of(family: Family, label: str) -> frozenset[str] | None:
    """Return the closed set of a label; None if there is no such label or set."""
    return next((known.values for known in family.labels if known.name == label), None)


def is_in_alerts(path: str) -> bool:
    """Whether the schema of our records has a name, given as a dotted path."""
    node = schema()
    for part in path.split("."):
        node = node.get("properties", {}).get(part, {})
    return bool(node)

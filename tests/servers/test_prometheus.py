"""A real Prometheus scrapes the exporter; every query and rule of ours finds its data there."""

from __future__ import annotations

import math
import subprocess
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from smtpids.metrics import Counts, count_alert
from smtpids.metrics.collector import Collector, registry
from smtpids.metrics.exporter import Exporter
from smtpids.metrics.families import FAMILIES
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event
from tests.support.dashboards import RULES, Target, dashboards, load, marks, targets_of
from tests.support.prometheus import Prometheus, needed, prometheus, wait_until
from tests.support.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.server, pytest.mark.slow]

MARKS = [
    Target(path.stem, mark["name"], "A", "prometheus", mark["expr"], "", instant=True)
    for path in dashboards()
    for mark in marks(load(path))
]
QUERIES = [*targets_of("prometheus"), *MARKS]
VARIABLES = {"$__rate_interval": "6s", "$__range": "1m", "$job": "smtpids", "$instance": ".+"}
CONFIG = """
global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: smtpids
    static_configs: [{{targets: ["{address}"]}}]
"""


@dataclass
class Watched:
    """A Prometheus, the exporter that it scrapes, and what makes the numbers."""

    prometheus: Prometheus
    exporter: Exporter
    replay: Replay

    def numbers(self, target: Target) -> list[float]:
        """Return all numbers that a panel would show for a query."""
        expr = target.expr
        for name, value in {**VARIABLES, "$rule_id": self.replay.correlation.name}.items():
            expr = expr.replace(name, value)
        found = map(float, self.prometheus.values(expr, instant=target.instant))
        return [number for number in found if math.isfinite(number)]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    needed("prometheus", "prometheus")
    replay = Replay()
    exporter = Exporter(registry(Collector(replay.counts)), ("127.0.0.1", 0))
    config = CONFIG.format(address=exporter.address, rules=RULES)
    try:
        with prometheus(tmp_path_factory.mktemp("prometheus"), config) as server:
            yield Watched(server, exporter, replay)
    finally:
        exporter.close()


@pytest.fixture(scope="module")
def unanswered(watched: Watched) -> list[str]:
    """Replay until every query has data, and return those that never had."""
    waiting = list(QUERIES)

    def all_answered() -> bool:
        watched.replay.play()
        watched.replay.suffer()
        match = Match(watched.replay.correlation, Event("session_end", 0, 1, {}))
        count_alert(watched.replay.counts, match.rule)
        waiting[:] = [target for target in waiting if not watched.numbers(target)]
        return not waiting

    wait_until(all_answered)
    return [f"{target}: {target.expr}" for target in waiting]


def test_every_query_of_the_dashboards_has_data(unanswered: list[str]) -> None:
    assert unanswered == []


@pytest.mark.usefixtures("unanswered")
def test_a_query_for_what_does_not_exist_has_none(watched: Watched) -> None:
    (target, *_) = QUERIES
    misspelt = replace(target, expr="smtpids_alert_total")
    assert watched.numbers(misspelt) == []


@pytest.mark.usefixtures("unanswered")
def test_every_recording_rule_records(watched: Watched) -> None:
    rules = [rule for group in watched.prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert rules
    assert [rule["lastError"] for rule in rules if rule["health"] == "err"] == []
    recorded = {rule["name"] for rule in rules if rule["type"] == "recording"}

    def all_record() -> bool:
        return all(watched.prometheus.values(name, instant=True) for name in recorded)

    assert wait_until(all_record)


@pytest.mark.usefixtures("unanswered")
def test_what_the_sensor_suffers_fires_alerts(watched: Watched) -> None:
    """Those that wait for minutes are pending; those without `for` fire at once."""

    def states() -> dict[str, str]:
        found = watched.prometheus.ask("alerts")["alerts"]
        return {alert["labels"]["alertname"]: alert["state"] for alert in found}

    expected = {
        "SmtpidsOutputDropping": "firing",
        "SmtpidsRuleErrors": "firing",
        "SmtpidsOutputDown": "pending",
        "SmtpidsOutputBacklog": "pending",
    }
    assert wait_until(lambda: expected.items() <= states().items()), states()
    assert "SmtpidsDown" not in states()


@pytest.mark.usefixtures("unanswered")
def test_the_scrape_has_no_error(watched: Watched) -> None:
    (target,) = watched.prometheus.ask("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")


@pytest.mark.usefixtures("unanswered")
def test_prometheus_knows_type_and_help_of_every_metric(watched: Watched) -> None:
    known = watched.prometheus.ask("metadata")
    seen = {name: known[name][0] for name in known if name.startswith("smtpids_")}
    expected = {
        name.removesuffix("_total"): {"type": str(family.kind), "help": family.help, "unit": ""}
        for name, family in FAMILIES.items()
        if name.removesuffix("_total") in seen
    }
    assert expected == seen
    assert len(seen) > len(FAMILIES) / 2


@pytest.mark.usefixtures("unanswered")
def test_job_and_sensor_can_be_chosen(watched: Watched) -> None:
    matching = {"match[]": "smtpids_build_info"}
    assert watched.prometheus.ask("label/job/values", **matching) == ["smtpids"]
    sensors = watched.prometheus.ask("label/instance/values", **matching)
    assert [str(watched.exporter.address)] == sensors


@pytest.mark.usefixtures("unanswered")
def test_the_first_alert_of_a_rule_can_be_seen(watched: Watched) -> None:
    """Its counter was scraped at 0 before, so that `increase` has something to start from."""
    rule = Rule(name="rare", title="Rare", level=Level.HIGH, category="recon")
    watched.replay.counts.rules_loaded([*watched.replay.rules, rule])

    query = 'sum(increase(smtpids_alerts_total{rule_id="rare"}[1m]))'

    def risen() -> float:
        found = watched.prometheus.values(query, instant=True)
        return float(found[0]) if found else -1

    assert wait_until(lambda: risen() == 0)
    count_alert(watched.replay.counts, rule)
    assert wait_until(lambda: risen() > 0)


def test_promtool_finds_nothing_to_improve() -> None:
    program = needed("promtool", "prometheus")
    replay = Replay()
    replay.play()
    replay.suffer()
    checked = subprocess.run(
        [program, "check", "metrics"], input=scraped(replay.counts), capture_output=True,
        check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def scraped(counts: Counts) -> bytes:
    """Return the metrics as Prometheus gets them."""
    exporter = Exporter(registry(Collector(counts)), ("127.0.0.1", 0))
    try:
        with urlopen(f"http://{exporter.address}/metrics", timeout=5) as response:
            page: bytes = response.read()
    finally:
        exporter.close()
    return page

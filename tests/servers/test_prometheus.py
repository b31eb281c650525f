"""A real Prometheus scrapes the exporter, and every query of the dashboards finds its data."""

from __future__ import annotations

import json
import math
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from smtpids.capture import FileSource
from smtpids.cli.measures import measure
from smtpids.cli.reading import Reading
from smtpids.config import SECOND, Config
from smtpids.metrics import FAMILIES, Collector, Counts, registry
from smtpids.metrics.exporter import Exporter
from smtpids.pipeline import Pipeline
from smtpids.rules import Matcher
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event
from tests.support.dashboards import Target, dashboards, load, targets
from tests.support.engine import captures, every_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smtpids.capture import Frame


pytestmark = [pytest.mark.server, pytest.mark.slow]

QUERIES = [target for path in dashboards() for target in targets(load(path))]
VARIABLES = {
    "$__rate_interval": "6s",
    "$__range": "1m",
    "$job": "smtpids",
    "$instance": ".+",
}
CONFIG = """
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs:
  - job_name: smtpids
    static_configs: [{{targets: ["{address}"]}}]
"""


class Later:
    """A capture as if it had been recorded so many nanoseconds later."""

    def __init__(self, path: Path, shift_ns: int) -> None:
        self._source = FileSource(str(path))
        self._shift_ns = shift_ns
        self.name = self._source.name

    def __iter__(self) -> Iterator[Frame]:
        for ts_ns, linktype, data in self._source:
            yield ts_ns + self._shift_ns, linktype, data

    def stop(self) -> None:
        self._source.stop()

    def close(self) -> None:
        self._source.close()

    @property
    def received(self) -> int:
        return self._source.received

    @property
    def dropped(self) -> int:
        return self._source.dropped


class Replay:
    """A sensor that hears the recorded captures again and again, each time some hours later.

    So every session is a new one, and no alert is held back for what the last time said.
    """

    EVERY_NS = 6 * 3600 * SECOND

    def __init__(self) -> None:
        ruleset = every_rule()
        self.rules = list(ruleset.rules)
        # live, so that the panels about latency and lag have their series too
        self.counts = Counts(
            live=True, started_ns=time.time_ns(), reload_ok=True, reload_ns=time.time_ns()
        )
        self.times = 0
        self.counts.rules_loaded(self.rules)
        self.matcher = Matcher(ruleset)
        self.pipeline = Pipeline(
            Config(strict=True), counts=self.counts, matcher=self.matcher, on_alert=self._alert
        )

    def _alert(self, match: Match) -> None:
        """Stand for the output: a line was written five milliseconds behind its packet."""
        self.counts.alert_delay(SECOND // 200)
        delivered = self.counts.output_delivered
        delivered["-"] = delivered.get("-", 0) + 1

    def play(self) -> None:
        """Read every capture once more."""
        shift_ns = self.times * self.EVERY_NS
        self.times += 1
        reading = Reading([Later(path, shift_ns) for path in captures()])
        reading.feed(self.pipeline)
        self.pipeline.finish()
        measure(self.counts, self.pipeline, reading, self.matcher, "file")
        assert reading.unreadable == 0
        self.counts.last_packet_ns = time.time_ns()


@dataclass
class Prometheus:
    """A running server and the counts that it scrapes."""

    url: str
    replay: Replay
    exporter: Exporter

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of the HTTP API."""
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=5) as response:
            answer = json.load(response)
        assert answer["status"] == "success"
        return answer["data"]

    def values(self, target: Target) -> list[float]:
        """Return all numbers that a panel would show for a query."""
        expr = target.expr
        for name, value in VARIABLES.items():
            expr = expr.replace(name, value)
        now = time.time_ns() / SECOND
        if target.instant:
            found = self.ask("query", query=expr)["result"]
            points = [series["value"] for series in found]
        else:
            found = self.ask("query_range", query=expr, start=str(now - 5), end=str(now), step="1")[
                "result"
            ]
            points = [point for series in found for point in series["values"]]
        return [number for _, value in points if math.isfinite(number := float(value))]


def wait_until(happened: Callable[[], bool], seconds: float = 30) -> bool:
    """Try again and again, until it happened or the time is over."""
    pause = threading.Event()
    until = time.monotonic() + seconds
    while not (done := happened()) and time.monotonic() < until:
        pause.wait(0.2)
    return done


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed; the package of that name has it")
    folder = tmp_path_factory.mktemp("prometheus")
    replay = Replay()
    exporter = Exporter(registry(Collector(replay.counts)), ("127.0.0.1", 0))
    try:
        yield from running(program, folder, replay, exporter)
    finally:
        exporter.close()


def running(program: str, folder: Path, replay: Replay, exporter: Exporter) -> Iterator[Prometheus]:
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(address=exporter.address))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(command, stderr=log) as process:
        server = Prometheus(f"http://127.0.0.1:{port}", replay, exporter)
        try:
            assert wait_until(lambda: is_ready(server.url)), (folder / "log").read_text()
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/-/ready", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture(scope="module")
def unanswered(prometheus: Prometheus) -> list[str]:
    """Replay until every query has data, and return those that never had."""
    waiting = list(QUERIES)

    def all_answered() -> bool:
        prometheus.replay.play()
        waiting[:] = [target for target in waiting if not prometheus.values(target)]
        return not waiting

    wait_until(all_answered)
    return [f"{target}: {target.expr}" for target in waiting]


def test_every_query_of_the_dashboards_has_data(unanswered: list[str]) -> None:
    assert unanswered == []


@pytest.mark.usefixtures("unanswered")
def test_the_scrape_has_no_error(prometheus: Prometheus) -> None:
    (target,) = prometheus.ask("targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")


@pytest.mark.usefixtures("unanswered")
def test_prometheus_knows_type_and_help_of_every_metric(prometheus: Prometheus) -> None:
    known = prometheus.ask("metadata")
    seen = {name: known[name][0] for name in known if name.startswith("smtpids_")}
    expected = {
        name.removesuffix("_total"): {"type": str(family.kind), "help": family.help, "unit": ""}
        for name, family in FAMILIES.items()
        if name.removesuffix("_total") in seen
    }
    assert expected == seen
    assert len(seen) > len(FAMILIES) / 2


@pytest.mark.usefixtures("unanswered")
def test_job_and_sensor_can_be_chosen(prometheus: Prometheus) -> None:
    matching = {"match[]": "smtpids_build_info"}
    assert prometheus.ask("label/job/values", **matching) == ["smtpids"]
    sensors = prometheus.ask("label/instance/values", **matching)
    assert [str(prometheus.exporter.address)] == sensors


@pytest.mark.usefixtures("unanswered")
def test_the_first_alert_of_a_rule_can_be_seen(prometheus: Prometheus) -> None:
    """Its counter was scraped at 0 before, so that `increase` has something to start from."""
    rule = Rule(name="rare", title="Rare", level=Level.HIGH, category="recon")
    prometheus.replay.counts.rules_loaded([*prometheus.replay.rules, rule])

    query = 'sum(increase(smtpids_alerts_total{rule_id="rare"}[1m]))'

    def risen() -> float:
        found = prometheus.ask("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else -1

    assert wait_until(lambda: risen() == 0)
    prometheus.replay.counts.alert(Match(rule, Event("command", 0, 1, {})))
    assert wait_until(lambda: risen() > 0)


def test_promtool_finds_nothing_to_improve() -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed; the package prometheus has it")
    replay = Replay()
    replay.play()
    exporter = Exporter(registry(Collector(replay.counts)), ("127.0.0.1", 0))
    try:
        with urlopen(f"http://{exporter.address}/metrics", timeout=5) as response:
            metrics = response.read()
    finally:
        exporter.close()
    checked = subprocess.run(
        [program, "check", "metrics"], input=metrics, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")

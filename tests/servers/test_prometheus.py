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

from smtpids.config import SECOND
from smtpids.metrics import FAMILIES, Collector, Counts, registry
from smtpids.metrics.exporter import Exporter
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event
from tests.support.dashboards import Target, dashboards, load, targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smtpids.smtp.events import Fields

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

RULES = [
    Rule(name="auth_before_tls", title="AUTH before TLS", level=Level.HIGH, category="auth"),
    Rule(name="bare_lf", title="Bare LF", level=Level.LOW, category="protocol"),
    Rule(name="port_465_cleartext", title="Cleartext", level=Level.CRITICAL, category="transport"),
]
CLEAR: Fields = {
    "destination.port": 25,
    "tls.mode": "none",
    "smtp.starttls.offered": False,
    "smtp.starttls.state": "none",
    "smtp.ehlo.keywords": ["PIPELINING"],
    "session.duration": 2 * SECOND,
    "session.close_reason": "fin",
}
SECURE: Fields = {**CLEAR, "destination.port": 587, "tls.mode": "starttls"}
SESSIONS: list[tuple[str, Fields]] = [
    ("command", {"smtp.command.verb": "EHLO"}),
    ("command", {"smtp.command.verb": "MAIL"}),
    ("command", {"smtp.command.verb": "RCPT"}),
    ("command", {"smtp.command.verb": "XPLOIT"}),
    ("reply", {"smtp.reply.code": 220, "smtp.reply.verb": ""}),
    ("reply", {"smtp.reply.code": 250, "smtp.reply.enhanced": "2.1.5", "smtp.reply.verb": "RCPT"}),
    ("reply", {"smtp.reply.code": 550, "smtp.reply.enhanced": "5.1.1", "smtp.reply.verb": "RCPT"}),
    ("reply", {"smtp.reply.code": 354}),
    ("auth", {"smtp.auth.mechanism": "PLAIN", "smtp.auth.outcome": "failure"}),
    ("auth", {"smtp.auth.mechanism": "LOGIN", "smtp.auth.outcome": "success"}),
    ("starttls", {"smtp.starttls.state": "accepted"}),
    ("tls", {"tls.version": "1.3", "tls.outcome": "established"}),
    ("tls", {"tls.version": "1.0", "tls.outcome": "failed"}),
    ("anomaly", {"smtp.anomaly.kind": "bare_lf"}),
    (
        "message",
        {
            "smtp.message.accepted": True,
            "smtp.message.complete": True,
            "smtp.message.size": 20_000,
            "email.attachments": [{"file": {"extension": "pdf"}}],
        },
    ),
    ("session_end", CLEAR),
    ("session_end", SECURE),
]


def feed(counts: Counts) -> None:
    """Let the sensor see some sessions; each call raises every counter."""
    for action, fields in SESSIONS:
        counts.event(Event(action, 0, 1, fields))
    for rule in RULES:
        counts.matched(rule)
        counts.alert(Match(rule, Event("command", 0, 1, {})))
        counts.alert_delay(SECOND // 200)
    counts.suppressed(RULES[0])
    for port in (25, 587):
        counts.opened(port)
        counts.closed("fin")
    counts.gap(0, 100)
    counts.gap(1, 1460)
    counts.frames["eth0"] = counts.frames.get("eth0", 0) + 400
    counts.octets["eth0"] = counts.octets.get("eth0", 0) + 300_000
    counts.filtered["eth0"] = counts.filtered.get("eth0", 0) + 40
    counts.dropped["eth0", "kernel"] = counts.dropped.get(("eth0", "kernel"), 0) + 1
    counts.output_delivered["-"] = counts.output_delivered.get("-", 0) + len(RULES)
    counts.connections_active, counts.connections_most, counts.sessions_active = 12, 100_000, 7
    counts.last_packet_ns = time.time_ns()


@dataclass
class Prometheus:
    """A running server and the counts that it scrapes."""

    url: str
    counts: Counts
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
    counts = Counts(live=True, started_ns=time.time_ns())
    counts.rules_loaded(RULES)
    exporter = Exporter(registry(Collector(counts)), ("127.0.0.1", 0))
    exporter.ready = True
    try:
        yield from running(program, folder, counts, exporter)
    finally:
        exporter.close()


def running(program: str, folder: Path, counts: Counts, exporter: Exporter) -> Iterator[Prometheus]:
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
        server = Prometheus(f"http://127.0.0.1:{port}", counts, exporter)
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
    """Feed until every query has data, and return those that never had."""
    waiting = list(QUERIES)

    def all_answered() -> bool:
        feed(prometheus.counts)
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
    prometheus.counts.rules_loaded([*RULES, rule])

    query = 'sum(increase(smtpids_alerts_total{rule_id="rare"}[1m]))'

    def risen() -> float:
        found = prometheus.ask("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else -1

    assert wait_until(lambda: risen() == 0)
    prometheus.counts.alert(Match(rule, Event("command", 0, 1, {})))
    assert wait_until(lambda: risen() > 0)


def test_promtool_finds_nothing_to_improve() -> None:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed; the package prometheus has it")
    counts = Counts(live=True, started_ns=1, reload_ok=True, reload_ns=1)
    counts.rules_loaded(RULES)
    feed(counts)
    exporter = Exporter(registry(Collector(counts)), ("127.0.0.1", 0))
    try:
        with urlopen(f"http://{exporter.address}/metrics", timeout=5) as response:
            metrics = response.read()
    finally:
        exporter.close()
    checked = subprocess.run(
        [program, "check", "metrics"], input=metrics, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")

"""An alert on its way: packet, smtpids, Prometheus, Alertmanager, webhook; all real, on loopback.

The intervals are short so that nobody waits; with those of grafana/prometheus/ the way takes up to
a minute. The rules are the shipped ones.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import smtplib
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from aiosmtpd.controller import Controller

from tests.support.command import started
from tests.support.dashboards import GRAFANA, RULES
from tests.support.loopback import need_permission
from tests.support.prometheus import free_port, needed, prometheus, served, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.slow]

CHECKS = GRAFANA / "prometheus"
log = logging.getLogger(__name__)


@pytest.mark.parametrize(
    "arguments",
    [
        ("promtool", "check", "config", "prometheus.yml"),
        ("promtool", "check", "rules", "--lint-fatal", "smtpids.rules.yml"),
        ("promtool", "test", "rules", "smtpids.tests.yml"),
        ("amtool", "check-config", "alertmanager.yml"),
    ],
    ids=" ".join,
)
def test_the_tools_of_prometheus_find_no_fault(arguments: tuple[str, ...]) -> None:
    package = "prometheus" if arguments[0] == "promtool" else "prometheus-alertmanager"
    program = needed(arguments[0], package)
    done = subprocess.run(
        [program, *arguments[1:]], cwd=CHECKS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Webhook(HTTPServer):
    """What Alertmanager notifies: it keeps the alerts, with the time at which they came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Notified)
        self.came: queue.Queue[tuple[float, str, dict[str, Any]]] = queue.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Notified(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in body["alerts"]:
            self.server.came.put((time.monotonic(), self.path, alert))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the test's output is for what fails."""


@contextmanager
def listening() -> Iterator[Webhook]:
    webhook = Webhook()
    thread = threading.Thread(target=webhook.serve_forever)
    thread.start()
    try:
        yield webhook
    finally:
        webhook.shutdown()
        thread.join()
        webhook.server_close()


@contextmanager
def alertmanager(folder: Path, webhook: Webhook) -> Iterator[str]:
    """Run Alertmanager with the shipped example; only where it sends to is ours."""
    program = needed("prometheus-alertmanager", "prometheus-alertmanager")
    shipped = (CHECKS / "alertmanager.yml").read_text()
    config = folder / "alertmanager.yml"
    config.write_text(shipped.replace("http://127.0.0.1:9099", webhook.url))
    port = free_port()
    command = [
        program,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with served(command, f"http://127.0.0.1:{port}", folder / "alertmanager.log"):
        yield f"127.0.0.1:{port}"


def configured(sensor: str, manager: str) -> str:
    """Return the shipped configuration with our addresses and short intervals."""
    config = yaml.safe_load((CHECKS / "prometheus.yml").read_text())
    interval = os.environ.get("SMTPIDS_TEST_INTERVAL", "500ms")
    config["global"] = dict.fromkeys(
        ("scrape_interval", "scrape_timeout", "evaluation_interval"), interval
    )
    config["rule_files"] = [str(RULES)]
    config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [manager]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [sensor]
    return yaml.safe_dump(config)


class Sink:
    """Takes every mail."""


def attack(port: int) -> None:
    """Say what only an attack on an old filter says: a pipe in the address of a recipient."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo("laptop.example")
        client.docmd("MAIL", "FROM:<alice@example.org>")
        client.docmd("RCPT", 'TO:<nobody+"|true"@example.org>')


@pytest.mark.live
def test_an_attack_reaches_the_webhook_of_alertmanager(tmp_path: Path) -> None:
    need_permission()
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    sensor = f"127.0.0.1:{free_port()}"
    run = ("run", "-i", "lo", "--ports", str(server.port), "--metrics", sensor)
    try:
        with (
            listening() as webhook,
            alertmanager(tmp_path, webhook) as manager,
            started(*run) as process,
            prometheus(tmp_path, configured(sensor, manager)) as asked,
        ):
            zero = 'smtpids_alerts_total{rule_id="clamav_milter_cve_2007_4560"} == 0'
            assert wait_until(lambda: asked.values(zero, instant=True) != [], seconds=60)
            sent = time.monotonic()
            attack(server.port)
            came, path, alert = webhook.came.get(timeout=120)
            log.info("%.2f seconds from the packet to the webhook", came - sent)
            assert path == "/on-call"
            assert alert["status"] == "firing"
            expected = {
                "alertname": "SmtpidsCriticalAlert",
                "severity": "critical",
                "job": "smtpids",
                "instance": sensor,
                "rule_id": "clamav_milter_cve_2007_4560",
                "category": "exploit",
            }
            assert expected == alert["labels"]
            assert "clamav_milter_cve_2007_4560" in alert["annotations"]["summary"]
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
    finally:
        server.stop()

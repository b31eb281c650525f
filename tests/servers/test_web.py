"""A real Prometheus and curl read metrics over TLS with a password, as a web configuration asks."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

import bcrypt
import pytest

from tests.support.certificates import make
from tests.support.command import login_rule, started, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.slow]

PASSWORD = "open sesame"
WEB = """\
tls_server_config:
  cert_file: server.pem
  key_file: server.pem
basic_auth_users:
  prometheus: {hashed}
"""
PROMETHEUS = """\
global: {{scrape_interval: 5s, scrape_timeout: 5s}}
scrape_configs:
  - job_name: right
    scheme: https
    tls_config: {{ca_file: {folder}/server.pem}}
    basic_auth: {{username: prometheus, password: "{password}"}}
    static_configs: [{{targets: ["{address}"]}}]
  - job_name: wrong
    scheme: https
    tls_config: {{ca_file: {folder}/server.pem}}
    basic_auth: {{username: prometheus, password: "guess"}}
    static_configs: [{{targets: ["{address}"]}}]
  - job_name: stranger
    scheme: https
    basic_auth: {{username: prometheus, password: "{password}"}}
    static_configs: [{{targets: ["{address}"]}}]
"""


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@dataclass
class Sensor:
    """A run that reads an empty pipe, and what it serves by."""

    folder: Path
    address: str

    def curl(self, *arguments: str, path: str = "/metrics") -> tuple[int, str]:
        """Return the status (0: no answer) and the body."""
        program = shutil.which("curl")
        if program is None:
            pytest.skip("curl is not installed")
        told = subprocess.run(
            [program, "-s", "-m", "5", "-w", "\n%{http_code}", *arguments,
             f"https://{self.address}{path}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        body, _, code = told.stdout.rpartition("\n")
        return int(code), body

    @property
    def trusted(self) -> tuple[str, ...]:
        return "--cacert", str(self.folder / "server.pem"), "-u", f"prometheus:{PASSWORD}"


@pytest.fixture(scope="module")
def sensor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sensor]:
    folder = tmp_path_factory.mktemp("web")
    make(common="sensor", names=("127.0.0.1",)).save(folder / "server.pem")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode()
    (folder / "web.yml").write_text(WEB.format(hashed=hashed))
    sensor = Sensor(folder, free_address())
    with started(
        "run", "-R", str(login_rule(folder)), "-r", "-", "--metrics", sensor.address,
        "--web.config.file", str(folder / "web.yml"),
    ):  # fmt: skip
        wait_until(lambda: sensor.curl(*sensor.trusted, path="/-/ready")[0] == 200, "ready")
        yield sensor


def test_curl_gets_metrics_by_the_password_and_the_certificate(sensor: Sensor) -> None:
    code, body = sensor.curl(*sensor.trusted)
    assert (code, "smtpids_build_info{" in body) == (200, True)
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; the package prometheus has it")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=body.encode(), capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_curl_gets_nothing_without_one_of_the_two(sensor: Sensor) -> None:
    assert sensor.curl("--cacert", str(sensor.folder / "server.pem"))[0] == 401
    assert sensor.curl("-u", f"prometheus:{PASSWORD}")[0] == 0
    assert sensor.curl(*sensor.trusted, "--tls-max", "1.1")[0] == 0


def test_prometheus_scrapes_as_it_does_every_exporter(sensor: Sensor) -> None:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed; the package of that name has it")
    config = sensor.folder / "prometheus.yml"
    config.write_text(
        PROMETHEUS.format(folder=sensor.folder, password=PASSWORD, address=sensor.address)
    )
    listen = free_address()
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={sensor.folder / 'data'}",
        f"--web.listen-address={listen}",
        "--log.level=warn",
    ]
    told: dict[str, tuple[str, str]] = {}

    def scraped() -> bool:
        told.update(targets(f"http://{listen}"))
        return len(told) == 3 and "unknown" not in {health for health, _ in told.values()}

    log = sensor.folder / "prometheus.log"
    with log.open("w") as errors, subprocess.Popen(command, stderr=errors) as process:
        try:
            wait_until(scraped, f"three targets; {log.read_text()}")
        finally:
            process.terminate()
    assert told["right"] == ("up", "")
    assert told["wrong"][0] == "down"
    assert "40" in told["wrong"][1] or "42" in told["wrong"][1]  # 401, or 429 when asked again
    assert told["stranger"][0] == "down"
    assert "certificate" in told["stranger"][1]


def targets(url: str) -> dict[str, tuple[str, str]]:
    """Return health and last error of each job."""
    try:
        with urlopen(f"{url}/api/v1/targets", timeout=5) as response:
            answer: Any = json.load(response)
    except (URLError, OSError):
        return {}
    return {
        target["labels"]["job"]: (target["health"], target["lastError"])
        for target in answer["data"]["activeTargets"]
    }

"""The product in one line, on a real interface: a real client logs in to a real server on loopback.

The alert must be on stdout within a second, and the metrics must show it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import IO, TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "Lighthouse-0815"


def may_capture() -> bool:
    """Tell whether this process may open a packet socket."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (OSError, AttributeError):
        return False
    return True


pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not may_capture(), reason="capturing needs CAP_NET_RAW"),
]


class Sink:
    """Takes every mail."""

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802 -- aiosmtpd's name
        return "250 Ok"


@pytest.fixture
def server() -> Iterator[Controller]:
    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=free_port(),
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    yield controller
    controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


class Sensor:
    """`smtpids run -i lo` as a process, with its lines as they come."""

    def __init__(self, *arguments: str) -> None:
        self.metrics = f"127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "smtpids", "run", "-i", "lo", "--metrics", self.metrics]
        self.process = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.alerts: queue.Queue[str] = queue.Queue()
        self.log: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.alerts), (self.process.stderr, self.log))
        ]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _read(stream: IO[str], lines: queue.Queue[str]) -> None:
        with stream:
            for line in stream:
                lines.put(line)

    def wait_until_it_listens(self) -> None:
        line = self.log.get(timeout=20)
        assert "listening on lo" in line, line

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    def stop(self, sign: signal.Signals) -> float:
        """Send a signal and return the seconds until the process was gone."""
        start = time.monotonic()
        self.process.send_signal(sign)
        self.process.wait(timeout=10)
        seconds = time.monotonic() - start
        self.join()
        return seconds

    def join(self) -> None:
        """Wait until both streams were read to their ends."""
        for thread in self.threads:
            thread.join(timeout=10)


@pytest.fixture
def sensor(server: Controller) -> Iterator[Sensor]:
    watching = Sensor("--ports", str(server.port))
    yield watching
    if watching.process.poll() is None:
        watching.process.kill()
        watching.process.wait(timeout=10)
        watching.join()


def log_in(server: Controller) -> None:
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.ehlo("laptop.example")
        client.login("alice@example.org", PASSWORD)


def test_a_login_in_clear_is_on_stdout_within_a_second_and_in_the_metrics(
    server: Controller, sensor: Sensor
) -> None:
    sensor.wait_until_it_listens()
    assert sensor.metric('smtpids_alerts_total{category="auth",rule_id="auth_before_tls"') == 0
    log_in(server)
    logged_in = time.monotonic()
    line = sensor.alerts.get(timeout=10)
    assert time.monotonic() - logged_in < 1
    alert: dict[str, Any] = json.loads(line)
    assert alert["rule"]["id"] == "auth_before_tls"
    assert alert["smtp"]["auth"]["user"] == "alice@example.org"
    assert alert["destination"]["port"] == server.port
    assert PASSWORD not in line
    assert sensor.metric('smtpids_alerts_total{category="auth",rule_id="auth_before_tls"') == 1
    assert sensor.metric("smtpids_smtp_auth_attempts_total") == 1


@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["SIGINT", "SIGTERM"]
)
def test_it_stops_on_an_idle_line(sensor: Sensor, sign: signal.Signals, code: int) -> None:
    sensor.wait_until_it_listens()
    assert sensor.stop(sign) < 2
    assert sensor.process.returncode == code


def test_a_session_that_is_open_when_it_stops_is_told(server: Controller) -> None:
    sensor = Sensor("--ports", str(server.port), "--events", "session")
    sensor.wait_until_it_listens()
    with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
        client.ehlo("laptop.example")
        deadline = time.monotonic() + 10
        while not sensor.metric("smtpids_smtp_replies_total") and time.monotonic() < deadline:
            os.sched_yield()
        sensor.stop(signal.SIGTERM)
    record = json.loads(sensor.alerts.get(timeout=10))
    assert record["event"]["dataset"] == "smtpids.session"
    assert record["session"]["close_reason"] == "eof"
    assert record["smtp"]["helo"] == "laptop.example"

"""Several workers on one interface: the kernel hands out the connections, none is torn.

Two ends of a virtual cable: packets are put on one, `smtpids run -j 2` listens on the other.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import loopback
from tests.support.command import LOGIN_RULE, login, started, wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = [pytest.mark.live, pytest.mark.server, pytest.mark.slow]
SESSIONS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


class Sensor:
    """A run with two workers, and what it has written."""

    def __init__(self, process: subprocess.Popen[bytes], alerts: Path, metrics: str) -> None:
        self.process = process
        self._alerts = alerts
        self._metrics = metrics

    def alerts(self) -> list[tuple[str, int]]:
        """Return level and client's port of each alert."""
        if not self._alerts.exists():
            return []
        told = map(json.loads, self._alerts.read_text().splitlines())
        return [(one["smtpids"]["severity"], one["source"]["port"]) for one in told]

    def metric(self, name: str) -> dict[str, float]:
        """Return the values of a metric by its labels."""
        try:
            with urllib.request.urlopen(f"http://{self._metrics}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return {}
        rows = (line.rsplit(" ", 1) for line in lines if line.startswith(f"{name}{{"))
        return {labels.removeprefix(name): float(value) for labels, value in rows}

    def workers(self) -> list[int]:
        """Return the processes of the workers."""
        return [pid for nursery in children_of(self.process.pid) for pid in children_of(nursery)]


def children_of(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, task.read_text().split())


@contextmanager
def listening(interface: str, folder: Path, rule: Path) -> Iterator[Sensor]:
    metrics = f"127.0.0.1:{free_port()}"
    alerts = folder / "alerts.jsonl"
    arguments = ("-i", interface, "-j", "2", "-R", str(rule), "-o", str(alerts))
    with started("run", *arguments, "--metrics", metrics) as process:
        sensor = Sensor(process, alerts, metrics)
        wait_until(lambda: len(sensor.metric("smtpids_worker_up")) == 2, "the metrics")
        wait_until(lambda: sum(sensor.metric("smtpids_worker_up").values()) == 2, "the workers")
        yield sensor


def send_sessions(first_port: int, interface: str) -> int:
    """Put sessions on the cable, one after the other; return the packets that these were."""
    packets = 0
    for port in range(first_port, first_port + SESSIONS):
        frames = [data for _, _, data in login(port).frames]
        loopback.send(frames, interface)
        packets += len(frames)
    return packets


def test_each_session_is_wholly_with_one_worker_and_a_killed_one_is_replaced(
    tmp_path: Path,
) -> None:
    loopback.need_permission()
    rule = tmp_path / "login_without_tls.yml"
    rule.write_text(LOGIN_RULE)
    with loopback.cable() as (here, there), listening(there, tmp_path, rule) as sensor:
        packets = send_sessions(20_000, here)
        wait_until(lambda: len(sensor.alerts()) >= SESSIONS, "the alerts")
        expected = {("high", port) for port in range(20_000, 20_000 + SESSIONS)}
        assert sorted(sensor.alerts()) == sorted(expected)
        # the kernel says hello in IPv6 when a cable is put in: a few packets more
        wait_until(
            lambda: sum(sensor.metric("smtpids_worker_packets_total").values()) >= packets,
            "the packets of both workers",
        )
        taken = sensor.metric("smtpids_worker_packets_total").values()
        assert all(taken)
        assert sum(taken) < packets + 50
        assert sum(sensor.metric("smtpids_capture_packets_total").values()) >= packets
        assert not any(sensor.metric("smtpids_worker_dropped_packets_total").values())

        os.kill(sensor.workers()[0], signal.SIGKILL)
        wait_until(
            lambda: sum(sensor.metric("smtpids_worker_restarts_total").values()) == 1,
            "the worker to be started again",
        )
        send_sessions(30_000, here)
        wait_until(lambda: len(sensor.alerts()) >= 2 * SESSIONS, "the alerts after the kill")

        rule.write_text(LOGIN_RULE.replace("level: high", "level: low"))
        sensor.process.send_signal(signal.SIGHUP)
        wait_until(
            lambda: (
                sensor.metric("smtpids_alerts_total").get(
                    '{category="other",rule_id="login_without_tls",severity="low"}'
                )
                == 0
            ),
            "the reload",
        )
        send_sessions(40_000, here)
        wait_until(lambda: len(sensor.alerts()) >= 3 * SESSIONS, "the alerts after the reload")
        assert {level for level, port in sensor.alerts() if port >= 40_000} == {"low"}
        sensor.process.send_signal(signal.SIGTERM)
        _, log = sensor.process.communicate(timeout=20)
        assert sensor.process.returncode == 0
        assert b"was killed by SIGKILL and is started again" in log

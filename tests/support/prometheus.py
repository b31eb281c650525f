"""A real Prometheus on loopback, started for a test and asked by its HTTP API."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Seconds after which a test gives up on what it waits for.
PATIENCE = 30.0


class Prometheus:
    """A running server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer of the HTTP API."""
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(parameters)}", timeout=5) as response:
            answer = json.load(response)
        assert answer["status"] == "success"
        return answer["data"]

    def values(self, expr: str, *, instant: bool) -> list[str]:
        """Return all numbers that a query finds now, or in the last five seconds."""
        if instant:
            found = self.ask("query", query=expr)["result"]
            return [series["value"][1] for series in found]
        now = time.time_ns() / 1e9
        over = {"start": str(now - 5), "end": str(now), "step": "1"}
        found = self.ask("query_range", query=expr, **over)["result"]
        return [value for series in found for _, value in series["values"]]


def needed(name: str, package: str) -> str:
    """Return the path of a program; skip the test where it is missing."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; the package {package} has it")
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert isinstance(port, int)
    return port


def wait_until(happened: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Try again and again, until it happened or the time is over."""
    pause = threading.Event()
    until = time.monotonic() + seconds
    while not (done := happened()) and time.monotonic() < until:
        pause.wait(0.1)
    return done


@contextmanager
def prometheus(folder: Path, config: str) -> Iterator[Prometheus]:
    """Run Prometheus with a configuration; its data lies in `folder`."""
    program = needed("prometheus", "prometheus")
    path = folder / "prometheus.yml"
    path.write_text(config)
    port = free_port()
    command = [
        program,
        f"--config.file={path}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with served(command, f"http://127.0.0.1:{port}", folder / "log") as url:
        yield Prometheus(url)


@contextmanager
def served(command: list[str], url: str, log_path: Path) -> Iterator[str]:
    """Run a server that tells at `/-/ready` when it is."""
    with log_path.open("w") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            assert wait_until(lambda: _is_ready(url)), log_path.read_text()
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/-/ready", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False

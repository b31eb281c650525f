"""`--follow` behind real writers: tcpdump and dumpcap rotate while a client talks to a server.

The session spans several files, of which some are compressed under the reader. It must be one
session, with every packet once, and its alert on stdout within a second.
"""

from __future__ import annotations

import json
import shutil
import signal
import smtplib
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from smtpids.capture import FileSource
from tests.support.command import started, wait_until
from tests.support.loopback import need_permission

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
]

PASSWORD = "Lighthouse-0815"
#: Packets that a writer may hold back until it is stopped.
LATE = 3
#: Files that a session is to span.
FILES = 3
WRITERS = {
    "tcpdump -G": (
        "tcpdump",
        "-i",
        "lo",
        "-U",
        "--immediate-mode",
        "-Z",
        "root",
        "-G",
        "1",
        "-w",
        "{}/mail-%s.pcap",
    ),
    "tcpdump -G -z gzip": (
        *("tcpdump", "-i", "lo", "-U", "--immediate-mode", "-Z", "root", "-G", "1", "-z", "gzip"),
        *("-w", "{}/mail-%s.pcap"),
    ),
    "dumpcap -b": ("dumpcap", "-i", "lo", "-q", "-b", "packets:20", "-w", "{}/mail.pcapng"),
}


@pytest.fixture
def server() -> Iterator[Controller]:
    need_permission()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        object(),
        hostname="127.0.0.1",
        port=port,
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    yield controller
    controller.stop()


@contextmanager
def writing(command: tuple[str, ...], folder: Path, port: int) -> Iterator[None]:
    """Let a program capture the server's port into a folder."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    words = [word.format(folder) for word in command]
    filters = ["-f"] if command[0] == "dumpcap" else []
    process = subprocess.Popen(
        [*words, *filters, f"tcp port {port}"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "listening on" in line or "File:" in line:
                break
        else:
            pytest.skip(f"{command[0]} may not capture here")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=10)


def captures(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.stat().st_size > 300]


@pytest.mark.parametrize("command", WRITERS.values(), ids=list(WRITERS))
def test_a_session_that_spans_files_is_one_session_and_its_alert_comes_at_once(
    command: tuple[str, ...], server: Controller, tmp_path: Path
) -> None:
    folder = tmp_path / "captures"
    folder.mkdir()
    arguments = ("run", "-r", str(folder), "--follow", "--events", "session", "--summary", "json")
    with writing(command, folder, server.port), started(*arguments) as sensor:
        assert sensor.stdout is not None
        assert sensor.stderr is not None
        assert b"following" in sensor.stderr.readline()
        with smtplib.SMTP("127.0.0.1", server.port, timeout=10) as client:
            client.ehlo("laptop.example")
            wait_until(lambda: client.noop()[0] == 250 and len(captures(folder)) >= FILES, "files")
            client.login("alice@example.org", PASSWORD)
            logged_in = time.monotonic()
            alert = json.loads(sensor.stdout.readline())
            delay = time.monotonic() - logged_in
        session = json.loads(sensor.stdout.readline())
        sensor.send_signal(signal.SIGTERM)
        summary = json.loads(sensor.stderr.read())
        assert sensor.wait() == 0
    # dumpcap itself writes what it holds only now and then
    assert delay < (3 if command[0] == "dumpcap" else 1)
    assert alert["rule"]["id"] == "auth_before_tls"
    assert_that_it_is_one_session(session, summary, folder)
    assert_that_the_place_is_right(alert)


def assert_that_it_is_one_session(
    session: dict[str, Any], summary: dict[str, Any], folder: Path
) -> None:
    wait_until(lambda: not any(path.with_suffix("").exists() for path in folder.glob("*.gz")), "gz")
    files = [list(FileSource(str(path))) for path in folder.iterdir()]
    written = [frame for frames in files for frame in frames]
    assert len(written) == len(set(written))
    # the writer may hold the last acknowledgements until it is stopped, behind the sensor
    assert 0 <= len(written) - summary["packets"] <= LATE
    assert session["session"]["close_reason"] == "fin"
    assert session["smtp"]["helo"] == "laptop.example"
    # those packets may be in a file of their own
    begun = len(list(filter(None, files)))
    assert (summary["sessions"], begun - summary["files"] in {0, 1}) == (1, True)


def assert_that_the_place_is_right(alert: dict[str, Any]) -> None:
    """The packet that the alert names is the one of the server's answer to AUTH."""
    place = alert["smtpids"]["pcap"]
    path = Path(place["file"])
    if not path.exists():
        path = path.with_name(f"{path.name}.gz")
    frames = list(FileSource(str(path)))
    assert b"235 " in frames[place["packet"] - 1][2]

"""Rotation by the real logrotate while alerts are written: each line once, whole, in some file.

`SMTPIDS_LOGROTATE_LINES` says how many lines; the default is for every run, half a million are for
a run by hand. The rotation is the one that is shipped, with the paths of the test.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from smtpids.cli.service import text_of
from tests.support.command import LOGIN_RULE
from tests.support.unprivileged import NOBODY, environment, open_folder, python
from tests.support.wire import Conversation, pcap_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

LINES = int(os.environ.get("SMTPIDS_LOGROTATE_LINES", "20000"))
#: Commands in a segment, and its replies in another.
TOGETHER = 50
#: Commands of a session: beyond limits.commands they are counted, not told.
SESSION = 5_000
#: Seconds that the whole of a test may take.
PATIENCE = 60 + LINES / 500
HEADER = 24
RULE = LOGIN_RULE.replace(
    "    event.action: auth\n    tls.established: false\n",
    "    event.action: command\n    smtp.command.verb: NOOP\n",
)

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("logrotate") is None, reason="there is no logrotate"),
]


def numbered_commands() -> Iterator[bytes]:
    """Yield the octets of a capture in which clients send LINES commands, each with a number."""
    yield pcap_bytes([])
    for begin in range(0, LINES, SESSION):
        talk = Conversation(("192.0.2.1", 10_000 + begin // SESSION))
        talk.open().server(b"220 mx.example ESMTP\r\n")
        talk.client(b"EHLO client.example\r\n").server(b"250-mx.example\r\n250 PIPELINING\r\n")
        for first in range(begin, min(begin + SESSION, LINES), TOGETHER):
            numbers = range(first, min(first + TOGETHER, begin + SESSION, LINES))
            talk.client(b"".join(b"NOOP %07d\r\n" % number for number in numbers))
            talk.server(b"250 ok\r\n" * len(numbers))
            yield pcap_bytes(talk.frames)[HEADER:]
            talk.frames.clear()
        talk.close()
        yield pcap_bytes(talk.frames)[HEADER:]


def feed(stream: IO[bytes]) -> None:
    with suppress(BrokenPipeError), stream:
        for octets in numbered_commands():
            stream.write(octets)


class Rotation:
    """The shipped file for the file of the test; `signals` is the process it tells of it."""

    def __init__(self, folder: Path, alerts: Path, signals: int | None) -> None:
        self.count = 0
        self._folder = folder
        self._alerts = alerts
        self._signals = signals
        self._files = (folder / "logrotate.conf", folder / "logrotate.state")
        kill = "true" if signals is None else f"kill -HUP {signals}"
        text = text_of("logrotate")
        for shipped, ours in (
            ("/var/log/smtpids/*.json", f"{alerts.parent}/*.json"),
            ("su smtpids smtpids", "su nobody nogroup"),
            ("create 0640 smtpids smtpids", "create 0640 nobody nogroup"),
            ("rotate 14", "rotate 10000"),
            ("systemctl kill -s HUP smtpids.service", kill),
        ):
            assert text.count(shipped) == 1
            text = text.replace(shipped, ours)
        self._files[0].write_text(text)

    def force(self) -> None:
        """Rotate now."""
        config, state = map(str, self._files)
        done = subprocess.run(
            [str(shutil.which("logrotate")), "--force", "--state", state, config],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        self.count += 1

    def is_through(self) -> bool:
        """Tell whether the run has heard of the last rotation, and writes to the new file."""
        heard = (self._folder / "said").read_text().count("files reopened")
        if self._signals and heard < self.count:
            return False
        return self._alerts.exists() and self._alerts.stat().st_size > 0


def lines_of(out: Path) -> Iterator[bytes]:
    for path in out.iterdir():
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from file


@pytest.mark.parametrize("told", ["by SIGHUP", "by nobody"])
def test_no_line_is_lost_and_none_is_torn(told: str) -> None:
    with open_folder() as folder:
        rule = folder / "login_without_tls.yml"
        rule.write_text(RULE)
        out = folder / "out"
        out.mkdir()
        os.chown(out, NOBODY, NOBODY)
        alerts = out / "alerts.json"
        command = [
            python(), "-m", "smtpids", "run", "-r", "-", "-R", str(rule),
            "-o", str(alerts), "--user", "nobody", "--summary", "json",
        ]  # fmt: skip
        begun = time.monotonic()
        with (folder / "said").open("wb") as said:
            running = subprocess.Popen(
                command, env=environment(), cwd="/", stdin=subprocess.PIPE, stderr=said
            )
        assert running.stdin is not None
        feeder = Thread(target=feed, args=(running.stdin,))
        feeder.start()
        rotation = Rotation(folder, alerts, running.pid if told == "by SIGHUP" else None)
        try:
            while running.poll() is None:
                assert time.monotonic() - begun < PATIENCE
                if rotation.is_through():
                    rotation.force()
                time.sleep(0.02)
        finally:
            running.kill()
            feeder.join()
        seconds = time.monotonic() - begun
        assert running.wait() == 0, (folder / "said").read_text()

        seen = bytearray(LINES)
        torn = octets = 0
        line_of = re.compile(rb'\{"@timestamp".*"NOOP (\d{7})".*\}\n')
        for line in lines_of(out):
            octets += len(line)
            found = line_of.fullmatch(line)
            if found is None:
                torn += 1
            else:
                seen[int(found[1])] += 1
        lost, doubled = seen.count(0), LINES - seen.count(0) - seen.count(1)
        print(
            f"rotation {told}: {LINES:,} lines ({octets:,} octets) in {seconds:.1f} s, "
            f"{rotation.count} rotations, {lost} lost, {torn} torn, {doubled} doubled"
        )
        assert (lost, torn, doubled) == (0, 0, 0)
        assert rotation.count >= 1

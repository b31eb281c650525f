"""A storm of alerts at a receiver that is killed and comes back: does every alert arrive?

    result = storm("syslog://127.0.0.1:17500?spool=...", receiver, tmp_path)
    assert result.missing == set()

A capture of `SMTPIDS_STORM_ALERTS` alerts (2 000) is read twice: once into a file, which says what
must arrive, and once into the output, while the receiver is killed and started again three times,
whenever a further quarter of the alerts has arrived. The run must have time for it: its output
needs a spool or a queue, and `drain` for a receiver that is on its way back.

What serves for every kind of output is here; how records are read from the wire is the receiver's.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tests.support.command import COMMAND
from tests.support.wire import Conversation, write_pcap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Alerts of a storm, unless a test says otherwise.
ALERTS = int(os.environ.get("SMTPIDS_STORM_ALERTS", "2000"))
#: How often the receiver is killed.
KILLS = 3
#: Seconds that it is away each time.
AWAY = 0.2
#: Alerts of one session.
SESSION = 500
#: Seconds of a run with few alerts, and more for each.
PATIENCE = 60.0
PATIENCE_EACH = 0.01

RULE = """\
title: A recipient
id: 3f1c2b9e-2a58-4f57-9f0e-0f6f3f7c1a02
name: storm_recipient
status: test
description: Matches every command that names a recipient.
author: smtpids
date: 2026-11-25
logsource:
  product: smtpids
  category: smtp
detection:
  selection:
    event.action: command
    smtp.command.verb: RCPT
  condition: selection
falsepositives:
  - none
level: high
"""


class Receiver(Protocol):
    """What an output delivers to; it remembers what arrived over all its lives."""

    def start(self) -> None:
        """Listen, at the same address each time."""

    def kill(self) -> None:
        """End at once, whatever is underway."""

    def count(self) -> int:
        """Return how many records arrived, those that came twice counted twice."""

    def ids(self) -> Sequence[str]:
        """Return the `event.id` of each record in the order of arrival."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A capture, the rule that alerts on it, and what must arrive."""

    pcap: Path
    rule: Path
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a storm."""

    ids_expected: set[str]
    ids_arrived: set[str]
    duplicates: int
    exit_code: int
    seconds: float
    kills: int
    """How often the receiver was killed while the run went on."""
    stderr: str

    @property
    def missing(self) -> set[str]:
        """Return what did not arrive."""
        return self.ids_expected - self.ids_arrived

    def __str__(self) -> str:
        """Return the figures in a line."""
        return (
            f"{len(self.ids_expected):,} ids expected, {len(self.ids_arrived):,} arrived, "
            f"{self.duplicates:,} duplicates, {self.kills} kills, exit {self.exit_code}, "
            f"{self.seconds:.1f} s, {len(self.ids_expected) / self.seconds:,.0f} alerts/s"
        )


def prepare(folder: Path, alerts: int = ALERTS) -> Prepared:
    """Write a capture and its rule, and read it into a file to know what must arrive."""
    pcap, rule, plain = storm_pcap(folder, alerts), storm_rule(folder), folder / "expected.json"
    run = [*COMMAND, "run", "-q", "-r", str(pcap), "-R", str(rule), "-o", str(plain)]
    subprocess.run(run, check=True, capture_output=True, timeout=patience(alerts))
    expected = frozenset(event_ids(plain))
    assert len(expected) == alerts
    return Prepared(pcap, rule, expected)


def storm(
    output_word: str,
    receiver: Receiver,
    folder: Path,
    *,
    prepared: Prepared | None = None,
    kills: int = KILLS,
    away: float = AWAY,
    command: Sequence[str] = COMMAND,
    options: Sequence[str] = (),
) -> Result:
    """Let a storm of alerts go to an output whose receiver is killed and comes back.

    `options` are further ones of the run, such as a configuration. Whatever happens, the receiver
    is running when this returns.
    """
    prepared = prepared or prepare(folder)
    alerts = len(prepared.ids)
    run = [*command, "run", "-q", "-r", str(prepared.pcap), "-R", str(prepared.rule)]
    receiver.start()
    begun = time.monotonic()
    with (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen([*run, *options, "-o", output_word], stderr=errors)
        try:
            killed = _harass(process, receiver, alerts, kills, away, begun + patience(alerts))
        finally:
            process.kill()
            process.wait()
    seconds = time.monotonic() - begun
    ids = list(receiver.ids())
    return Result(
        ids_expected=set(prepared.ids),
        ids_arrived=set(ids),
        duplicates=len(ids) - len(set(ids)),
        exit_code=process.returncode,
        seconds=seconds,
        kills=killed,
        stderr=(folder / "stderr").read_text(errors="replace"),
    )


def _harass(
    process: subprocess.Popen[bytes],
    receiver: Receiver,
    alerts: int,
    kills: int,
    away: float,
    end: float,
) -> int:
    """Kill the receiver at each further part of the alerts, until the run is over."""
    killed = 0
    while process.poll() is None:
        assert time.monotonic() < end, "the run took too long"
        if killed < kills and receiver.count() >= alerts * (killed + 1) // (kills + 1):
            receiver.kill()
            time.sleep(away)
            receiver.start()
            killed += 1
        time.sleep(0.002)
    return killed


def patience(alerts: int) -> float:
    """Return the seconds that a run may take."""
    return PATIENCE + alerts * PATIENCE_EACH


def storm_pcap(folder: Path, alerts: int, first: int = 0) -> Path:
    """Write a capture in which `alerts` commands name a recipient.

    `first` is a multiple of `SESSION`: by it, captures hold different sessions.
    """
    frames = []
    for begin in range(first, first + alerts, SESSION):
        session = begin // SESSION
        talk = Conversation(
            client=(f"192.0.2.{session % 250 + 1}", 10_000 + session // 250),
            start_ns=1_700_000_000_000_000_000 + session * 10_000_000_000,
        )
        talk.open()
        talk.server(b"220 mx.example ESMTP\r\n")
        talk.client(b"EHLO client.example\r\n").server(b"250 mx.example\r\n")
        talk.client(b"MAIL FROM:<ann@example.org>\r\n").server(b"250 ok\r\n")
        for number in range(begin, min(begin + SESSION, first + alerts)):
            talk.client(b"RCPT TO:<user%d@example.net>\r\n" % number).server(b"250 ok\r\n")
        talk.client(b"QUIT\r\n").server(b"221 bye\r\n")
        frames += talk.close().frames
    return write_pcap(folder / f"storm-{first}.pcap", frames)


def storm_rule(folder: Path) -> Path:
    """Write the rule that matches every command that names a recipient."""
    path = folder / "storm_recipient.yml"
    path.write_text(RULE)
    return path


def event_ids(path: Path) -> list[str]:
    """Return the `event.id` of each line of a file; a last line that is not whole is left out."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line)["event"]["id"] for line in lines]

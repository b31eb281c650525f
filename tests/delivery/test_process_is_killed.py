"""`kill -9` at any moment loses nothing that an output with a spool had taken."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtpids.config import MIB
from smtpids.outputs.spool import Spool
from tests.support.command import wait_until
from tests.support.entries import ids
from tests.support.lines import COMMAND, LinesReceiver
from tests.support.storm import event_ids, storm_pcap, storm_rule

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

#: Writes to an output whose receiver is away, and says each number when `write` has returned.
CHILD = """\
import os, sys
from smtpids.config import OutputConfig
from smtpids.outputs.backoff import Backoff
from smtpids.outputs.dead_letters import DeadLetters
from smtpids.outputs.sender import NetworkOutput
from smtpids.outputs.spool import Spool
from tests.support.entries import entry
from tests.support.transports import Fake, away, take

config = OutputConfig(type="made", target="made://h:1", name="siem")
spool = Spool(sys.argv[1], "siem", 1 << 24, drop_oldest=True, memory_octets=1 << 20)
output = NetworkOutput(
    config, Fake(always=away()), spool, Backoff(lambda: 0.001), DeadLetters("", "siem")
)
output.start()
for number in range(int(sys.argv[2]), 1_000_000):
    output.write(entry(number, number % 700))
    os.write(1, b"%d\\n" % number)
"""


def written_before_the_kill(folder: Path, first: int, lines: int) -> int:
    """Start a child, kill it after some lines, and return the last number that it said."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(first)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout is not None
    for _ in range(lines):
        child.stdout.readline()
    child.kill()
    rest = child.stdout.read().split(b"\n")[:-1]
    child.stdout.close()
    child.wait()
    return first + lines + len(rest) - 1


@given(kills=st.lists(st.integers(1, 3_000), min_size=1, max_size=3))
@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
def test_all_that_was_written_is_there_for_the_next_run(
    tmp_path_factory: pytest.TempPathFactory, kills: list[int]
) -> None:
    """Also if the next run is killed, and the one after it."""
    folder = tmp_path_factory.mktemp("spool")
    last = -1
    for lines in kills:
        last = written_before_the_kill(folder, last + 1, lines)
        spool = Spool(str(folder), "siem", 1 << 24, drop_oldest=True, memory_octets=MIB)
        found = ids(spool.next(1_000_000, 1 << 30))
        # one more than was said may be there: killed between writing and saying so
        assert found in (list(range(last + 1)), list(range(last + 2)))
        last = found[-1]
        assert (spool.lost, spool.errors) == ({}, {})
        spool.close()


def test_a_run_that_was_killed_delivers_with_the_next_one(tmp_path: Path) -> None:
    """A file as second output says what the first one had taken already."""
    pcap, rule = storm_pcap(tmp_path, 2_000), storm_rule(tmp_path)
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(pcap.read_bytes()[:24])
    receiver = LinesReceiver(0)
    receiver.start()
    receiver.kill()
    word = f"lines://127.0.0.1:{receiver.port}?spool={tmp_path / 'spool'}"
    run = [*COMMAND, "run", "-R", str(rule), "-o", word]
    written = tmp_path / "written.json"
    process = subprocess.Popen(
        [*run, "-o", str(written), "-r", str(pcap)], stderr=subprocess.DEVNULL
    )
    wait_until(lambda: written.exists() and written.read_bytes().count(b"\n") > 300, "some alerts")
    process.kill()
    process.wait()
    receiver.start()
    done = subprocess.run([*run, "-r", str(empty)], check=False, capture_output=True, timeout=60)
    receiver.kill()
    taken = event_ids(written)
    assert done.returncode == 0, done.stderr.decode()
    assert receiver.ids()[: len(taken)] == taken
    assert len(receiver.ids()) <= len(taken) + 1

"""smtpids is killed twice amid a storm: what its spool had taken arrives, and lines stay lines.

Three runs, each over a capture of its own, share a spool and a file; `kill -9` ends the first two.
An alert is written to the spool before it is to the file, so each line of the file says what must
arrive.
"""

from __future__ import annotations

import json
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.command import COMMAND, wait_until
from tests.support.rsyslog import PROGRAM as RSYSLOG
from tests.support.storm import ALERTS, SESSION, patience, storm_pcap, storm_rule
from tests.support.storm_receivers import Growing, HttpReceiver, SyslogReceiver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.slow]

#: Alerts of each run.
EACH = max(ALERTS // 3 // SESSION, 1) * SESSION
needs_rsyslog = pytest.mark.skipif(not RSYSLOG, reason="rsyslog is not installed")


def has(lines: Growing, enough: int) -> bool:
    return lines.count() >= enough


@pytest.mark.parametrize("kind", ["webhook", pytest.param("syslog", marks=needs_rsyslog)])
def test_what_the_spool_had_taken_arrives(tmp_path: Path, kind: str) -> None:
    receiver: HttpReceiver | SyslogReceiver
    if kind == "webhook":
        receiver = HttpReceiver(tmp_path, kind)
        word = f"webhook:{receiver.url}"
    else:
        receiver = SyslogReceiver(tmp_path, tls=False)
        word = f"syslog:tcp://localhost:{receiver.rsyslog.port}"
    rule, written = storm_rule(tmp_path), tmp_path / "written.json"
    captures = [storm_pcap(tmp_path, EACH, first=number * EACH) for number in range(3)]
    word += f",spool={tmp_path / 'spool'},batch_events=50,drain=60s"
    run = [*COMMAND, "run", "-q", "-R", str(rule), "-o", word, "-o", str(written), "-r"]
    receiver.start()
    try:
        for number, capture in enumerate(captures[:2]):
            growing = Growing(written)
            enough = growing.count() + EACH // 2
            with subprocess.Popen([*run, str(capture)], stderr=subprocess.DEVNULL) as process:
                wait_until(partial(has, growing, enough), "alerts")
                process.kill()
            assert process.returncode == -9
            assert growing.count() < (number + 1) * EACH
        done = subprocess.run(
            [*run, str(captures[2])],
            check=False,
            capture_output=True,
            text=True,
            timeout=patience(EACH),
        )
        arrived = list(receiver.ids())
    finally:
        receiver.kill()
    assert done.returncode == 0, done.stderr
    assert written.read_bytes().endswith(b"\n")
    taken = [json.loads(line)["event"]["id"] for line in written.read_bytes().splitlines()]
    print(
        f"\n{kind}: {len(taken):,} written to the file, {len(set(arrived)):,} arrived,"
        f" {len(arrived) - len(set(arrived)):,} duplicates"
    )
    assert set(taken) - set(arrived) == set()
    assert len(set(arrived) - set(taken)) <= 2  # killed between spool and file
    assert len(taken) == len(set(taken))

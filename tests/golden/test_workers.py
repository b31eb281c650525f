"""`run --workers`: the same lines in the same order, whatever the number.

Records hold nothing that the number of workers could change, `stats` apart, which are of the clock.
`SMTPIDS_WORKERS_SESSIONS` makes the traffic larger than 300 sessions.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.command import PATIENCE, smtpids, started, wait_until
from tests.support.engine import PCAPS
from tests.support.mixture import mixture

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
SESSIONS = os.environ.get("SMTPIDS_WORKERS_SESSIONS", "300")
RECORDS = "--events=session,message,anomaly"


def written(into: Path, workers: int, *arguments: str, code: int = 0) -> tuple[bytes, str]:
    """Return what a run writes, and its summary without what is of the clock."""
    target = into / f"{workers}.jsonl"
    done = smtpids(
        "run", "-j", str(workers), "-o", str(target), RECORDS, "--summary=json", *arguments
    )
    assert done.returncode == code, done.stderr
    *log, summary = done.stderr.decode().splitlines()
    told = json.loads(summary)
    for name in ("seconds", "packets_per_second", "outputs"):
        told.pop(name, None)
    return target.read_bytes(), json.dumps([log, told])


def generate(capture: Path, *arguments: str) -> None:
    """Make a capture with the generator of the benchmarks."""
    command = [sys.executable, "-m", "tests.bench.generate", str(capture), *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE * 3)


def test_recorded_captures(tmp_path: Path) -> None:
    one, summary = written(tmp_path, 1, "-r", str(PCAPS), "--fail-on", "low", code=1)
    for workers in (2, 4):
        again = written(tmp_path, workers, "-r", str(PCAPS), "--fail-on", "low", code=1)
        assert again == (one, summary)
    assert one.count(b"\n") > 100


def test_alerts_alone_of_which_some_are_of_events_that_were_only_counted(tmp_path: Path) -> None:
    found = []
    for workers in (1, 2, 3):
        target = tmp_path / f"{workers}.jsonl"
        done = smtpids("run", "-q", "-j", str(workers), "-r", str(PCAPS), "-o", str(target))
        assert done.returncode == 0, done.stderr
        found.append(target.read_bytes())
    assert found[1:] == found[:1] * 2
    assert b'"correlation":{' in found[0]


def test_generated_traffic(tmp_path: Path) -> None:
    capture = tmp_path / "made.pcap"
    generate(capture, "--sessions", SESSIONS, "--tls", "10", "--other", "10")
    one = written(tmp_path, 1, "-r", str(capture))
    assert written(tmp_path, 2, "-r", str(capture)) == one
    assert one[0].count(b"\n") > int(SESSIONS)


def test_a_capture_that_is_cut_with_attachments_and_state(tmp_path: Path) -> None:
    capture = tmp_path / "cut.pcap"
    capture.write_bytes(mixture(3, 150, 2000)[:-7])
    runs = []
    for workers in (1, 3):
        kept = tmp_path / str(workers)
        kept.mkdir()
        lines, summary = written(
            tmp_path,
            workers,
            *("-r", str(capture), "--state", str(kept / "state.db")),
            *("--extract", str(kept / "files")),
            code=4,
        )
        found = sorted(str(path.relative_to(kept)) for path in (kept / "files").rglob("*"))
        runs.append((lines.replace(str(kept).encode(), b""), summary, found))
    assert runs[0] == runs[1]
    assert runs[0][2]


def children_of(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, task.read_text().split())


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_a_worker_that_is_killed_amid_a_file_costs_nothing(tmp_path: Path) -> None:
    capture = tmp_path / "made.pcap"
    generate(capture, "--sessions", "900")
    one, _ = written(tmp_path, 1, "-r", str(capture))
    target = tmp_path / "killed.jsonl"
    arguments = ("-j", "2", "-r", str(capture), "-o", str(target), RECORDS)
    with started("run", *arguments) as process:
        wait_until(lambda: target.exists() and target.stat().st_size > 0, "the first alert")
        workers = [pid for nursery in children_of(process.pid) for pid in children_of(nursery)]
        os.kill(workers[0], signal.SIGKILL)
        _, log = process.communicate(timeout=PATIENCE * 3)
    assert process.returncode == 0
    assert b"was killed by SIGKILL: it reads again from the beginning, nothing is lost" in log
    assert target.read_bytes() == one

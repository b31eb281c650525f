"""A disk without room costs nothing as long as memory has some, and then what it costs is said."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.lines import COMMAND, LinesReceiver
from tests.support.storm import event_ids, storm_pcap, storm_rule

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ALERTS = 1_000


def on_a_small_disk(folder: Path, size: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run smtpids where `folder` is a file system of `size`; skip where that is not permitted."""
    folder.mkdir()
    mount = f"mount -t tmpfs -o size={size} none {shlex.quote(str(folder))}"
    private = ["unshare", "--mount", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*private, mount], check=False, capture_output=True).returncode
    ):
        pytest.skip("to mount a small file system needs root")
    command = shlex.join([*COMMAND, "run", *arguments])
    return subprocess.run(
        [*private, f"{mount} && exec {command}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_what_neither_disk_nor_memory_takes_is_counted_and_said(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    pcap, rule = storm_pcap(tmp_path, ALERTS), storm_rule(tmp_path)
    word = "syslog:tcp://127.0.0.1:9,name=siem,drain=500ms,batch_size=256K,queue_size=300000"
    word += f",spool={disk}"
    done = on_a_small_disk(
        disk, "512k", "-r", str(pcap), "-R", str(rule), "-o", word, "--summary", "json"
    )
    assert done.returncode == 5, done.stderr
    told = done.stderr.splitlines()
    (said,) = [line for line in told if "no space left" in line]
    assert said == (
        f"smtpids: output siem: cannot write {disk}/siem: no space left on device; make room on "
        "the file system; records wait in memory until then, and a killed process loses them"
    )
    summary = json.loads(told[-1])
    (output,) = summary["outputs"]
    assert output["name"] == "siem"
    assert output["delivered"] == 0
    assert output["lost"] == summary["events_lost"] > 0
    assert output["lost"] + output["waiting"] == ALERTS
    assert output["waiting"] > 50


def test_with_a_receiver_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    pcap, rule = storm_pcap(tmp_path, ALERTS), storm_rule(tmp_path)
    receiver = LinesReceiver(0, pause=0.02)
    receiver.start()
    word = f"lines://127.0.0.1:{receiver.port}?spool={disk}&batch_events=50&queue_octets=300000"
    written = tmp_path / "all.json"
    done = on_a_small_disk(
        disk, "64k", "-r", str(pcap), "-R", str(rule), "-o", word, "-o", str(written)
    )
    receiver.kill()
    assert done.returncode == 0, done.stderr
    assert "no space left" in done.stderr
    assert receiver.ids() == event_ids(written)
    assert len(receiver.lines) == ALERTS


def test_a_file_on_a_full_disk_loses_what_is_counted_and_said(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    pcap, rule = storm_pcap(tmp_path, ALERTS), storm_rule(tmp_path)
    done = on_a_small_disk(
        disk, "512k", "-r", str(pcap), "-R", str(rule), "-o", str(disk / "alerts.json")
    )
    assert done.returncode == 5
    assert done.stderr.count("no space left") == 1
    assert "events lost: an output did not take them" in done.stderr

"""A receiver that is away for longer than there is room: what is lost is said and counted."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.command import COMMAND, wait_until
from tests.support.storm import event_ids, storm_pcap, storm_rule
from tests.support.storm_receivers import Growing, HttpReceiver

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ALERTS = 1_000
#: Nobody listens there.
NOWHERE = "syslog:tcp://127.0.0.1:9,name=siem,drain=500ms"
LOST = "smtpids: output siem: records are lost: there is no room left in "


def metrics(path: Path) -> dict[str, int]:
    """Return the figures of the output over the network, by name and reason."""
    row = r'smtpids_output_(\w+)\{output="siem"(?:,reason="(\w+)")?\} (\S+)'
    found = re.findall(row, path.read_text())
    return {f"{name} {reason}".strip(): int(float(value)) for name, reason, value in found}


@pytest.mark.parametrize("keeps", ["spool", "memory"])
def test_a_run_over_files_says_and_counts_it(tmp_path: Path, keeps: str) -> None:
    pcap, rule, prom = storm_pcap(tmp_path, ALERTS), storm_rule(tmp_path), tmp_path / "m.prom"
    room = {
        "spool": f"spool={tmp_path / 'spool'},spool_size=512K",
        "memory": "queue_size=512K",
    }[keeps]
    run = [*COMMAND, "run", "-r", str(pcap), "-R", str(rule), "--metrics-textfile", str(prom)]
    done = subprocess.run(
        [*run, "-o", f"{NOWHERE},{room},batch_size=256K", "--summary", "json"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 5
    away, full, left, last = done.stderr.splitlines()
    assert "nobody listens there; start the receiver or mend host and port" in away
    assert full.startswith(LOST)
    assert full.endswith(f"; mend the receiver, or raise {keeps.replace('memory', 'queue')}_size")
    (output,) = json.loads(last)["outputs"]
    figures = metrics(prom)
    assert figures["up"] == figures["delivered_events_total"] == 0
    if keeps == "spool":
        assert f"{output['waiting']} records left in {tmp_path / 'spool'}" in left
        assert output["waiting"] == figures["queue_length"] > 50
        assert 0 < figures["spool_bytes"] <= figures["spool_capacity_bytes"] == 512 * 1024
    else:
        assert f"{figures['dropped_events_total shutdown']} records lost" in left
    lost = figures["dropped_events_total full"] + figures["dropped_events_total shutdown"]
    assert lost == output["lost"] == ALERTS - output["waiting"] > 0


def test_an_endless_run_loses_the_oldest(tmp_path: Path) -> None:
    rule, prom, written = storm_rule(tmp_path), tmp_path / "m.prom", tmp_path / "all.json"
    (tmp_path / "captures").mkdir()
    storm_pcap(tmp_path / "captures", ALERTS)
    receiver = HttpReceiver(tmp_path, "webhook")
    receiver.kill()
    word = f"webhook:{receiver.url},name=siem,drain=500ms,batch_size=256K"
    word += f",spool={tmp_path / 'spool'},spool_size=512K"
    run = [*COMMAND, "run", "-R", str(rule), "-o", word]
    follow = ["--follow", "-r", str(tmp_path / "captures"), "-o", str(written)]
    lines = Growing(written)
    with subprocess.Popen(
        [*run, *follow, "--metrics-textfile", str(prom)], stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: lines.count() == ALERTS, "all alerts")
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    figures = metrics(prom)
    assert process.returncode == 5
    assert told.count(LOST) == 1
    assert 1 <= told.count("nobody listens there") <= 2  # at the start, and at the first alert
    assert figures["dropped_events_total full"] + figures["queue_length"] == ALERTS
    receiver.start()
    empty = tmp_path / "empty.pcap"
    empty.write_bytes((tmp_path / "captures" / "storm-0.pcap").read_bytes()[:24])
    done = subprocess.run([*run, "-r", str(empty)], check=False, capture_output=True, timeout=60)
    receiver.kill()
    assert done.returncode == 0
    assert receiver.ids() == event_ids(written)[-figures["queue_length"] :]

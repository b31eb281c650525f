"""Whoever asks for the end while a run waits for a receiver does not wait with it."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.lines import COMMAND
from tests.support.storm import storm_pcap, storm_rule

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

#: Seconds that the run would wait for its receivers.
DRAIN = 300


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
@pytest.mark.parametrize("keeps", [True, False])
def test_a_signal_ends_the_wait(
    tmp_path: Path, sign: signal.Signals, code: int, *, keeps: bool
) -> None:
    word = f"lines://127.0.0.1:9?drain_ns={DRAIN}000000000"
    spool = f"&spool={tmp_path / 'spool'}" if keeps else ""
    run = [
        *(*COMMAND, "run", "-r", str(storm_pcap(tmp_path, 20))),
        *("-R", str(storm_rule(tmp_path)), "-o", word + spool, "-o", str(tmp_path / "a.json")),
    ]
    begun = time.monotonic()
    with subprocess.Popen(run, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        first = process.stderr.readline()  # the receiver is away
        while (tmp_path / "a.json").read_bytes().count(b"\n") < 20:
            time.sleep(0.01)
        time.sleep(0.3)  # the last packet is read; now the run waits
        process.send_signal(sign)
        told = process.stderr.read().decode()
    assert b"cannot deliver" in first
    assert process.returncode == code
    assert time.monotonic() - begun < DRAIN / 2
    assert ("20 records left in" if keeps else "20 records lost") in told
    assert "a.json: 20 delivered" in told

"""A wire of its own: two interfaces in a network namespace that goes when the program ends.

tcpreplay sends a capture into one end, `smtpids run -i` listens at the other. Needs root, `ip`,
`unshare` and tcpreplay.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import urlopen

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Seconds without an alert after which all packets have been read.
QUIET = 2.0
#: Where a live run serves its metrics.
METRICS = "http://127.0.0.1:10825/metrics"
PREPARE = """\
mount -t sysfs none /sys
ip link set lo up
ip link add sends type veth peer name hears
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
ip link set sends up
ip link set hears up
"""
INSIDE = "SMTPIDS_BENCH_INSIDE"
#: The capture in memory before the first packet, and a sleep between packets, not a loop that asks
#: the clock: so sending 200 000 packets a second takes half a core, and the rest is the listener's.
SPARING = ("--preload-pcap", "--timer", "nano")


class Replay(NamedTuple):
    """What became of one replay."""

    sent: int
    """Packets that tcpreplay sent."""
    rate: float
    """How many of them a second."""
    summary: dict[str, Any]
    """What smtpids said at its end."""
    metrics: Mapping[str, float]
    """Samples by name, those of a name added up, as served before the end."""
    cpu: float
    """Seconds, user and system, of all processes."""
    said: int
    """Lines on stderr, the summary left out."""


def enter(parser: argparse.ArgumentParser, module: str) -> None:
    """Begin `module` again in a namespace and lay the wire; return there."""
    missing = [word for word in ("ip", "unshare", "tcpreplay") if shutil.which(word) is None]
    if missing or os.geteuid():
        parser.error("needs root" if os.geteuid() else f"needs {', '.join(missing)}")
    if INSIDE not in os.environ:
        again = ["unshare", "--net", "--mount", sys.executable, "-m", module]
        os.execvpe(again[0], [*again, *sys.argv[1:]], {**os.environ, INSIDE: "1"})
    for line in PREPARE.splitlines():
        subprocess.run(line.split(), check=True)


def mail(folder: Path, packets: int, *options: str) -> Path:
    """Make a capture of about so many packets; a session of 10 kB mail has some 29."""
    path = folder / "mail.pcap"
    make = [sys.executable, "-m", "tests.bench.generate", "-n", str(packets // 29), *options]
    subprocess.run([*make, str(path)], check=True, stdout=subprocess.DEVNULL)
    return path


def replay(
    program: Sequence[str], folder: Path, capture: Path, rate: int, options: Sequence[str] = ()
) -> Replay:
    """Send the capture once, at so many packets a second, while smtpids listens."""
    alerts, log = folder / "alerts.json", folder / "stderr"
    alerts.unlink(missing_ok=True)
    command = [*program, "run", "-i", "hears", "--summary", "json", "-o", str(alerts), *options]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
    while b"listening on" not in log.read_bytes():
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    send = ["tcpreplay", *SPARING, "-q", "-i", "sends", "--pps", str(rate), str(capture)]
    told = subprocess.run(send, check=True, capture_output=True, text=True).stdout
    wait_until_read(alerts)
    with urlopen(METRICS, timeout=10) as answer:
        metrics = samples(answer.read().decode())
    process.send_signal(signal.SIGTERM)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    *said, last = log.read_text().splitlines()
    sent, seconds = re.findall(r"(?m)^Actual: (\d+) packets .* sent in (\S+) seconds", told)[0]
    cpu = used.ru_utime + used.ru_stime
    rate_sent = int(sent) / float(seconds)
    return Replay(int(sent), rate_sent, json.loads(last), metrics, cpu, len(said))


def samples(page: str) -> dict[str, float]:
    """Return the samples of a metrics page by name, those of a name added up."""
    found: dict[str, float] = {}
    for name, value in re.findall(r"(?m)^(\w+)(?:\{.*\})? (\S+)$", page):
        found[name] = found.get(name, 0.0) + float(value)
    return found


def wait_until_read(alerts: Path) -> None:
    """Wait until no more alerts come: what the kernel still holds is lost with the end."""
    before = -1
    while (size := alerts.stat().st_size) > before:
        before = size
        time.sleep(QUIET)

"""Whether a receiver that is slow or away costs a live capture packets, on a wire of its own.

`smtpids run -i` listens on one end of a pair of interfaces, tcpreplay sends mail into the other at
a steady rate, both in a network namespace that goes when this ends. Only where the alerts go
differs: a file; a file, and a receiver that is away; a file, and one that answers after a second.
They take turns. Needs root, `ip`, `unshare` and tcpreplay.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import NamedTuple

from tests.bench.commands import load

#: Seconds before a slow receiver answers.
SLOW = 1.0
#: Seconds without an alert after which all packets have been read.
QUIET = 2.0
#: Where nobody listens, in a namespace that is ours alone.
AWAY = 9
WIRE = """\
mount -t sysfs none /sys
ip link set lo up
ip link add sends type veth peer name hears
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
ip link set sends up
ip link set hears up
"""
INSIDE = "SMTPIDS_BENCH_INSIDE"


class Slow(BaseHTTPRequestHandler):
    """Takes a batch, after a while."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(SLOW)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Receiver(ThreadingHTTPServer):
    """Serves such connections."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a run that ends breaks its connection."""


class Run(NamedTuple):
    """What became of one replay."""

    sent: float
    """Packets a second that tcpreplay sent."""
    read: int
    lost: int
    """Packets that the kernel dropped."""
    alerts: int
    cpu: float
    """Seconds, user and system."""
    outputs: str
    """What became of the alerts."""
    said: int
    """Lines on stderr, the summary left out."""


def main() -> int:
    """Read the arguments, enter a namespace, run all in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", "--times", type=int, default=3, help="runs of each, %(default)s")
    parser.add_argument("--rate", type=int, default=5_000, help="packets a second, %(default)s")
    parser.add_argument("--seconds", type=int, default=20, help="of each replay, %(default)s")
    options = parser.parse_args()
    missing = [word for word in ("ip", "unshare", "tcpreplay") if shutil.which(word) is None]
    if missing or os.geteuid():
        parser.error("needs root" if os.geteuid() else f"needs {', '.join(missing)}")
    if INSIDE not in os.environ:
        again = [
            "unshare",
            "--net",
            "--mount",
            sys.executable,
            "-m",
            "tests.bench.slow_receiver_live",
        ]
        os.execvpe(again[0], [*again, *sys.argv[1:]], {**os.environ, INSIDE: "1"})
    for line in WIRE.splitlines():
        subprocess.run(line.split(), check=True)
    receiver = Receiver(("127.0.0.1", 0), Slow)
    Thread(target=receiver.serve_forever, daemon=True).start()
    with TemporaryDirectory() as name:
        folder = Path(name)
        capture = mail(folder, options.rate * options.seconds)
        receivers = {
            "file": None,
            "file, away": f"webhook:http://127.0.0.1:{AWAY}/,drain=1s",
            "file, slow": f"webhook:http://127.0.0.1:{receiver.server_port}/",
            "file, away, spool": f"webhook:http://127.0.0.1:{AWAY}/,drain=1s,spool={folder}/spool",
        }
        print(f"{options.rate:,} packets/s for {options.seconds} s; {load()}")
        heads = ("sent/s", "read", "lost", "alerts", "cpu s", "log")
        print("{:20} {:>7} {:>9} {:>7} {:>7} {:>6} {:>4}".format("receiver", *heads))
        for _ in range(options.times):
            for kind, word in receivers.items():
                run = replay(folder, capture, options, word)
                print(
                    f"{kind:20} {run.sent:7,.0f} {run.read:9,} {run.lost:7,} {run.alerts:7,}"
                    f" {run.cpu:6.1f} {run.said:4}  {run.outputs}",
                    flush=True,
                )
    return 0


def mail(folder: Path, packets: int) -> Path:
    """Make a capture of about so many packets; a session of mail has some 29."""
    path = folder / "mail.pcap"
    make = [sys.executable, "-m", "tests.bench.generate", "-n", str(packets // 29), str(path)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    return path


def replay(folder: Path, capture: Path, options: argparse.Namespace, word: str | None) -> Run:
    """Send the capture once while smtpids listens."""
    shutil.rmtree(folder / "spool", ignore_errors=True)
    (folder / "alerts.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "smtpids", "run", "-i", "hears", "--summary", "json"]
    command += ["-o", str(folder / "alerts.json"), *(["-o", word] if word else [])]
    log = folder / "stderr"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors)
    while b"listening on" not in log.read_bytes():
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    begun = time.monotonic()
    send = ["tcpreplay", "-q", "-i", "sends", "--pps", str(options.rate), str(capture)]
    told = subprocess.run(send, check=True, capture_output=True, text=True).stdout
    took = time.monotonic() - begun
    wait_until_read(folder / "alerts.json")
    process.send_signal(signal.SIGTERM)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    *said, last = log.read_text().splitlines()
    summary = json.loads(last)
    sent = next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Actual:"))
    became = (
        f"{each['delivered']:,}/{each['lost']:,}/{each['waiting']:,}" for each in summary["outputs"]
    )
    return Run(
        sent / took,
        summary["packets"],
        summary["packets_lost"],
        summary["alerts"]["total"],
        used.ru_utime + used.ru_stime,
        " ".join(became),
        len(said),
    )


def wait_until_read(alerts: Path) -> None:
    """Wait until no more alerts come: what the kernel still holds is lost with the end."""
    before = -1
    while (size := alerts.stat().st_size) > before:
        before = size
        time.sleep(QUIET)


if __name__ == "__main__":
    sys.exit(main())

"""Whether a receiver that is slow or away costs a live capture packets, on a wire of its own.

smtpids listens while tcpreplay sends mail at a steady rate (`wire.py`). Only where the alerts go
differs: a file; a file, and a receiver that is away; a file, and one that answers after a second.
They take turns.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from tests.bench import wire
from tests.bench.commands import load

#: Seconds before a slow receiver answers.
SLOW = 1.0
#: Where nobody listens, in a namespace that is ours alone.
AWAY = 9
SMTPIDS = (sys.executable, "-m", "smtpids")


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


def main() -> int:
    """Read the arguments, enter a namespace, run all in turn, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", "--times", type=int, default=3, help="runs of each, %(default)s")
    parser.add_argument("--rate", type=int, default=5_000, help="packets a second, %(default)s")
    parser.add_argument("--seconds", type=int, default=20, help="of each replay, %(default)s")
    options = parser.parse_args()
    wire.enter(parser, "tests.bench.slow_receiver_live")
    receiver = Receiver(("127.0.0.1", 0), Slow)
    Thread(target=receiver.serve_forever, daemon=True).start()
    with TemporaryDirectory() as name:
        folder = Path(name)
        capture = wire.mail(folder, options.rate * options.seconds)
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
                shutil.rmtree(folder / "spool", ignore_errors=True)
                output = ["-o", word] if word else []
                run = wire.replay(SMTPIDS, folder, capture, options.rate, output)
                summary = run.summary
                became = " ".join(
                    f"{each['delivered']:,}/{each['lost']:,}/{each['waiting']:,}"
                    for each in summary["outputs"]
                )
                print(
                    f"{kind:20} {run.rate:7,.0f} {summary['packets']:9,}"
                    f" {summary['packets_lost']:7,} {summary['alerts']['total']:7,}"
                    f" {run.cpu:6.1f} {run.said:4}  {became}",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())

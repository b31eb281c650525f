"""How many packets a second a live capture reads without loss, and whether its counts are true.

smtpids listens while tcpreplay sends mail at one rate after the other (`wire.py`). What tcpreplay
sent must be what was read and what the kernel dropped, in the summary and in the metrics.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import wire
from tests.bench.commands import SMTPIDS, load

RATES = (20_000, 50_000, 100_000, 200_000)
HEADS = ("asked/s", "sent/s", "sent", "read", "dropped", "unseen", "metrics", "alerts", "cpu s")


def main() -> int:
    """Read the arguments, enter a namespace, send at each rate, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", type=int, nargs="+", default=RATES, help="packets a second")
    parser.add_argument("--packets", type=int, default=600_000, help="of each replay, %(default)s")
    parser.add_argument("--octets", type=int, default=10_000, help="of each mail, %(default)s")
    parser.add_argument(
        "--smtpids",
        nargs="+",
        default=[SMTPIDS],
        metavar="COMMAND",
        help="what listens, in turn; behind a bar the options of run: 'smtpids | -j 2'",
    )
    options = parser.parse_args()
    wire.enter(parser, "tests.bench.live")
    with TemporaryDirectory() as name:
        folder = Path(name)
        segments = max(options.octets // 1_000, 1)
        packets = options.packets * 29 // (19 + segments)
        capture = wire.mail(folder, packets, "--octets", str(options.octets))
        print(
            f"{capture.stat().st_size / 1e6:,.0f} MB, mail of {options.octets:,} octets; {load()}"
        )
        print("{:24}".format("") + "".join(f"{head:>10}" for head in HEADS))
        for rate in options.rates:
            for command in options.smtpids:
                program, _, extra = command.partition("|")
                run = wire.replay(shlex.split(program), folder, capture, rate, shlex.split(extra))
                _print_row(command, rate, run)
    return 0


def _print_row(command: str, rate: int, run: wire.Replay) -> None:
    summary, metrics = run.summary, run.metrics
    read, dropped = summary["packets"], summary["packets_lost"]
    agree = (read, dropped) == (
        metrics["smtpids_capture_packets_total"],
        metrics["smtpids_capture_dropped_packets_total"],
    )
    cells = [rate, round(run.rate), run.sent, read, dropped, run.sent - read - dropped]
    words = [f"{cell:,}" for cell in cells]
    words += ["agree" if agree else "differ", f"{summary['alerts']['total']:,}", f"{run.cpu:.1f}"]
    print(f"{command[-24:]:24}" + "".join(f"{word:>10}" for word in words), flush=True)


if __name__ == "__main__":
    sys.exit(main())

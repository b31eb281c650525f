"""Measures what hostile captures cost, the dearest first: none of 1 MB may take more than 2 s.

Each capture goes through the whole pipeline of this interpreter, with every rule that there is,
those off by default too, and alerts are rendered. Time is that of the processor, reading the rules
not included. The captures are made in tests/support/hostile/; tests/property/test_growth.py holds
that what is done for them grows no faster than they do.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from smtpids.cli.circles import seldom_sought
from tests.bench.commands import load
from tests.support.hostile.captures import captures
from tests.support.hostile.work import Run

if TYPE_CHECKING:
    from types import FrameType

MB = 1_000_000
ALLOWED = 2.0
"""Seconds for 1 MB."""


class Taken(NamedTuple):
    """What one capture took."""

    name: str
    octets: int
    seconds: float
    records: int
    """Alerts and records told."""


class TooLongError(BaseException):
    """A capture took so long that nobody waits for its end."""


def main() -> int:
    """Read the arguments, measure all captures, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--octets", type=int, default=MB, help="of each capture, %(default)s")
    parser.add_argument("--only", default="", metavar="TEXT", help="those with this in their name")
    parser.add_argument("--top", type=int, default=40, help="lines to print, %(default)s; 0: all")
    parser.add_argument("--records", action="store_true", help="tell sessions and messages, too")
    parser.add_argument("--most", type=int, default=30, help="seconds to wait for one, %(default)s")
    options = parser.parse_args()
    Run()
    signal.signal(signal.SIGVTALRM, _too_long)
    taken = []
    with TemporaryDirectory() as folder, seldom_sought():
        for name, capture in captures().items():
            if options.only in name:
                taken.append(measure(name, capture(options.octets), Path(folder), options))
                _progress(taken)
    taken.sort(key=lambda one: -one.seconds / one.octets)
    print(f"{len(taken)} captures; {load()}")
    print(f"{'capture':52} {'octets':>10} {'cpu s':>8} {'s/MB':>7} {'told':>8}")
    for one in taken[: options.top or None]:
        print(
            f"{one.name[:52]:52} {one.octets:10,} {one.seconds:8.2f}"
            f" {one.seconds / one.octets * MB:7.2f} {one.records:8,}"
        )
    return int(any(one.seconds / one.octets * MB > ALLOWED for one in taken))


def measure(name: str, capture: bytes, folder: Path, options: argparse.Namespace) -> Taken:
    """Send one capture through the pipeline."""
    path = folder / "hostile.pcap"
    path.write_bytes(capture)
    run = Run(records=options.records)
    signal.setitimer(signal.ITIMER_VIRTUAL, options.most)
    begun = time.process_time()
    with suppress(TooLongError):
        run.read(path)
    seconds = time.process_time() - begun
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return Taken(name, len(capture), seconds, run.told)


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TooLongError


def _progress(taken: list[Taken]) -> None:
    last = taken[-1]
    if sys.stderr.isatty() or last.seconds / last.octets * MB > ALLOWED:
        print(f"{len(taken)} {last.name}: {last.seconds:.2f} s", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

"""Measures how cost grows with packets, sessions, the size of messages, and recipients; draws each.

Each capture goes through the whole pipeline of this interpreter, with the rules that are on by
default; the least of several runs is taken, which the rest of the machine disturbs least. A
straight line is laid through the points: its R squared says how straight they are, its slope what
one more costs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from smtpids.cli.circles import seldom_sought
from tests.bench.commands import load
from tests.bench.plot import fit, lines
from tests.bench.traffic import mail
from tests.support.capture_files import pcap_bytes
from tests.support.engine import shipped_rules
from tests.support.hostile.talk import greeted
from tests.support.hostile.work import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.plot import Point

HERE = Path(__file__).parent
PARTS = 6
"""Points of a picture: 1/6, 2/6, ... of the most."""


class Growth(NamedTuple):
    """What grows, to which number, and what makes a capture of so many."""

    what: str
    most: int
    make: Callable[[Path, int], None]
    said: str


def packets(path: Path, count: int) -> None:
    """Write mail of 10 kB in 29.2 packets a session."""
    mail(path, round(count / 29.2))


def sessions(path: Path, count: int) -> None:
    """Write sessions with a mail of 1 kB."""
    mail(path, count, octets=1_000)


def octets(path: Path, count: int) -> None:
    """Write one message of so many octets."""
    mail(path, 1, octets=count)


def recipients(path: Path, count: int) -> None:
    """Write one message to so many recipients, each another one."""
    session = greeted().client(b"MAIL FROM:<a@b.example>\r\n").server(b"250 ok\r\n")
    for number in range(count):
        session.client(b"RCPT TO:<user%d@d.example>\r\n" % number).server(b"250 2.1.5 Ok\r\n")
    session.client(b"DATA\r\n").server(b"354 go\r\n").client(b"Subject: a\r\n\r\nb\r\n.\r\n")
    path.write_bytes(pcap_bytes(session.server(b"250 queued\r\n").close().frames))


GROWN = (
    Growth("packets", 60_000, packets, "mail of 10 kB"),
    Growth("sessions", 3_000, sessions, "each with a mail of 1 kB"),
    Growth("octets", 24_000_000, octets, "of one message"),
    Growth("recipients", 12_000, recipients, "of one message, each another one"),
)


def points(growth: Growth, scale: float, rounds: int) -> list[Point]:
    """Return numbers with the seconds that each takes; all are measured in turn, round by round."""
    counts = [max(round(growth.most * scale * part / PARTS), 1) for part in range(1, PARTS + 1)]
    least = dict.fromkeys(counts, float("inf"))
    with TemporaryDirectory() as folder:
        paths = {count: Path(folder) / f"{count}.pcap" for count in counts}
        for count, path in paths.items():
            growth.make(path, count)
        seconds(paths[counts[0]])  # what is loaded late is there
        for _ in range(rounds):
            for count, path in paths.items():
                least[count] = min(least[count], seconds(path))
    return [*least.items()]


def seconds(path: Path) -> float:
    """Return the processor's seconds that a capture takes."""
    run = Run(shipped_rules())
    begun = time.process_time()
    run.read(path)
    return time.process_time() - begun


def main() -> None:
    """Read the arguments, measure, print the figures, draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[one.what for one in GROWN], help="one of the four")
    parser.add_argument("--scale", type=float, default=1, help="of the numbers, %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, %(default)s")
    parser.add_argument("--folder", type=Path, default=HERE, help="for the pictures, tests/bench")
    options = parser.parse_args()
    shipped_rules()
    print(f"{'':12} {'R squared':>9} {'us each':>9}   seconds for 1/6, 2/6, ...; {load()}")
    for growth in GROWN:
        if options.only in {None, growth.what}:
            with seldom_sought():
                found = points(growth, options.scale, options.rounds)
            line = fit(found)
            told = " ".join(f"{y:.3f}" for _, y in found)
            print(f"{growth.what:12} {line.share:9.4f} {line.slope * 1e6:9.3f}   {told}")
            note = f"{growth.said}; {line.slope * 1e6:.3g} us each, R squared {line.share:.4f}"
            picture = lines(
                f"Cost by {growth.what}",
                growth.what,
                "seconds of CPU time, pure Python",
                found,
                note,
            )
            (options.folder / f"growth-{growth.what}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Compares `smtpids run -r FILE` with tshark, and with other builds of smtpids, on one capture.

The commands take turns, so that whatever else the machine does falls on all of them alike; the
table has the median of each. All shipped rules that are on by default are on.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from os import SEEK_CUR
from pathlib import Path
from statistics import median
from struct import Struct

from tests.bench.commands import SMTPIDS, Cost, load, run


def main() -> int:
    """Read the arguments, run all commands, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a pcap file, as generate.py makes it")
    parser.add_argument("-n", "--times", type=int, default=3, help="runs of each, 3")
    parser.add_argument("--smtpids", default=SMTPIDS, help="what is measured, %(default)s")
    parser.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="COMMAND",
        help="another smtpids, such as 'old/bin/smtpids'; {} in it stands for the file, without "
        "it 'run -q -r FILE' is added",
    )
    parser.add_argument("--no-tshark", action="store_true", help="leave tshark out")
    options = parser.parse_args()
    commands = {"smtpids": _smtpids(options.smtpids, options.file)}
    if not options.no_tshark and shutil.which("tshark"):
        commands["tshark"] = ["tshark", "-r", str(options.file), "-Y", "smtp"]
    for other in options.against:
        commands[other] = _smtpids(other, options.file)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(options.times):
        for name, command in commands.items():
            costs[name].append(run(command))
    _print_table(options.file, costs)
    return 0


def _smtpids(program: str, file: Path) -> list[str]:
    if "{}" in program:
        return [word.replace("{}", str(file)) for word in shlex.split(program)]
    return [*shlex.split(program), "run", "-q", "-r", str(file)]


def _print_table(file: Path, costs: dict[str, list[Cost]]) -> None:
    packets = packets_of(file)
    size = file.stat().st_size / 1e6
    print(f"{file.name}: {packets:,} packets, {size:,.0f} MB; {load()}")
    print(
        f"{'':24} {'runs':>4} {'wall s':>8} {'cpu s':>8} {'least':>8} {'us/packet':>9}"
        f" {'peak MiB':>8} {'ratio':>6}  exit"
    )
    reference = median(cost.cpu for cost in next(iter(costs.values())))
    for name, runs in costs.items():
        cpu = median(cost.cpu for cost in runs)
        print(
            f"{name[-24:]:24} {len(runs):4} {median(cost.wall for cost in runs):8.2f} {cpu:8.2f}"
            f" {min(cost.cpu for cost in runs):8.2f} {cpu / packets * 1e6:9.2f}"
            f" {max(cost.peak for cost in runs):8.0f} {cpu / reference:6.2f}"
            f"  {', '.join(sorted({str(cost.code) for cost in runs}))}"
        )


def packets_of(file: Path) -> int:
    """Count the records of a little-endian pcap file; 1 if it is something else.

    Never the whole of it is held: what this process holds, the kernel counts as held by those that
    it starts.
    """
    record = Struct("<IIII")
    count = 0
    with file.open("rb") as capture:
        if capture.read(24)[:4] not in {b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"}:
            return 1
        while len(head := capture.read(record.size)) == record.size:
            count += 1
            capture.seek(record.unpack(head)[2], SEEK_CUR)
    return count


if __name__ == "__main__":
    sys.exit(main())

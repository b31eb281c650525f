"""Compares smtpids, pure and compiled, with one worker and with two, with its rivals: one command.

The captures are made in a folder and kept. All programs read the same file in turn, several
times, so that what else the machine does falls on all alike; medians are told, as a table, as JSON
and as a picture.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.bench.commands import Cost, load, run
from tests.bench.plot import bars
from tests.bench.programs import compiled, pure, rivals
from tests.bench.throughput import packets_of
from tests.bench.traffic import SESSIONS, WORKLOADS, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.programs import Program

NAMES = [workload.name for workload in WORKLOADS]


def main() -> int:
    """Read the arguments, make what lacks, run all, print and write what they took."""
    options = _parser().parse_args()
    folder: Path = options.folder
    programs = [pure()]
    if not options.no_compiled:
        programs.append(compiled(folder, options.compiled))
    told: list[dict[str, Any]] = []
    print(f"{load()}; {platform.processor() or platform.machine()}; engines: ", end="")
    print(", ".join(f"{program.name} is {program.engine()}" for program in programs), flush=True)
    for workload in WORKLOADS:
        if options.only and workload.name not in options.only:
            continue
        file, arguments = prepare(workload, folder, options.sessions)
        commands = commands_of(programs, file, arguments)
        if not options.no_rivals:
            for name, command in rivals(workload.rivals, file, folder / "out").items():
                commands[name] = command, os.environ
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, (command, env) in commands.items():
                costs[name].append(run(command, env))
        rows = rows_of(workload.name, costs, packets_of(file), file.stat().st_size)
        told += rows
        print("\n".join(table(f"{workload.name}: {workload.said}", rows)), flush=True)
    if options.json:
        facts = {"machine": load(), "rounds": options.rounds, "rows": told}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    if options.plot:
        options.plot.write_text(picture(told), encoding="utf-8")
    return int(any(row["exit"] != [0] for row in told))


def commands_of(
    programs: Sequence[Program], file: Path, arguments: Sequence[str]
) -> dict[str, tuple[list[str], Mapping[str, str]]]:
    """Return the commands of smtpids by name, with their environments."""
    return {
        f"{program.name} -j {workers}": (program.command(file, arguments, workers), program.env)
        for program in programs
        for workers in ((1, 2) if program.has_workers() else (1,))
    }


def rows_of(
    workload: str, costs: Mapping[str, Sequence[Cost]], packets: int, octets: int
) -> list[dict[str, Any]]:
    """Return what each command took; ratios are those of CPU time to the first command."""
    reference = median(cost.cpu for cost in next(iter(costs.values())))
    return [
        {
            "workload": workload,
            "program": name,
            "packets": packets,
            "octets": octets,
            "cpu_s": median(cost.cpu for cost in runs),
            "cpu_least_s": min(cost.cpu for cost in runs),
            "wall_s": median(cost.wall for cost in runs),
            "packets_per_s": packets / median(cost.wall for cost in runs),
            "mb_per_cpu_s": octets / 1e6 / median(cost.cpu for cost in runs),
            "peak_mib": max(cost.peak for cost in runs),
            "ratio": median(cost.cpu for cost in runs) / reference,
            "exit": sorted({cost.code for cost in runs}),
        }
        for name, runs in costs.items()
    ]


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of a table."""
    first = rows[0]
    head = (
        f"{'':14} {'cpu s':>8} {'least':>8} {'wall s':>8} {'packets/s':>10} {'MB/cpu s':>8}"
        f" {'peak MiB':>8} {'ratio':>6}  exit"
    )
    size = f"{first['packets']:,} packets, {first['octets'] / 1e6:,.0f} MB"
    return ["", f"{title}: {size}", head] + [
        f"{row['program']:14} {row['cpu_s']:8.2f} {row['cpu_least_s']:8.2f} {row['wall_s']:8.2f}"
        f" {row['packets_per_s']:10,.0f} {row['mb_per_cpu_s']:8.0f} {row['peak_mib']:8.0f}"
        f" {row['ratio']:6.2f}  {', '.join(map(str, row['exit']))}"
        for row in rows
    ]


def picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the CPU time of all as bars."""
    groups: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        groups.setdefault(row["workload"], []).append((row["program"], row["cpu_s"]))
    return bars("What smtpids and others take", "seconds of CPU time", [*groups.items()])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__.split("\n")[0]
    )
    usual = Path(tempfile.gettempdir()) / "smtpids-bench"
    parser.add_argument(
        "--folder", type=Path, default=usual, help="for captures and the wheel, %(default)s"
    )
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--sessions", type=int, default=SESSIONS, help="of 10 kB mail, others in proportion; "
        "%(default)s"
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, %(default)s")
    parser.add_argument(
        "--compiled", default="", metavar="PATH", help="a compiled smtpids, in place of a new wheel"
    )
    parser.add_argument("--no-compiled", action="store_true", help="measure the pure one alone")
    parser.add_argument("--no-rivals", action="store_true", help="leave tshark and others out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON, too")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw them, as SVG")
    return parser


if __name__ == "__main__":
    sys.exit(main())

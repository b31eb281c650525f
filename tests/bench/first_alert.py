"""Measures how long somebody waits: for the first alert of a small capture, and for an answer.

The time runs from the start of the command to the first line on its stdout, and to its end.
`--imports` shows instead where the time of the imports of a command goes.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.commands import SMTPIDS, environment, load, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.commands import Cost

ROOT = Path(__file__).parents[2]
CAPTURE = str(ROOT / "pcaps/auth-plain-587.pcap")
#: What is measured, by its name. The rules that are named are the shipped ones, read from files.
COMMANDS = {
    "version": ("--version",),
    "help": ("--help",),
    "inspect": ("inspect", "-r", CAPTURE),
    "run": ("run", "-r", CAPTURE),
    "files": ("run", "--rules", str(ROOT / "rules"), "-r", CAPTURE),
}
#: A line of `-X importtime`: own microseconds, those with all it imports, depth, name.
IMPORT = re.compile(r"import time: +(\d+) \| +(\d+) \|( +)(\S+)")


def main() -> int:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(COMMANDS)}; all of them")
    parser.add_argument("-n", "--times", type=int, default=9, help="runs, 9")
    parser.add_argument("--smtpids", default=SMTPIDS, help="what is measured, %(default)s")
    parser.add_argument("--against", action="append", default=[], help="another one, in turn")
    parser.add_argument(
        "--no-bytecode",
        action="store_true",
        help="as where nothing may be written beside the modules: each run compiles what has no "
        "bytecode yet",
    )
    parser.add_argument("--imports", action="store_true", help="show what the imports cost")
    parser.add_argument("--least", type=float, default=2.0, help="milliseconds worth a line, 2")
    options = parser.parse_args()
    names = options.names or list(COMMANDS)
    if unknown := set(names) - set(COMMANDS):
        parser.error(f"no such command: {', '.join(sorted(unknown))}")
    if options.imports:
        for name in options.names or ["run"]:
            _print_imports(COMMANDS[name], options.times, options.least)
        return 0
    env = environment(bytecode=not options.no_bytecode)
    programs = [options.smtpids, *options.against]
    costs: dict[tuple[str, str], list[Cost]] = {}
    for turn in range(options.times + 1):
        for name in names:
            for program in programs:
                cost = run([*shlex.split(program), *COMMANDS[name]], env)
                if turn:  # the first one reads the disk
                    costs.setdefault((name, program), []).append(cost)
    print(f"medians of {options.times}; {load()}")
    print(f"{'':10} {'first ms':>9} {'wall ms':>9} {'cpu ms':>9} {'least':>9} {'peak MiB':>9}")
    for (name, program), found in costs.items():
        middle = (
            median(cost.first for cost in found) * 1000,
            median(cost.wall for cost in found) * 1000,
            median(cost.cpu for cost in found) * 1000,
            min(cost.cpu for cost in found) * 1000,
            median(cost.peak for cost in found),
        )
        print(f"{name:10}", *(f"{value:9.0f}" for value in middle), f" {program}")
    return 0


def _print_imports(arguments: Sequence[str], times: int, least: float) -> None:
    """Print the tree of imports with the least that each took in several runs."""
    command = [sys.executable, "-X", "importtime", "-m", "smtpids", *arguments]
    own: dict[str, int] = {}
    whole: dict[str, int] = {}
    depth: dict[str, int] = {}
    for _ in range(times):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment()
        )
        for mine, total, indent, name in IMPORT.findall(done.stderr):
            depth.setdefault(name, len(indent) // 2)
            own[name] = min(own.get(name, 1 << 60), int(mine))
            whole[name] = min(whole.get(name, 1 << 60), int(total))
    print(f"{len(own)} modules, {sum(own.values()) / 1000:.0f} ms; {load()}")
    print(f"{'whole ms':>9} {'own ms':>9}  a module stands above those that it imports")
    for name in reversed(depth):
        if whole[name] >= least * 1000:
            indent = "  " * depth[name]
            print(f"{whole[name] / 1000:9.1f} {own[name] / 1000:9.1f}  {indent}{name}")


if __name__ == "__main__":
    sys.exit(main())

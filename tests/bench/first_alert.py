"""Measures how long somebody waits for the first alert of a small capture.

The time runs from the start of the command to the first line on its stdout, and to its end.
`--imports` shows instead where the time of the imports goes.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.bench.commands import SMTPIDS, environment, load, run

ROOT = Path(__file__).parents[2]
ARGUMENTS = ("run", "--rules", str(ROOT / "rules"), "-r", str(ROOT / "pcaps/auth-plain-587.pcap"))
#: A line of `-X importtime`: own microseconds, those with all it imports, depth, name.
IMPORT = re.compile(r"import time: +(\d+) \| +(\d+) \|( +)(\S+)")


def main() -> int:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", "--times", type=int, default=9, help="runs, 9")
    parser.add_argument("--smtpids", default=SMTPIDS, help="what is measured, %(default)s")
    parser.add_argument(
        "--no-bytecode",
        action="store_true",
        help="as where nothing may be written beside the modules: each run compiles what has no "
        "bytecode yet",
    )
    parser.add_argument("--imports", action="store_true", help="show what the imports cost")
    parser.add_argument("--least", type=float, default=2.0, help="milliseconds worth a line, 2")
    options = parser.parse_args()
    if options.imports:
        _print_imports(options.times, options.least)
        return 0
    env = environment(bytecode=not options.no_bytecode)
    command = [options.smtpids, *ARGUMENTS]
    run(command, env)  # the first one reads the disk
    costs = [run(command, env) for _ in range(options.times)]
    print(f"{' '.join(command[:2])} ... {Path(ARGUMENTS[-1]).name}; {load()}")
    print(f"{'seconds':16} {'median':>8} {'least':>8} {'most':>8}")
    for name, values in (
        ("to first alert", [cost.first for cost in costs]),
        ("to the end", [cost.wall for cost in costs]),
        ("cpu", [cost.cpu for cost in costs]),
    ):
        print(f"{name:16} {median(values):8.3f} {min(values):8.3f} {max(values):8.3f}")
    print(f"{'peak MiB':16} {median(cost.peak for cost in costs):8.1f}")
    return 0


def _print_imports(times: int, least: float) -> None:
    """Print the tree of imports with the least that each took in several runs."""
    command = [sys.executable, "-X", "importtime", "-m", "smtpids", "run", "-r", ARGUMENTS[-1]]
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

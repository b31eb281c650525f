"""Fuzzes by hand: `python -m tests.fuzz --minutes 30 [--target NAME] [--seed N]`.

With files as arguments it runs these inputs and nothing else: `--target NAME FILE...`.
"""

from __future__ import annotations

import argparse
import random  # noqa: TID251 -- the seed of a run, which is printed
import sys
import time
from pathlib import Path

from tests.fuzz.loop import Run, measured
from tests.fuzz.targets import TARGETS

#: Seconds that a target runs before the next one has its turn.
TURN = 20.0


def main(arguments: list[str]) -> int:
    """Run as asked and return 1 if anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for all targets together")
    parser.add_argument("--target", choices=sorted(TARGETS), action="append", help="only this one")
    parser.add_argument("--seed", type=int, help="repeats a run")
    parser.add_argument("files", nargs="*", type=Path, help="inputs to run once")
    asked = parser.parse_args(arguments)
    names = asked.target or list(TARGETS)
    if asked.files:
        return _again(names[0], asked.files)
    seed = random.SystemRandom().randrange(1 << 32) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    runs = [Run(TARGETS[name], seed) for name in names]
    end = time.monotonic() + 60 * asked.minutes
    told = dict.fromkeys(names, 0)
    for run in runs:
        run.begin()
    while time.monotonic() < end:
        for run in runs:
            run.go_on(min(time.monotonic() + min(TURN, 60 * asked.minutes / len(runs)), end))
            for finding in run.findings[told[run.target.name] :]:
                print(finding, flush=True)
            told[run.target.name] = len(run.findings)
    for run in runs:
        print(report(run), flush=True)
    return int(any(run.findings for run in runs))


def _again(name: str, files: list[Path]) -> int:
    for path in files:
        octets = path.read_bytes()
        seconds, seen = measured(TARGETS[name], octets)
        print(f"{path.name}: {len(octets)} octets, {seconds:.3f} s, {len(seen)} words")
    return 0


def report(run: Run) -> str:
    """Return what a run did, and the inputs that were the slowest for their size."""
    rate = run.inputs / run.seconds if run.seconds else 0.0
    lines = [
        (
            f"{run.target.name}: {run.inputs} inputs, {rate:.0f} a second, {run.octets >> 10} KiB, "
            f"{len(run.kept)} kept, {len(run.seen)} words, slowest {run.slowest:.2f} s, "
            f"{len(run.findings)} findings"
        )
    ]
    lines += [
        f"    {1000 * per_kib:.2f} ms a KiB, {seconds:.2f} s for {size} octets: {octets[:60]!r}"
        for per_kib, seconds, size, octets in run.worst[:3]
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

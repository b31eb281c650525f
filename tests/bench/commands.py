"""Runs a command and says what it cost, as the kernel counted it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The console script of the environment that runs the benchmark.
SMTPIDS = str(Path(sys.executable).with_name("smtpids"))


class Cost(NamedTuple):
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    peak: float
    """The largest resident set, in MiB."""
    first: float
    """Seconds to the first line on stdout; that of the end if there was none."""
    code: int
    """The exit code."""


def environment(*, bytecode: bool = True) -> Mapping[str, str]:
    """Return the environment for a run: an installed program has its bytecode on disk."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept if bytecode else {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end; what it writes is read and thrown away."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env or environment()
    )
    assert process.stdout is not None
    first_line = process.stdout.readline()
    first = time.perf_counter() - begun
    while process.stdout.read(1 << 20):
        pass
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    return Cost(
        wall,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        first if first_line else wall,
        process.returncode,
    )


def load() -> str:
    """Say how busy the machine is: with others at work, wall time says little."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"

"""The programs that `python -m tests.bench` compares: smtpids, pure and compiled, and rivals."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.commands import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
#: `-j` among the options that `run --help` lists.
HAS_WORKERS = re.compile(r"^\s+-j\b", re.MULTILINE)
#: What tshark knows of a mail that we tell, too.
FIELDS = (
    "frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "smtp.req.command",
    "smtp.req.parameter", "smtp.response.code", "smtp.rsp.parameter", "imf.from", "imf.to",
    "imf.subject", "imf.date", "imf.message_id",
)  # fmt: skip
#: A word for a program and what it is started with; `{}` stands for the capture, `{out}` for a
#: folder that may be written to.
RIVALS = {
    "tshark": ("tshark", "-r", "{}", "-Y", "smtp"),
    # it tells of each command and reply what our events have, and of the mail a few header fields
    "tshark-fields": (
        "tshark",
        "-r",
        "{}",
        "-Y",
        "smtp || imf",
        "-T",
        "fields",
        *(word for name in FIELDS for word in ("-e", name)),
    ),
    "suricata": ("suricata", "-r", "{}", "-l", "{out}", "-k", "none", "--runmode", "single"),
    "tcpdump": ("tcpdump", "-r", "{}", "-w", "/dev/null", "tcp port 25"),
}


class Program(NamedTuple):
    """A smtpids to measure."""

    name: str
    words: tuple[str, ...]
    env: Mapping[str, str]

    def command(self, file: Path, arguments: Sequence[str], workers: int) -> list[str]:
        """Return what reads a capture with so many workers."""
        some = ["-j", str(workers)] if workers > 1 else []
        return [*self.words, "run", "-q", *some, *arguments, "-r", str(file)]

    def asked(self, *arguments: str) -> str:
        """Return what the program prints."""
        return subprocess.run(
            [*self.words, *arguments], env=self.env, capture_output=True, text=True, check=True
        ).stdout

    def has_workers(self) -> bool:
        """Tell whether it knows `-j`."""
        return HAS_WORKERS.search(self.asked("run", "--help")) is not None

    def engine(self) -> str:
        """Return what it says of itself: `pure` or `compiled`."""
        told: str = json.loads(self.asked("version", "--json"))["engine"]
        return told


def pure() -> Program:
    """Return the smtpids of this tree in this interpreter, as it stands."""
    path = os.pathsep.join((str(ROOT / "engine"), str(ROOT)))
    return Program("pure", (sys.executable, "-m", "smtpids"), {**environment(), "PYTHONPATH": path})


def compiled(folder: Path, given: str) -> Program:
    """Return a compiled smtpids: that at the path `given`, or a wheel of this tree.

    The wheel is built once for the same sources, with the build tools of this environment if they
    are there, and unpacked into `folder`; its dependencies are those of this environment.
    """
    if given:
        return Program("compiled", (given,), environment())
    place = folder / f"compiled-{digest_of(ROOT / 'engine')}"
    if not place.is_dir():
        wheels = folder / "wheels"
        shutil.rmtree(wheels, ignore_errors=True)
        alone = all(map(importlib.util.find_spec, ("hatchling", "mypy", "setuptools")))
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels)]
        subprocess.run(
            [*command, *(["--no-build-isolation"] if alone else []), str(ROOT)],
            env={**environment(), "SMTPIDS_PURE": "0", "SMTPIDS_PGO": "1"},
            check=True,
        )
        (wheel,) = wheels.glob("smtpids-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place)
    env = {**environment(), "PYTHONPATH": str(place)}
    return Program("compiled", (sys.executable, "-m", "smtpids"), env)


def digest_of(folder: Path) -> str:
    """Return a name for all sources below a folder, as they stand."""
    state = hashlib.sha256(sys.version.encode())
    for path in sorted(folder.rglob("*.py")):
        state.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return state.hexdigest()[:12]


def rivals(wanted: frozenset[str], file: Path, out: Path) -> dict[str, list[str]]:
    """Return the commands of the rivals that are there."""
    out.mkdir(parents=True, exist_ok=True)
    return {
        name: [word.replace("{}", str(file)).replace("{out}", str(out)) for word in words]
        for name, words in RIVALS.items()
        if name in wanted and shutil.which(words[0])
    }

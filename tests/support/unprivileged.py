"""What tests need that let a program run as somebody else: a Python and a folder open to all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import smtpids

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The one of the tests may lie where root alone can read, such as in a home folder.
PYTHONS = (sys.executable, "/usr/bin/python3")
NOBODY = 65534
#: What the other Python must find: smtpids and what it depends on.
PATH = os.pathsep.join(
    (str(Path(smtpids.__file__).parents[1]), str(Path(click.__file__).parents[1]))
)


@cache
def python() -> str:
    """Return a Python that everybody may run, with smtpids in it; skip the test without one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for program in PYTHONS:
        try:
            done = subprocess.run(
                [program, "-c", "import smtpids.cli, yaml, cypcap, orjson, cryptography"],
                env=environment(),
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
                timeout=60,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return program
    pytest.skip("there is no Python with smtpids that everybody may read")


def environment() -> dict[str, str]:
    """Return the environment for `python()`."""
    return {**os.environ, "PYTHONPATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody can reach; those that pytest makes are for its user alone."""
    folder = Path(tempfile.mkdtemp(prefix="smtpids-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

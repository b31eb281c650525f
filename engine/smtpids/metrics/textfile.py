"""The numbers in a file, for node_exporter's textfile collector: what a run leaves at its end.

node_exporter runs as another user and reads whenever it likes, every file that ends with `.prom`.
So the file is replaced at once, may be read by all, and what is being written has another ending.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smtpids.config import MIB, SECOND
from smtpids.errors import OutputError, UsageError
from smtpids.metrics.collector import registry
from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.metrics.collector import Collector

#: A file of ours has some 200 KiB.
MOST_OCTETS: Final = 4 * MIB
MODE: Final = 0o644
_SUCCESS: Final = Pattern(rb"\nsmtpids_run_last_success_timestamp_seconds ([0-9.e+]+)\n")


def check_textfile(path: str) -> None:
    """UsageError if the file could not be written at the end of the run."""
    target = Path(path).resolve()
    folder = target.parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {path}: there is no folder {folder}; create it")
    if not os.access(folder, os.W_OK, effective_ids=True):
        raise UsageError(f"cannot write {path}: no right to write in {folder}; name another folder")
    if target.exists() and not target.is_file():
        raise UsageError(f"cannot write {path}: it is no file; name one that ends with .prom")


def write_textfile(path: str, collector: Collector) -> None:
    """Replace the file by our metrics.

    The process's own metrics are left out: node_exporter has metrics of the same names. Raises
    OutputError, and then the file is as it was.
    """
    import tempfile

    from prometheus_client import generate_latest

    target = Path(path).resolve()
    text = generate_latest(registry(collector, of_process=False))
    writing = ""
    try:
        descriptor, writing = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
            os.fchmod(descriptor, MODE)  # whatever the umask is
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(writing).replace(target)
    except OSError as error:
        if writing:
            with contextlib.suppress(OSError):
                Path(writing).unlink()
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error


def last_success_ns(path: str) -> int:
    """Return when a run that wrote the file last had no fault; 0 if that is not known."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a pipe would keep us waiting
            return 0
        with Path(path).open("rb") as file:
            found = _SUCCESS.search(file.read(MOST_OCTETS))
        return int(float(found[1]) * SECOND) if found else 0
    except (OSError, ValueError, OverflowError):
        return 0

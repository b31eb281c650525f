"""From the arguments of `-r` to sources, in the order in which they are to be read.

An argument is a file, a folder, a pattern that the shell left alone, or `-`. Everything that is
missing is told at once, before the first packet is read. What is to be followed is one argument.
"""

from __future__ import annotations

import glob
import stat
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from smtpids.capture.folder import captures_in
from smtpids.capture.follow import Follower
from smtpids.capture.octetstream import STDIN
from smtpids.capture.pcapfile import FileSource
from smtpids.errors import CaptureError, UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

#: What makes a pattern of a name.
PATTERN = frozenset("*?[")


def file_sources(paths: Sequence[str]) -> list[FileSource]:
    """Return a source for each capture that `paths` name.

    Raises UsageError for all that name nothing, CaptureError for a folder without captures.
    """
    sources: list[FileSource] = []
    missing: list[str] = []
    for path in paths:
        if path == STDIN:
            sources.append(_standard_input(sources))
        elif (about := _look_at(path)) is not None:
            sources += _named(Path(path), about)
        elif matches := _expanded(path):
            sources += [
                source for match in matches for source in _named(Path(match), _look_at(match))
            ]
        else:
            missing.append(_missing(path))
    if missing:
        raise UsageError("\n".join(missing))
    return sources


def followed(paths: Sequence[str], now_ns: Callable[[], int]) -> Follower:
    """Return the sources of a folder, a pattern or a file that others are writing.

    `now_ns` is the clock in nanoseconds since 1970. Raises UsageError if it is not exactly one, or
    not there; a folder may be empty and a pattern match nothing yet.
    """
    if len(paths) != 1:
        raise UsageError("--follow needs one -r: a folder, a pattern or a file that is written to")
    name = paths[0]
    if name == STDIN:
        raise UsageError("-: standard input is followed anyway; leave --follow out")
    path, about = Path(name), _look_at(name)
    if about is None:
        if not PATTERN & set(path.name) or not path.parent.is_dir():
            raise UsageError(_missing(name))
        return Follower(path.parent, path.name, now_ns=now_ns)
    if stat.S_ISDIR(about.st_mode):
        return Follower(path, now_ns=now_ns)
    if not stat.S_ISREG(about.st_mode):
        raise UsageError(f"{name}: is no file; a pipe is followed anyway: leave --follow out")
    return Follower(path.parent, glob.escape(path.name), now_ns=now_ns)


def _look_at(path: str) -> os.stat_result | None:
    try:
        return Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CaptureError(path, f"cannot look at it: {error.strerror}") from error


def _named(path: Path, about: os.stat_result | None) -> list[FileSource]:
    """Return the sources of an existing path; each knows its size, for a bar over all files."""
    if about is None:
        return []
    if not stat.S_ISDIR(about.st_mode):
        return [FileSource(str(path), size=about.st_size if stat.S_ISREG(about.st_mode) else None)]
    return [FileSource(str(found), size=found.stat().st_size) for found in captures_in(path)]


def _expanded(path: str) -> list[str]:
    if not PATTERN & set(path):
        return []
    return sorted(glob.glob(path))  # noqa: PTH207 - Path.glob takes no absolute pattern


def _standard_input(before: Sequence[FileSource]) -> FileSource:
    if any(source.name == STDIN for source in before):
        raise UsageError("-: standard input can be read only once")
    if sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("-: standard input is a terminal; pipe a capture into it")
    return FileSource(STDIN)


def _missing(path: str) -> str:
    if PATTERN & set(path):
        return f"{path}: the pattern matches no file"
    parent = Path(path).parent
    if not parent.is_dir():
        return f"{path}: there is no folder {parent}"
    names = [entry.name for entry in parent.iterdir()]
    near = get_close_matches(Path(path).name, names, n=1)
    advice = f"; did you mean {parent / near[0]}?" if near else ""
    return f"{path}: no such file{advice}"

"""Which files hold rules, in the files and folders that are named.

A folder is read with its subfolders: `*.yml` and `*.yaml`, but not `*.test.yml`, and nothing that
begins with a dot.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from smtpids.errors import Location
from smtpids.rules import shipped_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from smtpids.faults import Faults

#: Endings of rule files, and of the tests beside them.
SUFFIXES: Final = (".yml", ".yaml")
TESTS: Final = (".test.yml", ".test.yaml")


class RuleFile(NamedTuple):
    """A file that may hold rules."""

    path: Path
    category: str
    """The folder it is in, below the one that was named."""


def find_files(roots: Sequence[Path], faults: Faults) -> Iterator[RuleFile]:
    """Yield each file that is named or lies in a folder that is named, once, in order of path."""
    seen: set[str] = set()
    for root in roots:
        try:
            is_folder, is_there = root.is_dir(), root.exists()
        except OSError as error:  # a folder above it that may not be entered
            faults.error(Location(str(root)), reason(error))
            continue
        if is_folder:
            before = len(faults.errors)
            found = sorted(map(Path, in_folder(root, _told_to(faults, root))))
            if not found and len(faults.errors) == before:
                faults.error(Location(str(root)), "the folder holds no rules (*.yml, *.yaml)")
        elif is_there:
            found = [root]
        else:
            faults.error(Location(str(root)), "there is no such file or folder")
            continue
        for path in found:
            real = os.path.realpath(path)
            if real not in seen:
                seen.add(real)
                yield RuleFile(path, _category(path, root))


def _told_to(faults: Faults, root: Path) -> Callable[[OSError], None]:
    def unreadable(error: OSError) -> None:
        faults.error(Location(str(error.filename or root)), reason(error))

    return unreadable


def _category(path: Path, root: Path) -> str:
    """Return the name of the file's folder; a folder that was named itself counts if we ship it."""
    folder = path.parent
    if folder != root and root.is_dir():
        return folder.name
    return folder.name if (shipped_rules.folder() / folder.name).is_dir() else ""


def in_folder(root: Path, unreadable: Callable[[OSError], None]) -> Iterator[str]:
    """Yield the files of a folder and those below it; what cannot be read goes to `unreadable`."""
    for folder, inner, files in os.walk(root, onerror=unreadable):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in files:
            is_rule = name.endswith(SUFFIXES) and not name.endswith(TESTS)
            if is_rule and not name.startswith("."):
                path = os.path.join(folder, name)  # noqa: PTH118 - Paths would take a run 5 ms
                if _may_be_read(path):
                    yield path


def _may_be_read(path: str) -> bool:
    """Tell whether something in a folder is a file or a link; if nobody says, reading it will."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def reason(error: OSError) -> str:
    """Say why a file or folder cannot be read."""
    advice = "; let the user that smtpids runs as read it"
    said = f"cannot be read: {error.strerror or error}"
    return said + advice if isinstance(error, PermissionError) else said

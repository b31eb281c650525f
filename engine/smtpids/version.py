"""The one place that says which version this is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__version__ = "0.1.0"


@cache
def revision() -> str:
    """Return the commit that an installed smtpids was built from; empty if that is not known.

    `build_hook.py` writes the file into a wheel. An editable installation has none: its sources
    move on.
    """
    from pathlib import Path  # not needed to say the version

    return read_revision(Path(__file__).parent)


def read_revision(package: Path) -> str:
    """Return the revision that lies in the folder of a package; empty if there is none."""
    try:
        return (package / "revision.txt").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""

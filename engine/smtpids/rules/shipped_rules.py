"""Where the rules are that come with smtpids."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Return the folder of the shipped rules."""
    # it brings tempfile and shutil along: 20 ms that a run with other rules need not pay
    from importlib.resources import files

    return Path(str(files("smtpids") / "_rules"))

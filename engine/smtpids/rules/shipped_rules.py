"""Where the rules are that come with smtpids."""

from __future__ import annotations

from pathlib import Path

import smtpids


def folder() -> Path:
    """Return the folder of the shipped rules."""
    # importlib.resources would bring tempfile and shutil along: 20 ms of each start
    return Path(smtpids.__file__).parent / "_rules"

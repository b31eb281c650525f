"""Where a process enters the command line, before anything of it is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.cli.circles import search_no_more, seldom_sought

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, by default the process's own, and return its exit code."""
    with seldom_sought():  # what is imported and read first stays
        from smtpids.cli import program

        code = program.main(arguments)
    if arguments is None:
        search_no_more()
    return code

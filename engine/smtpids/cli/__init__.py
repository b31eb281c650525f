"""The command line: arguments in, calls, exit codes out. `main` is its door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.cli.circles import search_no_more, seldom_sought

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line, by default the process's own, and return its exit code."""
    with seldom_sought():  # what is imported and read first stays, too
        from smtpids.cli import program

        code = program.main(arguments)
    if arguments is None:
        search_no_more()
    return code

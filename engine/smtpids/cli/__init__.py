"""The command line: arguments in, calls, exit codes out. `main` is its door."""

from smtpids.cli.entry import main

__all__ = ["main"]

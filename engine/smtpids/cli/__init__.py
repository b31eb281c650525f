"""The command line: arguments in, calls, exit codes out. `main` is its door."""

from smtpids.cli.program import main

__all__ = ["main"]

"""What the operator can do wrong, as a tree.

    SmtpIdsError
        UsageError      an argument names nothing that exists (exit code 2)
        ConfigError     one fault in the configuration, with its place (3)
        ConfigSetError  all ConfigErrors of a configuration (3)
        RuleError       one fault in a rule file, with its place (3)
        RuleSetError    all RuleErrors of a rule set (3)
        CaptureError    an input that cannot be read, or not wholly (4)
        OutputError     an output that cannot be opened (2) or that lost events (5)
        StateError      a state file that cannot be used (2) or not be written (5)

What the traffic does is never an error: it is an anomaly, a value. What is left,
any other exception, is a bug of ours and is caught in `pipeline.py` alone.

A message begins with the thing, in lower case, without a full stop, and says what to
do where that is known. It never holds a secret, nor more than 64 octets of traffic.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class ExitCode(IntEnum):
    """The exit codes of the command line."""

    DONE = 0
    ALERTED = 1  # only with --fail-on
    USAGE = 2
    RULES = 3
    INPUT = 4
    OUTPUT = 5
    INTERRUPTED = 130


class SmtpIdsError(Exception):
    """A mistake of the operator; `exit_code` is what the command line ends with."""

    exit_code: ExitCode = ExitCode.USAGE


class UsageError(SmtpIdsError):
    """An argument is wrong or names nothing that exists."""


class Location(NamedTuple):
    """A place in a text file; `line` and `column` count from 1, 0 is unknown."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`path:line:column`, without the parts that are unknown."""
        parts = [self.path]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class ConfigError(SmtpIdsError):
    """One fault in the configuration: `site.yml:5:3: error: what is wrong, what to write`."""

    exit_code = ExitCode.RULES

    def __init__(
        self, message: str, location: Location | None = None, *, secret: bool = False
    ) -> None:
        super().__init__(message if location is None else f"{location}: error: {message}")
        self.message = message
        self.location = location
        self.secret = secret
        """The line may hold a secret: it is not shown."""


class ConfigSetError(SmtpIdsError):
    """All faults of a configuration; nothing of it is used."""

    exit_code = ExitCode.RULES

    def __init__(self, errors: list[ConfigError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


class RuleError(SmtpIdsError):
    """One fault in a rule file: `rules/x.yml:5:3: error: what is wrong, what to write`."""

    exit_code = ExitCode.RULES

    def __init__(
        self, location: Location, message: str, *, severity: str = "error", secret: bool = False
    ) -> None:
        super().__init__(f"{location}: {severity}: {message}")
        self.location = location
        self.message = message
        self.severity = severity
        self.secret = secret
        """As of a ConfigError, which may be told beside those of rules."""


class RuleSetError(SmtpIdsError):
    """All faults of a rule set; nothing of it is used."""

    exit_code = ExitCode.RULES

    def __init__(self, errors: list[RuleError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


class CaptureError(SmtpIdsError):
    """An input that cannot be read, or not to its end."""

    exit_code = ExitCode.INPUT

    def __init__(self, source: str, message: str, *, offset: int | None = None) -> None:
        where = source if offset is None else f"{source}: offset {offset}"
        super().__init__(f"{where}: {message}")
        self.source = source
        self.offset = offset


class OutputError(SmtpIdsError):
    """An output that cannot be opened, or that lost events."""

    def __init__(self, message: str, *, lost: bool = False) -> None:
        super().__init__(message)
        self.exit_code = ExitCode.OUTPUT if lost else ExitCode.USAGE


class StateError(SmtpIdsError):
    """A state file that cannot be used, or that does not take what was learnt."""

    def __init__(self, message: str, *, lost: bool = False) -> None:
        super().__init__(message)
        self.exit_code = ExitCode.OUTPUT if lost else ExitCode.USAGE

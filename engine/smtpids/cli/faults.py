"""A fault in a rule or the configuration as people read it: place, line and a marker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpids.errors import ConfigError, Location, RuleError

#: Columns of a source line that are shown; a longer one is cut.
WIDTH = 160
_WORD_ENDS = frozenset(" \t,:#[]{}'\"")


def fault_lines(fault: RuleError | ConfigError) -> list[str]:
    """Return `file:line:col: error: …`, and below it the line and a marker where there is one."""
    location = fault.location
    source = None if location is None else _source_line(location)
    if location is None or source is None:
        return [str(fault)]
    gutter = f"{location.line:>5} | "
    lines = [str(fault), gutter + _visible(source)]
    if location.column:
        column = location.column - 1
        if column < min(len(source), WIDTH):
            lines.append(" " * (len(gutter) - 2) + "| " + _marker(source, column))
    return lines


def _source_line(location: Location) -> str | None:
    """Return the line without its end; None where the file or the line cannot be read."""
    if not location.line:
        return None
    try:
        text = Path(location.path).read_bytes().decode(errors="replace")
    except OSError:
        return None
    lines = text.split("\n")
    return lines[location.line - 1].rstrip("\r") if location.line <= len(lines) else None


def _marker(source: str, column: int) -> str:
    """Underline the word that begins at `column`."""
    end = column + 1
    while end < min(len(source), WIDTH) and source[end] not in _WORD_ENDS:
        end += 1
    return " " * column + "^" + "~" * (end - column - 1)


def _visible(source: str) -> str:
    """Cut the line and show each character that a terminal would obey as a blank."""
    return "".join(char if char.isprintable() else " " for char in source[:WIDTH])

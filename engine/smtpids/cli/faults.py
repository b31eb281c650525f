"""A fault in a rule or the configuration as people read it: place, line and a marker."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from smtpids.pattern import Pattern

if TYPE_CHECKING:
    from smtpids.errors import ConfigError, Location, RuleError

#: Columns of a source line that are shown; of a longer one, the part around the spot.
WIDTH = 160
#: Columns before the spot that are shown of a longer line.
BEFORE = 60
_WORD_ENDS = frozenset(" \t,:#[]{}'\"")
#: A key whose value is a secret that should not be here, with all behind it; a user or a query in
#: a URL. What does not belong into a file must not come into a log by the complaint about it.
_SECRET = Pattern(
    r"((?:pass|token|secret|api_?key|credential)\w*(?<!_file)[\"']?\s*[:=]\s*)(\S.*)"
    r"|(://)(\S*@)"
    r"|([\s\[\"'][\w.+-]+:)([^\s/]\S*@)"
    r"|(://[^\s?]*\?)(\S+)",
    re.IGNORECASE,
)
_CUT = "\N{HORIZONTAL ELLIPSIS}"


def fault_lines(fault: RuleError | ConfigError) -> list[str]:
    """Return `file:line:col: error: …`, and below it the line and a marker where there is one."""
    location = fault.location
    source = None if location is None or fault.secret else _source_line(location)
    if location is None or source is None:
        return [str(fault)]
    gutter = f"{location.line:>5} | "
    column = location.column - 1
    source, column = _window(source, column)
    lines = [str(fault), gutter + _visible(source)]
    if 0 <= column < len(source):
        lines.append(" " * (len(gutter) - 2) + "| " + _marker(source, column))
    return lines


def _window(source: str, column: int) -> tuple[str, int]:
    """Return the part of a long line around the spot, and where the spot is in it."""
    if len(source) <= WIDTH:
        return source, column
    begin = max(0, min(column - BEFORE, len(source) - WIDTH))
    shown = source[begin : begin + WIDTH]
    if begin:
        shown = _CUT + shown[1:]
    if begin + WIDTH < len(source):
        shown = shown[:-1] + _CUT
    return shown, column - begin


def _source_line(location: Location) -> str | None:
    """Return the line without its end; None where the file or the line cannot be read."""
    if not location.line:
        return None
    try:
        text = Path(location.path).read_bytes().decode(errors="replace")
    except OSError:
        return None
    lines = text.split("\n")
    return masked(lines[location.line - 1].rstrip("\r")) if location.line <= len(lines) else None


def masked(line: str) -> str:
    """Return a line with a star for each character of what looks like a secret."""

    def stars(found: re.Match[str]) -> str:
        before, secret = (part for part in found.groups() if part is not None)
        return before + "*" * len(secret)

    return _SECRET.sub(stars, line)


def _marker(source: str, column: int) -> str:
    """Underline the word that begins at `column`."""
    end = column + 1
    while end < len(source) and source[end] not in _WORD_ENDS:
        end += 1
    before, under = _columns(source[:column]), _columns(source[column:end])
    return " " * before + "^" + "~" * (under - 1)


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _visible(source: str) -> str:
    """Show each character that a terminal would obey, a tab too, as a blank."""
    return "".join(char if char.isprintable() else " " for char in source)

"""How lines are laid out on a terminal: colour, width, a headline of cells, a dialogue.

`table.py` decides what is said. Here every line is kept within the width, with what is left out
marked, and plain for a stream that is no terminal.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, TextIO

from smtpids.alerts.text import columns, escape, fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smtpids.smtp.events import Line

DIM = "2"
BOLD = "1"
NARROWEST = 40
"""Columns below which nothing is laid out any narrower."""
INDENT = "  "
GUTTER = "  "


class Style(NamedTuple):
    """How to draw: with colour or without, and in how many columns (0: no end)."""

    colour: bool = False
    width: int = 0

    def paint(self, text: str, code: str) -> str:
        """Return `text` in the colour of an SGR code ("": none), if colour is wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text


def style_for(stream: TextIO, environ: Mapping[str, str]) -> Style:
    """Return the style that suits a stream: colour only on a terminal that wants it.

    `NO_COLOR` (set and not empty) and `TERM=dumb` turn colour off; `COLUMNS` sets the width.
    """
    if not stream.isatty():
        return Style()
    colour = not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    said = environ.get("COLUMNS", "")
    try:
        width = int(said) if said.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        width = 80
    return Style(colour, max(width, NARROWEST) if width else 0)


PLAIN = Style()


def headline(cells: list[tuple[str, str]], style: Style) -> list[str]:
    """Join (text, colour) cells; one that does not fit any more opens an indented line."""
    rows: list[list[str]] = [[]]
    taken = -len(GUTTER)
    for text, code in cells:
        if not text.strip():
            continue
        room = style.width and style.width - len(INDENT)
        shown = fit(text, room)
        taken += len(GUTTER) + columns(shown)
        if style.width and taken > style.width and rows[-1]:
            rows.append([])
            taken = len(INDENT) + columns(shown)
        rows[-1].append(style.paint(shown, code))
    lines = [GUTTER.join(row) for row in rows]
    return [lines[0], *(INDENT + line for line in lines[1:])]


def wrapped(text: str, style: Style) -> list[str]:
    """Return the text as indented lines, broken at spaces; none if it is empty."""
    if not text:
        return []
    if not style.width:
        return [INDENT + text]
    room = style.width - len(INDENT)
    from textwrap import wrap  # which compiles five patterns

    broken = wrap(text, room, break_on_hyphens=False)
    return [INDENT + fit(line, room) for line in broken]


def dialogue(lines: Iterable[Line], style: Style) -> list[str]:
    """Lay out dialogue lines: packet, side (C or S), text; a broken bar where some are missing."""
    shown = list(lines)
    wide = max((len(str(line.packet)) for line in shown), default=0)
    result: list[str] = []
    previous = None
    for line in shown:
        if previous is not None and line.number > previous + 1:
            result.append(style.paint(f"{INDENT}┆ {'…':>{wide + 1}}", DIM))
        previous = line.number
        side = "C" if line.side == "client" else "S"
        text = f"{INDENT}│ {f'#{line.packet}':>{wide + 1}}  {side}  {escape(line.text)}"
        result.append(style.paint(fit(text, style.width), DIM))
    return result

"""The text of a record with gaps for its values.

It is cut from what orjson makes of the record with a mark in each gap, so objects, names and what
is always the same stand where the writers of records put them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from smtpids.alerts.encode import is_clean

if TYPE_CHECKING:
    from mypy_extensions import i64


class Template:
    """Pieces of a text, and the numbers of the values in the gaps between them, in order."""

    def __init__(self, pieces: list[str], gaps: list[int]) -> None:
        self._parts = [part for piece in pieces for part in (piece, "")][:-1]
        self._gaps = gaps

    def fill(self, parts: list[str], texts: list[str]) -> None:
        """Add the text to `parts`, with values as they are to stand there."""
        place: i64 = len(parts) + 1
        parts += self._parts
        for number in self._gaps:
            parts[place] = texts[number]
            place += 2

    def ended(self, text: str) -> Template:
        """Return one with more text behind it."""
        return Template([*self._parts[:-1:2], self._parts[-1] + text], self._gaps)

    def settled(self, standing: dict[int, str]) -> Template:
        """Return one in which these values stand."""
        pieces, gaps = [self._parts[0]], []
        for number, piece in zip(self._gaps, self._parts[2::2], strict=True):
            if number in standing:
                pieces[-1] += standing[number] + piece
            else:
                gaps.append(number)
                pieces.append(piece)
        return Template(pieces, gaps)


def gap(number: int) -> orjson.Fragment:
    """Return what stands in a record for the JSON of the value of this number."""
    return orjson.Fragment(f"\n{number}\n")  # orjson writes no line ends but these


def text_gap(number: int) -> orjson.Fragment:
    """Return the same for a text that goes between quotes as it is."""
    return orjson.Fragment(f'"\n{number}\n"')


def template(octets: bytes) -> Template | None:
    """Return the template of a record in JSON, or a part of it; None if it must be cleaned."""
    if not is_clean(octets):
        return None
    pieces = octets.decode().split("\n")
    return Template(pieces[::2], [int(number) for number in pieces[1::2]])

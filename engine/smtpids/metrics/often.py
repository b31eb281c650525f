"""What nearly every event raises, each number in a cell of its own that is found at once.

To raise a number in a dict is to look it up twice, by a tuple that is hashed each time, and to make
it anew. So the counts of commands and replies are in cells, and `Counts` shows them as the mapping
from labels that its other numbers are. Whoever looks only copies: no cell is ever set back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from smtpids.metrics import labels

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The value of the metric's label, or the values of several.
Key = TypeVar("Key")
#: Enhanced codes of each code that lead to a cell at once; peers name few, or they are forgotten.
MOST_ENHANCED: Final = 64


class Cell:
    """One number."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


class Cells(Generic[Key]):
    """The numbers of one metric."""

    __slots__ = ("_cells", "_shown")

    def __init__(self, known: Iterable[Key] = ()) -> None:
        self._cells: dict[Key, Cell] = {}
        self._shown: dict[Key, int] = dict.fromkeys(known, 0)

    def cell(self, key: Key) -> Cell:
        """Return the cell of what is counted by `key`."""
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = Cell()
        return cell

    def shown(self) -> dict[Key, int]:
        """Return the numbers, always in the same dict."""
        for key, cell in tuple(self._cells.items()):
            self._shown[key] = cell.number
        return self._shown


class Often:
    """Commands and replies."""

    __slots__ = ("_commands", "_replies", "commands", "replies")

    def __init__(self) -> None:
        self.commands: Cells[str] = Cells(labels.COMMANDS)
        self.replies: Cells[tuple[str, str]] = Cells()
        self._commands: dict[str, Cell] = {}
        self._replies: dict[int, dict[str, Cell]] = {}

    def command(self, verb: object) -> None:
        """Count a command."""
        cell = self._commands.get(verb) if isinstance(verb, str) else None
        if cell is None:
            label = labels.fold(verb, labels.COMMANDS)
            cell = self.commands.cell(label)
            if label == verb:
                self._commands[label] = cell
        cell.number += 1

    def reply(self, code: object, enhanced: object) -> None:
        """Count a reply by its code and its enhanced code."""
        if not isinstance(code, int) or not isinstance(enhanced, str):
            self._cell(code, enhanced).number += 1
            return
        known = self._replies.get(code)
        if known is None:
            known = self._replies[code] = {}
        cell = known.get(enhanced)
        if cell is None:
            if len(known) >= MOST_ENHANCED:
                known.clear()
            cell = known[enhanced] = self._cell(code, enhanced)
        cell.number += 1

    def _cell(self, code: object, enhanced: object) -> Cell:
        return self.replies.cell((labels.code_class(code), labels.enhanced_class(enhanced)))

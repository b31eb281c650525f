"""Where in its file each condition of a rule stands, and in which selection.

The tree of a rule knows no places: equal questions are one. So the file is read once more, piece by
piece, and a condition is looked up by its meaning.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from smtpids.document import Items, Mapping, read_documents
from smtpids.errors import Location
from smtpids.faults import Faults
from smtpids.rules.detection import read_selection
from smtpids.rules.tree import checks, negate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtpids.document import Value
    from smtpids.rules.tree import Node


class Piece(NamedTuple):
    """A selection, or one line of it."""

    node: Node
    selection: str
    place: Location


class Places:
    """The pieces of one rule file."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
        except OSError:
            text = ""
        self.pieces = [
            piece
            for document in read_documents(text, path, Faults())
            for piece in _pieces(document)
        ]

    def find(self, node: Node) -> Piece | None:
        """Return the piece that is `node` or its opposite, or the only one with its fields."""
        opposite = negate(node)
        for piece in self.pieces:
            if piece.node in {node, opposite}:
                return piece
        fields = {check.field for check in checks(node)}
        alike = [
            piece
            for piece in self.pieces
            if {check.field for check in checks(piece.node)} == fields
        ]
        return alike[0] if len({piece.place for piece in alike}) == 1 else None

    def place(self, node: Node) -> Location:
        """Return the place of a condition, as exactly as it is known."""
        piece = self.find(node)
        return Location(self.path) if piece is None else piece.place

    def selection(self, node: Node) -> str:
        """Return the name of the selection that holds a condition; empty if that is not clear."""
        piece = self.find(node)
        return "" if piece is None else piece.selection


def _fields(node: Node) -> set[str | None]:
    return {check.field for check in checks(node)}


def _pieces(document: Value) -> Iterator[Piece]:
    """Yield what stands under `detection` or `filter`."""
    if not isinstance(document, Mapping):
        return
    for key in ("detection", "filter"):
        inner = document.get(key)
        if not isinstance(inner, Mapping):
            continue
        for name, (place, value) in inner.entries.items():
            if name not in {"condition", "rules"}:
                yield Piece(read_selection(value, Faults()), name, place.place)
                yield from _lines(value, name)


def _lines(value: Value, selection: str) -> Iterator[Piece]:
    if isinstance(value, Items):
        for one in value.items:
            if isinstance(one, Mapping):
                yield Piece(read_selection(one, Faults()), selection, one.place)
            yield from _lines(one, selection)
    elif isinstance(value, Mapping):
        for name, entry in value.entries.items():
            line = Mapping({name: entry}, entry[0].place)
            yield Piece(read_selection(line, Faults()), selection, entry[0].place)

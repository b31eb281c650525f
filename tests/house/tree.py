"""The engine's modules, parsed once, for the tests of the house."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "engine" / "smtpids"


@dataclass(frozen=True)
class Module:
    """One module of the engine."""

    path: Path
    tree: ast.Module
    text: str

    @property
    def name(self) -> str:
        """The path inside the package, such as `tcp/stream.py`."""
        return self.path.relative_to(ENGINE).as_posix()

    @property
    def layer(self) -> str:
        """The folder, or the name of a module that stands alone."""
        return self.name.split("/")[0].removesuffix(".py")

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield the line and the full name of each import that runs, those for types left out."""
        for_types = {
            id(node)
            for test in ast.walk(self.tree)
            if isinstance(test, ast.If) and ast.unparse(test.test).endswith("TYPE_CHECKING")
            for statement in test.body
            for node in ast.walk(statement)
        }
        for node in ast.walk(self.tree):
            if id(node) in for_types:
                continue
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the engine, in order of name."""
    paths = sorted(path for path in ENGINE.rglob("*.py") if "_rules" not in path.parts)
    texts = [(path, path.read_text()) for path in paths]
    return tuple(Module(path, ast.parse(text, str(path)), text) for path, text in texts)

"""What the compiler makes: a function, its source, and which rule each line of it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Line: TypeAlias = "tuple[str, int | None]"
"""A line of source, and the rule that it is for, if it is for one alone."""


class Program(NamedTuple):
    """The compiled rules of one `event.action`."""

    source: str
    match: Callable[[Mapping[str, object]], tuple[int, ...]]
    name: str
    """The module that its frames in a traceback are of."""
    owners: tuple[int | None, ...]
    """For each line the rule that it is for, if it is for one alone."""

    def culprit(self, error: Exception) -> int | None:
        """Return the rule that raised `error`; None if it cannot be told."""
        owner = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals.get("__name__") == self.name:
                told = self.owners[trace.tb_lineno - 1]
                owner = owner if told is None else told
            trace = trace.tb_next
        return owner


def first_line(name: str) -> str:
    """Return the first line of a function."""
    return f"def {name}(f: Fields) -> tuple[int, ...]:"

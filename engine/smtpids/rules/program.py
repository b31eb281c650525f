"""What the compiler makes: a function, its source, and which rule each line of it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Line: TypeAlias = "tuple[str, int | None]"
"""A line of source, and the rule that it is for, if it is for one alone."""


class Recipe(NamedTuple):
    """A constant that is not data: the Python that makes it of what the rules' modules import."""

    python: str


class Program(NamedTuple):
    """The compiled rules of one `event.action`."""

    source: str
    """Empty if it was prepared, and need not be written."""
    match: Callable[[Mapping[str, object]], tuple[int, ...]]
    name: str
    """The name of the source in a traceback."""
    owners: tuple[int | None, ...]
    """For each line the rule that it is for, if it is for one alone."""
    constants: Mapping[str, object]
    """What the source calls by these names; empty if it was prepared."""

    def culprit(self, error: Exception) -> int | None:
        """Return the rule that raised `error`; None if it cannot be told."""
        owner = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.name:
                told = self.owners[trace.tb_lineno - 1]
                owner = owner if told is None else told  # where a finder is made, the line asks it
            trace = trace.tb_next
        return owner

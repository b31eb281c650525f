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
    """The name of the source in a traceback."""
    owners: tuple[int | None, ...]
    """For each line the rule that it is for, if it is for one alone."""

    def culprit(self, error: Exception) -> int | None:
        """Return the rule that raised `error`; None if it cannot be told."""
        owner = None
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.name:
                owner = self.owners[trace.tb_lineno - 1]
            trace = trace.tb_next
        return owner

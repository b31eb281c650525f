"""A batch on its way: the parts of it that are still to be delivered, in order.

A part that is too large is cut in halves. Of a part that was taken some records may be put off:
they become a part of their own, which goes next. Records are acknowledged from the oldest on, so
once one was put off, none behind it may be acknowledged before the whole batch is settled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.outputs.transport import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smtpids.outputs.entry import Entry


class PoisonError(TooLargeError):
    """A batch has a record that brings about a bug of ours."""


class Parts:
    """The parts of one batch, which is not empty."""

    def __init__(self, batch: list[Entry]) -> None:
        self._parts = [batch]
        self._settled = 0
        self._is_in_order = True

    def __bool__(self) -> bool:
        """Whether something is still to be delivered."""
        return bool(self._parts)

    @property
    def next(self) -> list[Entry]:
        """The part that goes next."""
        return self._parts[-1]

    def halve(self) -> None:
        """Cut the next part in two."""
        part = self._parts.pop()
        half = len(part) // 2
        self._parts += [part[half:], part[:half]]

    def settle(self, later: Iterable[int] = ()) -> int:
        """Be done with the next part, but for the records at the positions `later`.

        Returns how many of the batch may be acknowledged, beside those of earlier returns.
        """
        part = self._parts.pop()
        put_off = [part[place] for place in sorted(later)]
        self._settled += len(part) - len(put_off)
        if put_off:
            self._is_in_order = False
            self._parts.append(put_off)
        if not self._is_in_order and self._parts:
            return 0
        settled, self._settled = self._settled, 0
        return settled

"""What the parent of the workers knows of one of them, and says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.workers import parcels
from smtpids.workers.kinds import LOG

if TYPE_CHECKING:
    import socket

    from smtpids.workers.figures import Figures
    from smtpids.workers.kinds import Item


class Worker:
    """What the parent knows of one worker."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.pid = 0
        self.socket: socket.socket | None = None
        """None while there is no such process."""
        self.inbox: parcels.Inbox | None = None
        self.done = False
        self.given_up = False
        self.received = 0
        """Items that were taken, those of the log not counted."""
        self.to_skip = 0
        """Of those that come next so many were taken before."""
        self.high = 0
        """`received` when it was killed last."""
        self.begun_at = 0.0
        self.heard_at = 0.0
        self.restarts = 0
        self.in_a_row = 0
        self.sessions_lost = 0
        self.base: Figures = {}
        """Figures of those that were killed before it."""
        self.figures: Figures = {}

    @property
    def is_up(self) -> bool:
        """Whether the process is there."""
        return self.socket is not None

    def say(self, what: str, text: str = "") -> None:
        """Tell the process something, if it is there."""
        if self.socket is None:
            return
        try:
            parcels.send(self.socket, (what, text))
        except OSError:
            return  # it was killed; its socket will say so

    def new_of(self, items: list[Item]) -> list[Item]:
        """Count items, and leave out those that the process has told before it began anew."""
        new: list[Item] = []
        for item in items:
            if item[1] == LOG:
                new.append(item)
            elif self.to_skip:
                self.to_skip -= 1
            else:
                self.received += 1
                new.append(item)
        return new

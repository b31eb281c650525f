"""The dialogues that are held with each server.

What has a point of its own is written by hand, such as a refused sender or a connection that breaks
off in a message; `dialogues_combined.py` has the rest, ordinary sessions of every make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.talk import dialogues_login, dialogues_mail, dialogues_protocol
from tests.support.talk.dialogues_combined import combined

if TYPE_CHECKING:
    from tests.support.talk.steps import Dialogue

WRITTEN: tuple[Dialogue, ...] = (
    *dialogues_protocol.DIALOGUES,
    *dialogues_mail.DIALOGUES,
    *dialogues_login.DIALOGUES,
)


def dialogues(title: str) -> list[Dialogue]:
    """Return the dialogues for a server, each with a name of its own."""
    written = [dialogue for dialogue in WRITTEN if title in dialogue.servers]
    return [*written, *combined(title)]

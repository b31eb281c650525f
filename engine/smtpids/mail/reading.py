"""How the messages of a run are read, beyond what every reader does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.mail.digests import LATE

if TYPE_CHECKING:
    from smtpids.mail.findings import Store


class Reading:
    """The wishes of one run, shared by its sessions; what rules ask changes when they do."""

    __slots__ = ("hashes", "hidden", "own_domains", "store")

    def __init__(
        self,
        store: Store | None = None,
        own_domains: tuple[str, ...] = (),
        hidden: frozenset[str] = frozenset(),
        hashes: frozenset[str] = LATE,
    ) -> None:
        self.store = store
        """Who keeps attachments."""
        self.own_domains = own_domains
        """Domains that are ours, in lower case; none means that it is not known."""
        self.hidden = hidden
        """Which of `bodytext.HIDDEN` a rule asks for."""
        self.hashes = hashes
        """Which of `digests.LATE` are wanted of each message; the others are made if it turns
        out to be told to anybody."""

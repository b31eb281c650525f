"""How the messages of a run are read, beyond what every reader does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtpids.mail.findings import Store


class Reading:
    """The wishes of one run, shared by its sessions; `hidden` changes when the rules do."""

    __slots__ = ("hidden", "own_domains", "store")

    def __init__(
        self,
        store: Store | None = None,
        own_domains: tuple[str, ...] = (),
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self.store = store
        """Who keeps attachments."""
        self.own_domains = own_domains
        """Domains that are ours, in lower case; none means that it is not known."""
        self.hidden = hidden
        """Which of `bodytext.HIDDEN` a rule asks for."""

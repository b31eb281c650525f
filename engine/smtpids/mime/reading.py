"""How the messages of a run are read, beyond what every reader does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.mime.digests import ALL_HASHES

if TYPE_CHECKING:
    from smtpids.mime.findings import Store

#: All of a message that may be made later, if it turns out to be told to anybody.
LATE: Final = ALL_HASHES


class Reading:
    """The wishes of one run, shared by its sessions; what rules ask changes when they do."""

    __slots__ = ("hashes", "hidden", "late_hashes", "own_domains", "store")

    def __init__(
        self,
        store: Store | None = None,
        own_domains: tuple[str, ...] = (),
        hidden: frozenset[str] = frozenset(),
        wanted: frozenset[str] = LATE,
    ) -> None:
        self.store = store
        """Who keeps attachments."""
        self.own_domains = own_domains
        """Domains that are ours, in lower case; none means that it is not known."""
        self.hidden = hidden
        """Which of `bodytext.HIDDEN` a rule asks for."""
        self.hashes = ALL_HASHES
        """Those that are wanted of each message."""
        self.late_hashes: frozenset[str] = frozenset()
        """The others."""
        self.want(wanted)

    def want(self, names: frozenset[str]) -> None:
        """Have those of LATE that are among `names` made of each message."""
        self.hashes = ALL_HASHES & names
        self.late_hashes = ALL_HASHES - names

"""One mail transaction: who sends, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.helo import is_within

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields, Value

#: Domains of recipients listed of a transaction.
MOST_DOMAINS: Final = 100


class Transaction:
    """One mail transaction, from MAIL to the end of data or what drops it.

    Its lists are replaced, not added to: events hold them.
    """

    __slots__ = ("accepted", "domains", "foreign", "octets", "rcpt_to", "rejected")

    def __init__(self) -> None:
        self.rcpt_to: list[Value] = []
        self.domains: list[Value] = []
        self.foreign = 0
        """Accepted recipients outside our domains."""
        self.octets = 0
        """What the list costs."""
        self.accepted = 0
        self.rejected = 0

    def reached(self, context: Fields, domain: str, own_domains: tuple[str, ...]) -> None:
        """Take the domain of a recipient that was accepted; `context` says what changes by it."""
        if domain not in self.domains and len(self.domains) < MOST_DOMAINS:
            self.domains = [*self.domains, domain]
            context["smtp.rcpt.domains"] = self.domains
        if own_domains:
            # a local name without domain is ours
            self.foreign += bool(domain) and not is_within(domain, own_domains)
            context["smtp.rcpt.foreign"] = self.foreign

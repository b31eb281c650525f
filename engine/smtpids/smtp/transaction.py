"""One mail transaction: who sends, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smtpids.smtp.helo import is_within

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

#: Domains of recipients listed of a transaction.
MOST_DOMAINS: Final = 100


class Transaction:
    """One mail transaction, from MAIL to the end of data or what drops it."""

    __slots__ = ("accepted", "domains", "foreign", "mail_from", "octets", "rcpt_to", "rejected")

    def __init__(self, mail_from: bytes | None) -> None:
        self.mail_from = mail_from
        self.rcpt_to: list[str] = []
        self.domains: list[str] = []
        self.foreign = 0
        """Accepted recipients outside our domains."""
        self.octets = 0
        """What the list costs."""
        self.accepted = 0
        self.rejected = 0

    def reached(self, domain: str, own_domains: tuple[str, ...]) -> Fields:
        """Take the domain of a recipient that was accepted; return what changes by it."""
        changed: Fields = {}
        if domain not in self.domains and len(self.domains) < MOST_DOMAINS:
            self.domains = [*self.domains, domain]
            changed["smtp.rcpt.domains"] = [*self.domains]
        if own_domains:
            # a local name without domain is ours
            self.foreign += bool(domain) and not is_within(domain, own_domains)
            changed["smtp.rcpt.foreign"] = self.foreign
        return changed

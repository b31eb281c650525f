from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.smtp.transaction import MOST_DOMAINS, Transaction

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


def test_each_domain_is_listed_once_and_events_keep_their_list() -> None:
    transaction = Transaction()
    context: Fields = {}
    transaction.reached(context, "c.example", ())
    transaction.reached(context, "c.example", ())
    first = {**context}
    transaction.reached(context, "d.example", ())
    assert first == {"smtp.rcpt.domains": ["c.example"]}
    assert context == {"smtp.rcpt.domains": ["c.example", "d.example"]}


def test_recipients_outside_our_domains_are_counted_and_local_names_are_ours() -> None:
    transaction = Transaction()
    context: Fields = {}
    for domain in ("mx.own.example", "", "victim.example", "victim.example", "x.example"):
        transaction.reached(context, domain, ("own.example",))
    assert context["smtp.rcpt.foreign"] == 3


def test_domains_are_listed_up_to_a_most() -> None:
    transaction = Transaction()
    for number in range(MOST_DOMAINS + 10):
        transaction.reached({}, f"d{number}.example", ())
    assert len(transaction.domains) == MOST_DOMAINS

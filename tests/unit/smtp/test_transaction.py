from __future__ import annotations

from smtpids.smtp.transaction import MOST_DOMAINS, Transaction


def test_each_domain_is_listed_once_and_events_keep_their_list() -> None:
    transaction = Transaction(b"a@b.example")
    first = transaction.reached("c.example", ())
    again = transaction.reached("c.example", ())
    transaction.reached("d.example", ())
    assert first == {"smtp.rcpt.domains": ["c.example"]}
    assert again == {}
    assert transaction.domains == ["c.example", "d.example"]


def test_recipients_outside_our_domains_are_counted_and_local_names_are_ours() -> None:
    transaction = Transaction(b"a@b.example")
    for domain in ("mx.own.example", "", "victim.example", "victim.example"):
        transaction.reached(domain, ("own.example",))
    assert transaction.reached("x.example", ("own.example",))["smtp.rcpt.foreign"] == 3


def test_domains_are_listed_up_to_a_most() -> None:
    transaction = Transaction(None)
    for number in range(MOST_DOMAINS + 10):
        transaction.reached(f"d{number}.example", ())
    assert len(transaction.domains) == MOST_DOMAINS

"""What the reply to EHLO offers."""

from __future__ import annotations

from smtpids.smtp.offer import MOST_KEPT, NO_OFFER, Offer, offer_of


def test_a_reply_is_taken_apart_once_for_all_that_ask() -> None:
    lines = [b"mx.example.org", b"SIZE 100", b"XXXXXXXA", b"AUTH PLAIN LOGIN", b"pipelining"]
    assert offer_of(lines) == Offer(
        keywords=["SIZE 100", "XXXXXXXA", "AUTH PLAIN LOGIN", "pipelining"],
        masked=["XXXXXXXA"],
        mechanisms=["PLAIN", "LOGIN"],
        names=frozenset({"SIZE", "XXXXXXXA", "AUTH", "PIPELINING"}),
        size_limit=100,
    )
    assert offer_of([*lines]) is offer_of(lines)


def test_the_greeting_line_offers_nothing() -> None:
    assert offer_of([]) == offer_of([b"mx.example.org"]) == offer_of([b"OK"]) == NO_OFFER
    hello = offer_of([b"mx.example.org Hello a.example [192.0.2.1]", b"SIZE 100", b"OK"])
    assert offer_of([b"mx.example.org Hello b.example [192.0.2.2]", b"SIZE 100", b"OK"]) is hello


def test_a_long_reply_is_read_and_not_kept() -> None:
    lines = [b"mx", *(b"X-%d" % number + b"x" * 90 for number in range(MOST_KEPT // 90))]
    assert offer_of(lines) == offer_of(lines)
    assert offer_of(lines) is not offer_of(lines)

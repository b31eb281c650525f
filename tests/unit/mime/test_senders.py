from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.mime.senders import add_sender_facts

if TYPE_CHECKING:
    from smtpids.mime.header import Facts


def facts_of(members: list[tuple[str, str]], own_domains: tuple[str, ...]) -> Facts:
    facts: Facts = {}
    add_sender_facts(facts, members, own_domains)
    return facts


@pytest.mark.parametrize(
    ("name", "address", "others"),
    [
        ("Alice Example", "alice@example.com", None),
        ("boss@example.com", "x@evil.net", ["boss@example.com"]),
        ("boss@example.com", "x@example.com", ["boss@example.com"]),
        ("alice@example.com", "alice@example.com", None),
        ("Bank at bank.com", "x@evil.net", ["bank.com"]),
        ("Shop.com", "news@mail.shop.com", None),
        ("J.R. Smith, St.Peter", "j@example.com", None),
    ],
)
def test_an_address_in_the_name_that_is_not_the_real_one_is_told(
    name: str, address: str, others: list[str] | None
) -> None:
    assert facts_of([(name, address)], ()).get("email.from.name_address") == others


def test_what_our_domains_decide_is_there_only_if_they_are_known() -> None:
    members = [("", "a@examp1e.com"), ("", "b@xn--80ak6aa92e.com")]
    assert facts_of(members, ()) == {
        "email.from.address": ["a@examp1e.com", "b@xn--80ak6aa92e.com"],
        "email.from.count": 2,
        "email.from.domain": ["examp1e.com", "xn--80ak6aa92e.com"],
        "email.from.punycode": True,
    }
    facts = facts_of(members, ("example.com",))
    assert (facts["email.from.own"], facts["email.from.lookalike"]) == (False, True)
    facts = facts_of([("", "a@mx.example.com")], ("example.com",))
    assert (facts["email.from.own"], facts["email.from.lookalike"]) == (True, False)

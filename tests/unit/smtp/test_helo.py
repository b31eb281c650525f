from __future__ import annotations

import pytest

from smtpids.smtp.helo import address_of, facts, is_within, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"mail.example.org", "fqdn"),
        (b"under_score.example", "fqdn"),
        (b"mail.example.org.", "fqdn"),
        ("bücher.example".encode(), "fqdn"),
        (b"ylmf-pc", "unqualified"),
        (b"User", "unqualified"),
        (b"localhost", "localhost"),
        (b"LOCALHOST.localdomain", "localhost"),
        (b"192.0.2.1", "ipv4"),
        (b"[192.0.2.1]", "literal"),
        (b"[IPv6:2001:db8::1]", "literal"),
        (b"[192.0.2.1", "malformed"),
        (b"999.0.2.1", "malformed"),
        (b"*.*", "malformed"),
        (b"a..b", "malformed"),
        (b"a b.example", "malformed"),
        (b"$(id).example", "malformed"),
        (b"a" * 256, "malformed"),
        (b"", "empty"),
    ],
)
def test_a_name_has_a_kind(name: bytes, kind: str) -> None:
    assert kind == kind_of(name)


def test_an_address_is_read_in_every_writing() -> None:
    names = (b"[192.0.2.1]", b"192.0.2.1", b"[IPv6:2001:DB8::1]", b"[2001:db8::1]", b"x", b"\xff")
    assert [address_of(name) for name in names] == [
        *("192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::1", "", "")
    ]


def test_a_domain_stands_for_its_subdomains_but_not_for_its_neighbours() -> None:
    own = ("example.org",)
    domains = ("example.org", "mx.example.org.", "notexample.org", "example.org.evil", "")
    assert [is_within(domain, own) for domain in domains] == [True, True, False, False, False]


def test_an_address_is_held_against_both_ends() -> None:
    said = facts(b"[198.51.100.2]", "192.0.2.1", "198.51.100.2", ())
    assert said == {
        "smtp.helo_kind": "literal",
        "smtp.helo_matches_source": False,
        "smtp.helo_matches_destination": True,
    }


def test_whose_a_name_is_is_said_only_where_domains_are_set() -> None:
    ends = ("192.0.2.1", "198.51.100.2")
    assert facts(b"mx.own.example", *ends, ()) == {"smtp.helo_kind": "fqdn"}
    own = ("own.example",)
    names = (b"MX.own.example", b"other.example", b"[198.51.100.2]", b"192.0.2.1")
    assert [facts(name, *ends, own)["smtp.helo_own"] for name in names] == [
        *(True, False, True, False)
    ]

from __future__ import annotations

import pytest

from smtpids.mime.domains import (
    domain_of,
    domains_of,
    is_lookalike,
    is_within,
    organisation,
    unicode_form,
)


@pytest.mark.parametrize(
    ("address", "domain"),
    [("a@Example.ORG.", "example.org"), ('"a@b"@c.org', "c.org"), ("postmaster", ""), ("", "")],
)
def test_the_domain_of_an_address_is_behind_the_last_at_sign(address: str, domain: str) -> None:
    assert domain_of(address) == domain


def test_each_domain_is_named_once() -> None:
    assert domains_of([("", "a@x"), ("", "b@y"), ("", "c@X"), ("", "d")]) == ["x", "y"]


def test_a_subdomain_is_within_and_a_longer_name_is_not() -> None:
    assert is_within("mx.example.org", ("example.org",))
    assert not is_within("notexample.org", ("example.org",))


@pytest.mark.parametrize(
    ("domain", "holder"),
    [
        ("a.b.example.org", "example.org"),
        ("x.shop.co.uk", "shop.co.uk"),
        ("localhost", "localhost"),
    ],
)
def test_the_last_labels_stand_for_who_holds_a_domain(domain: str, holder: str) -> None:
    assert organisation(domain) == holder


@pytest.mark.parametrize(
    ("domain", "alike"),
    [
        ("exarnple.com", True),
        ("examp1e.com", True),
        ("example.com.evil.net", True),
        ("ex\u0430mple.com", True),
        ("xn--exmple-4nf.com", True),
        ("example.com", False),
        ("mx.example.com", False),
        ("sample.org", False),
        ("x" * 300, False),
    ],
)
def test_what_looks_like_ours_and_is_not_is_seen(domain: str, alike: bool) -> None:
    assert is_lookalike(domain, ("example.com",)) is alike


def test_short_names_are_alike_too_easily() -> None:
    assert not is_lookalike("b.de", ("a.de",))
    assert is_lookalike("acne.de", ("acme.de",))
    assert not is_lookalike("arne.de", ("acme.de",))


def test_a_label_that_cannot_be_decoded_stays() -> None:
    assert unicode_form("xn--\u00fc.xn--mnchen-3ya.de") == "xn--\u00fc.m\u00fcnchen.de"

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.history.banner import MOST, normal


@pytest.mark.parametrize(
    ("greeting", "stable"),
    [
        ("mail.example ESMTP Postfix", "mail.example ESMTP Postfix"),
        ("Mail.Example ESMTP Postfix (Debian/GNU)", "mail.example ESMTP Postfix Debian/GNU"),
        (
            "mail.example ESMTP Exim 4.96 Tue, 24 Nov 2026 04:09:02 +0000",
            "mail.example ESMTP Exim 4.96",
        ),
        (
            "mail.example ESMTP Sendmail 8.15.2/8.15.2; Tue, 24 Nov 2026 04:09:02 GMT",
            "mail.example ESMTP Sendmail 8.15.2/8.15.2",
        ),
        (
            "mail.example ESMTP Sendmail 8.15.2; Sun, 1 Mar 2026 04:09:02 +0100 (CET)",
            "mail.example ESMTP Sendmail 8.15.2",
        ),
        (
            "mx.example Microsoft ESMTP MAIL Service, Version: 10.0.14393.4169 ready at  Tue, 24",
            "mx.example Microsoft ESMTP MAIL Service Version 10.0.14393.4169 ready at",
        ),
        ("mx.example ESMTP d9443c01a7336-2a1d3bcfe15si1.23 - gsmtp", "mx.example ESMTP gsmtp"),
        ("mail.example ESMTP [qBcDeFgHiJk]", "mail.example ESMTP"),
        ("POP-like <1896.697170952@mail.example> ready", "POP-like ready"),
        ("mail.example ESMTP 203.0.113.7 logged", "mail.example ESMTP logged"),
        ("mail.example ESMTP ready 24.11.2026", "mail.example ESMTP ready"),
        ("mail.example ESMTP ready 2026.11.24", "mail.example ESMTP ready"),
        (
            "mail.example ESMTP SimpleEmailService-d-7PB2IDG3I 9yhD2VjnSnkmTNXnrPLf",
            "mail.example ESMTP",
        ),
        ("mail.example ESMTP SimpleEmailService", "mail.example ESMTP SimpleEmailService"),
        ("mail.example ESMTP aBcDeFgHxYzQ", "mail.example ESMTP"),
        ("mail.example ESMTP\nNo spam, please", "mail.example ESMTP"),
        ("mail.example ESMTP Postfix/3.8-beta1", "mail.example ESMTP Postfix/3.8-beta1"),
        ("*********************2*0*", ""),
        ("", ""),
    ],
)
def test_of_a_greeting_only_what_is_stable_stays(greeting: str, stable: str) -> None:
    assert stable == normal(greeting)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Exim 4.96 Tue, 24 Nov 2026 04:09:02 +0000", "Exim 4.96 Sun, 01 Mar 2026 23:00:59 +0100"),
        ("Tue, 24 Nov 2026 04:09:02 +0100 (CET)", "Wed, 1 Jul 2026 4:09:02 +0200 (CEST)"),
        ("ready at 2026-11-24 04:09:02", "ready at 2026-03-01 05:10:03"),
    ],
)
def test_a_clock_is_the_same_at_every_time(one: str, other: str) -> None:
    assert normal(f"mx.example ESMTP {one}") == normal(f"mx.example ESMTP {other}")


@pytest.mark.parametrize(
    "other",
    [
        "mx.example ESMTP Postfix",
        "mail.example ESMTP Exim",
        "mail.example ESMTP Postfix 3.8.1",
        "mail.example ESMTP Postfix/3.9",
    ],
)
def test_another_host_product_or_version_is_another_banner(other: str) -> None:
    assert normal("mail.example ESMTP Postfix") != normal(other)


@given(st.text(max_size=400))
def test_any_text_has_a_short_banner_that_is_its_own(text: str) -> None:
    banner = normal(text)
    assert len(banner) <= MOST
    assert "\n" not in banner


@pytest.mark.parametrize("piece", ["a", "a.", "1.", "a-", "[", "²:²² ", "a1/", "1.1-", "'"])
def test_a_hostile_greeting_costs_no_more_than_its_length(piece: str) -> None:
    """Quadratic matching of a thousand characters would take seconds."""
    for text in (piece * 1024, f"{piece * 1024}!", f"x {piece * 1000}\0"):
        assert len(normal(text[:1024])) <= MOST

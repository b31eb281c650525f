from __future__ import annotations

from smtpids.smtp.origin import networks_of


def test_an_address_is_in_a_near_and_a_wide_network() -> None:
    assert networks_of("198.51.100.7") == ("198.51.100.0/24", "198.51.0.0/16")
    assert networks_of("2001:db8:1:2::3") == ("2001:db8:1::/48", "2001:db8::/32")


def test_a_scope_is_no_part_of_the_address() -> None:
    assert networks_of("fe80::1%eth0") == ("fe80::/48", "fe80::/32")


def test_what_is_no_address_stands_for_itself() -> None:
    assert networks_of("nobody") == ("nobody", "nobody")

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Config, MailServer
from smtpids.roles import CLIENT_ROLES, SERVER_ROLES, Networks, Parts, Roles

if TYPE_CHECKING:
    from smtpids.roles import Address

SITE = Config(
    home_nets=("192.0.2.0/24", "2001:db8::/32"),
    mail_servers=(
        MailServer("192.0.2.10", "mx", frozenset({25})),
        MailServer("192.0.2.10", "submission", frozenset({465, 587})),
        MailServer("192.0.2.16/30", "relay"),
        MailServer("203.0.113.25", "mx", frozenset({25})),
    ),
    trusted_relays=("192.0.2.64/26", "198.51.100.8"),
    monitors=("192.0.2.65", "192.0.2.10"),
    scanners=("192.0.2.66",),
)


@pytest.mark.parametrize(
    ("client", "role"),
    [
        ("192.0.2.66", "scanner"),  # within a trusted relay's network
        ("192.0.2.65", "monitor"),
        ("192.0.2.10", "monitor"),  # a mail server too
        ("192.0.2.17", "mail_server"),
        ("203.0.113.25", "mail_server"),  # outside of home_nets
        ("192.0.2.70", "trusted_relay"),
        ("198.51.100.8", "trusted_relay"),
        ("192.0.2.200", "workstation"),
        ("2001:db8::7", "workstation"),
        ("198.51.100.9", "external"),
        ("2001:db9::7", "external"),
        ("127.0.0.1", "unknown"),
        ("::1", "unknown"),
    ],
)
def test_a_client_is_the_first_thing_that_it_is_listed_as(client: str, role: str) -> None:
    assert role == Roles(SITE).of(client, "192.0.2.10", 25).client_role


@pytest.mark.parametrize(
    ("server", "port", "role"),
    [
        ("192.0.2.10", 25, "mx"),
        ("192.0.2.10", 587, "submission"),
        ("192.0.2.10", 465, "submission"),
        ("192.0.2.10", 2525, "unknown"),  # ours, but no row has the port
        ("192.0.2.19", 2525, "relay"),  # no ports: all
        ("192.0.2.20", 25, "unknown"),
        ("203.0.113.25", 25, "mx"),
        ("203.0.113.25", 587, "unknown"),  # ours, though outside of home_nets
        ("203.0.113.26", 25, "external"),
        ("127.0.0.1", 25, "unknown"),
    ],
)
def test_a_server_has_the_role_of_its_address_and_port(server: str, port: int, role: str) -> None:
    assert role == Roles(SITE).of("198.51.100.9", server, port).server_role


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Config(), Parts("unknown", "unknown", "unknown")),
        (Config(home_nets=("192.0.2.0/24",)), Parts("outbound", "unknown", "external")),
        (Config(home_nets=("10.0.0.0/8",)), Parts("external", "external", "external")),
        (
            Config(mail_servers=(MailServer("192.0.2.10", "mx"),)),
            Parts("unknown", "unknown", "unknown"),
        ),
        (Config(monitors=("192.0.2.1",)), Parts("unknown", "monitor", "unknown")),
        (
            Config(
                home_nets=("192.0.2.0/24",), mail_servers=(MailServer("198.51.100.2", "relay"),)
            ),
            Parts("outbound", "workstation", "relay"),
        ),
    ],
)
def test_what_is_not_configured_is_not_guessed(config: Config, expected: Parts) -> None:
    assert expected == Roles(config).of("192.0.2.1", "198.51.100.2", 25)


def test_loopback_has_the_role_that_a_list_gives_it() -> None:
    roles = Roles(Config(home_nets=("10.0.0.0/8",), monitors=("127.0.0.0/8",)))
    assert roles.of("127.0.0.5", "127.0.0.1", 25) == Parts("external", "monitor", "unknown")


def test_the_first_row_that_fits_counts() -> None:
    config = Config(
        mail_servers=(
            MailServer("192.0.2.0/24", "relay", frozenset({25})),
            MailServer("192.0.2.10", "mx"),
        )
    )
    assert Roles(config).of("192.0.2.1", "192.0.2.10", 25).server_role == "relay"
    assert Roles(config).of("192.0.2.1", "192.0.2.10", 587).server_role == "mx"


addresses = st.ip_addresses(v=4, network="192.0.2.0/26") | st.ip_addresses(
    v=6, network="2001:db8::/122"
)
networks = st.one_of(
    st.builds(lambda a, n: f"{a}/{n}", st.ip_addresses(v=4, network="192.0.2.0/26"), st.just(32)),
    st.sampled_from(
        ["192.0.2.0/27", "192.0.2.32/28", "0.0.0.0/0", "::/0", "2001:db8::/127", "192.0.2.0/24"]
    ),
)


@given(st.lists(networks, max_size=8), addresses)
def test_a_table_of_networks_answers_as_the_networks_do(
    listed: list[str], address: Address
) -> None:
    table = Networks(listed)
    expected = [
        row
        for row, text in enumerate(listed)
        if address.version == (net := ipaddress.ip_network(text)).version and address in net
    ]
    assert expected == table.rows(address)
    assert (address in table) is bool(expected)


def test_every_role_is_in_the_closed_sets() -> None:
    found = {
        Roles(SITE).of(f"{net}.{last}", f"{net}.{last}", port)[1:]
        for net in ("192.0.2", "198.51.100", "203.0.113", "127.0.0")
        for last in range(1, 80)
        for port in (25, 587, 2525)
    }
    assert {client for client, _ in found} == CLIENT_ROLES
    assert {server for _, server in found} == SERVER_ROLES

from __future__ import annotations

import click
import pytest

from smtpids.cli.options import network, ports, records


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25", {25}),
        ("25,465", {25, 465}),
        ("25, 2500-2502", {25, 2500, 2501, 2502}),
        ("1-1", {1}),
        ("65535", {65535}),
    ],
)
def test_ports_are_numbers_and_ranges(text: str, expected: set[int]) -> None:
    assert ports(text) == expected


@pytest.mark.parametrize(
    "text", ["", "smtp", "25,", "0", "65536", "30-20", "-25", "25-", "²5", "9" * 5000]
)
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        ports(text)


def test_a_network_is_written_in_full() -> None:
    assert network("2001:0db8::/32") == "2001:db8::/32"
    assert network("192.0.2.7") == "192.0.2.7/32"


@pytest.mark.parametrize("text", ["192.0.2.1/24", "here", "192.0.2.0/33"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"write 192\.0\.2\.0/24"):
        network(text)


def test_records_are_named_one_by_one_or_all_together() -> None:
    assert records("session") == {"session_end"}
    assert records("message, anomaly") == {"message", "anomaly"}
    assert records("all") == {"session_end", "message", "anomaly"}


def test_an_unknown_record_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(click.BadParameter, match="session, message, anomaly"):
        records("session,tls")

from __future__ import annotations

import click
import pytest

from smtpids.cli.options import network, ports, records, size


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
    assert records("all") == {"session_end", "message", "anomaly", "stats"}


def test_an_unknown_record_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(click.BadParameter, match="session, message, anomaly"):
        records("session,tls")


@pytest.mark.parametrize(
    ("text", "octets"),
    [("7", 7), ("10k", 10 << 10), ("500M", 500 << 20), ("1GiB", 1 << 30), ("2TB", 2 << 40)],
)
def test_a_size_is_a_number_with_a_unit(text: str, octets: int) -> None:
    assert size(text) == octets


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5G", "G", "1X", "٣", "1" * 20, "iB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no size; write 500M or 10G"):
        size(text)

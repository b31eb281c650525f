"""Addresses as operators write them."""

from __future__ import annotations

import pytest

from smtpids.address import Address, parse_address
from smtpids.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:10825", ("127.0.0.1", 10825)),
        ("0.0.0.0:9", ("0.0.0.0", 9)),
        ("[::1]:9", ("::1", 9)),
        ("[::]:65535", ("::", 65535)),
        ("localhost:9100", ("127.0.0.1", 9100)),
        (":9", ("127.0.0.1", 9)),
        ("9100", ("127.0.0.1", 9100)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
    ],
)
def test_an_address_is_read_as_it_is_written(text: str, expected: tuple[str, int]) -> None:
    assert expected == parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
     "127.0.0.1:\u0664", "::1", "::1:9", "[::1]", "mail.example:9", "1.2.3:9", "9" * 5000,
     "[mail]:9"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="metrics address"):
        parse_address(text)


def test_an_address_is_shown_as_it_is_written() -> None:
    assert str(Address("::1", 9)) == "[::1]:9"
    assert str(Address("127.0.0.1", 9)) == "127.0.0.1:9"


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("::", False),
     ("192.0.2.1", False)],
)  # fmt: skip
def test_the_loopback_is_known(host: str, expected: bool) -> None:
    assert Address(host, 9).is_loopback is expected

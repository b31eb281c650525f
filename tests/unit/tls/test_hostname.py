"""Names in certificates against the host that was asked for (RFC 9525 6)."""

from __future__ import annotations

import pytest

from smtpids.tls.hostname import is_host_name, names_host, normal


@pytest.mark.parametrize(
    ("presented", "host", "same"),
    [
        ("mx.example.net", "mx.example.net", True),
        ("MX.Example.NET", "mx.example.net.", True),
        ("mx.example.net", "mx2.example.net", False),
        ("example.net", "mx.example.net", False),
        ("*.example.net", "mx.example.net", True),
        ("*.example.net", "example.net", False),
        ("*.example.net", "a.mx.example.net", False),
        ("*.example.net", ".example.net", False),
        ("*", "localhost", False),
        ("*.", "localhost", False),
        ("*..", "localhost", False),
        ("mx*.example.net", "mx1.example.net", False),
        ("*mx.example.net", "1mx.example.net", False),
        ("mx.*.net", "mx.example.net", False),
        ("*.*.net", "mx.example.net", False),
        ("", "", False),
        ("", "mx.example.net", False),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", True),
    ],
)
def test_a_name_is_for_a_host(presented: str, host: str, *, same: bool) -> None:
    assert same == names_host(normal(presented), normal(host))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("mx.example.net", True),
        ("localhost", True),
        ("mx.example.net.", True),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("", False),
        (".", False),
        ("bücher.example", False),
    ],
)
def test_an_address_is_no_host_name(name: str, *, verdict: bool) -> None:
    assert verdict == is_host_name(name)

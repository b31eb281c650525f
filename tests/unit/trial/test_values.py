from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import Config, MailServer
from smtpids.document import Mapping, read_documents
from smtpids.faults import Faults
from smtpids.trial import values
from tests.support.rules import said

if TYPE_CHECKING:
    from smtpids.document import Value


def value_of(text: str) -> Value:
    (value,) = read_documents(text, "a.test.yml", Faults())
    return value


def test_a_duration_is_a_number_with_a_unit() -> None:
    faults = Faults()
    told = [values.duration(value_of(one), "at", faults) for one in ("250ms", "1.5s", "2h", "1d")]
    assert told == [250 * 10**6, 15 * 10**8, 7200 * 10**9, 86400 * 10**9]
    assert values.duration(None, "at", faults) is None
    assert values.duration(value_of("10"), "at", faults) is None
    assert said(faults) == [
        "a.test.yml:1:1: error: 'at' takes a time such as 250ms, 10s, 5m, 2h or 1d"
    ]


def test_an_address_may_hold_the_number_of_a_repetition() -> None:
    faults = Faults()
    assert values.address(value_of("'192.0.2.{n}'"), "client", faults, "") == "192.0.2.{n}"
    assert values.address(value_of("2001:db8::1"), "client", faults, "") == "2001:db8::1"
    assert values.address(None, "client", faults, "192.0.2.1") == "192.0.2.1"
    assert values.address(value_of("mx"), "client", faults, "192.0.2.1") == "192.0.2.1"
    assert said(faults) == ["a.test.yml:1:1: error: 'client' takes an IP address, not 'mx'"]


def test_a_site_is_described_as_in_the_configuration() -> None:
    text = (
        "{home_nets: [192.0.2.0/24], own_domains: [Example.COM], tls_inspection_tap: true,"
        " mail_servers: [{network: 192.0.2.10, role: mx, ports: [25]}], scanners: [192.0.2.9]}"
    )
    faults = Faults()
    assert values.config(value_of(text), Config(strict=True), faults) == Config(
        strict=True,
        home_nets=("192.0.2.0/24",),
        own_domains=("example.com",),
        tls_inspection_tap=True,
        mail_servers=(MailServer("192.0.2.10/32", "mx", frozenset({25})),),
        scanners=("192.0.2.9/32",),
    )
    assert said(faults) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{home_net: []}", "unknown setting 'home_net', did you mean 'home_nets'?"),
        ("{home_nets: [192.0.2.1/24]}", "192.0.2.1/24 has host bits set; write 192.0.2.0/24"),
        ("{home_nets: 192.0.2.0/24}", "'home_nets' takes a list"),
        ("{tls_inspection_tap: maybe}", "'tls_inspection_tap' is true or false"),
        ("{mail_servers: [{role: mx}]}", "a mail server needs 'network'"),
        ("{mail_servers: [{network: 192.0.2.1, role: mxx}]}", "unknown role 'mxx', did you"),
        ("{mail_servers: [{network: 192.0.2.1, role: mx, ports: [0]}]}", "from 1 to 65535"),
        ("[]", "'config' takes keys with values"),
    ],
)
def test_a_mistake_in_a_site_is_told(text: str, message: str) -> None:
    faults = Faults()
    values.config(value_of(text), Config(), faults)
    (told,) = said(faults)
    assert message in told


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("destination.port", "25", 25),
        ("tls.established", "true", True),
        ("tls.version", "1.0", "1.0"),
        ("smtp.auth.user", "42", "42"),
        ("smtp.rcpt_to", "a@b", ["a@b"]),
        ("smtp.rcpt_to", "[a@b, c@d]", ["a@b", "c@d"]),
    ],
)
def test_a_value_is_what_its_field_holds(name: str, text: str, value: Any) -> None:
    faults = Faults()
    assert values.field_value(name, value_of(text), faults) == value
    assert said(faults) == []


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("destination.port", "smtp", "takes a whole number, not 'smtp'"),
        ("tls.established", "1", "takes true or false, not '1'"),
        ("smtp.auth.outcome", "failed", "unknown value of 'smtp.auth.outcome' 'failed'"),
        ("smtp.auth.user", "[a]", "takes one value"),
    ],
)
def test_a_value_that_its_field_cannot_hold_is_told(name: str, text: str, message: str) -> None:
    faults = Faults()
    values.field_value(name, value_of(text), faults)
    (told,) = said(faults)
    assert message in told


def test_a_key_like_none_that_is_known_brings_the_list_of_them() -> None:
    faults = Faults()
    mapping = value_of("zebra: 1")
    assert isinstance(mapping, Mapping)
    values.check_keys(mapping, ("name", "expect"), "key", faults)
    assert said(faults) == ["a.test.yml:1:1: error: unknown key 'zebra'; there is name, expect"]


def test_what_is_one_value_is_no_list_and_no_mapping() -> None:
    faults = Faults()
    assert values.text(value_of("[a]"), "name", faults) == ""
    assert values.items_of(value_of("a"), "tests", faults) == ()
    assert values.mapping_of(value_of("a"), "config", faults) is None
    assert len(faults.errors) == 3

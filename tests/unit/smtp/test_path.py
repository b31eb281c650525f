from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.smtp.path import (
    add_facts,
    declared_size,
    form_of,
    has_control,
    parameter_facts,
    parts_of,
    size_limit,
    split,
)

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (b"bob@example.net", "plain"),
        (b"bob", "plain"),
        (b"bob+tag@example.net", "plain"),
        (b'"a!b"@example.net', "plain"),
        (b"", "null"),
        (b"@relay.example:bob@example.net", "source_route"),
        (b"bob%victim.example@own.example", "percent"),
        (b"victim.example!bob", "bang"),
        (b"victim.example!bob@own.example", "bang"),
        (b'"bob@victim.example"@own.example', "quoted_at"),
        (b"bob@victim.example@own.example", "quoted_at"),
    ],
)
def test_a_path_has_a_form(path: bytes, form: str) -> None:
    assert form == form_of(path)


def test_a_path_is_split_at_its_last_at_sign() -> None:
    assert split(b'"a@b"@Example.NET') == ('"a@b"', "example.net")
    assert split(b"@relay.example:bob@example.net") == ("bob", "example.net")
    assert split(b"postmaster") == ("postmaster", "")
    assert split(b"") == ("", "")


def test_what_a_shell_would_obey_stays_to_be_seen() -> None:
    assert split(b"${run{id}}\x01\xff@localhost") == ("${run{id}}\x01\\xff", "localhost")


def test_a_tab_is_a_blank_and_no_control() -> None:
    lines = (b"MAIL\tFROM:<a>", b"MAIL FROM:<a\x08>", b"NOOP \x7f", b"a\rb", b"\0")
    assert [has_control(line) for line in lines] == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        (["SIZE=1000"], 1000),
        (["BODY=8BITMIME", "size=7"], 7),
        (["SIZE=-1"], None),
        (["SIZE=1e3"], None),
        (["SIZE=" + 30 * "9"], None),
        ([], None),
    ],
)
def test_the_declared_size_is_a_number_or_nothing(parameters: list[str], size: int | None) -> None:
    assert size == declared_size(parameters)


def test_the_limit_of_a_server_is_read_and_0_is_none() -> None:
    limits = [size_limit([keyword]) for keyword in ("SIZE 100", "SIZE 0", "SIZE", "SIZE x", "DSN")]
    assert limits == [100, None, None, None, None]


@pytest.mark.parametrize(
    ("parameter", "control"),
    [
        ("AUTH=a+0Ab", True),
        ("ORCPT=rfc822;a+0d", True),
        ("ENVID=+00", True),
        ("AUTH=a+2Bb", False),
        ("BODY=+0A", False),
        ("AUTH=<>", False),
    ],
)
def test_control_characters_are_seen_through_xtext(parameter: str, control: bool) -> None:
    assert parameter_facts([parameter])["smtp.command.parameter_control"] is control


def test_a_parameter_that_stands_twice_is_told_in_any_case() -> None:
    assert parameter_facts(["SIZE=1", "size=2"])["smtp.command.parameter_repeated"] is True
    assert parameter_facts(["SIZE=1", "BODY=7BIT"])["smtp.command.parameter_repeated"] is False


def test_without_parameters_nothing_is_said_of_them() -> None:
    said: Fields = {}
    add_facts(said, parts_of(b""), [])
    assert said == {
        "smtp.command.local_part": "",
        "smtp.command.domain": "",
        "smtp.command.path_form": "null",
    }


@pytest.mark.parametrize("parameters", [["SIZE=1"], ["AUTH=a+0Ab"], ["SIZE=1", "size=2"]])
def test_of_parameters_it_is_said_what_is_odd(parameters: list[str]) -> None:
    said: Fields = {}
    add_facts(said, parts_of(b"a@b"), parameters)
    assert said == {
        "smtp.command.local_part": "a",
        "smtp.command.domain": "b",
        "smtp.command.path_form": "plain",
        "smtp.command.parameters": parameters,
        **parameter_facts(parameters),
    }


def test_a_source_route_that_leads_nowhere_has_a_last_domain_all_the_same() -> None:
    parts = parts_of(b"@Relay.example:bob")
    assert (parts.local_part, parts.domain, parts.last_domain) == ("bob", "", "relay.example:bob")

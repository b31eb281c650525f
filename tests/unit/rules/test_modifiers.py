from __future__ import annotations

import subprocess
import sys
from itertools import product
from typing import Any

import pytest
from sigma.modifiers import modifier_mapping

from smtpids.rules.modifiers import (
    ADVICE,
    ALIASES,
    MODIFIERS,
    ValueFaultError,
    checks_of,
    sigma_checks,
)
from smtpids.rules.tree import Check, Op, TimePart, Wild

HELO = "smtp.helo"


def test_pysigma_is_not_imported_before_a_value_is_read() -> None:
    asks = "import sys, smtpids.rules.loader; sys.exit('sigma' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0


def test_every_modifier_of_pysigma_is_known() -> None:
    assert set(modifier_mapping) | set(ALIASES) == set(MODIFIERS)
    assert set(ALIASES.values()) <= set(modifier_mapping)


def test_advice_is_for_modifiers_and_types_that_do_not_go_together() -> None:
    assert [key for key in ADVICE if key[1] in MODIFIERS[key[0]].types] == []


@pytest.mark.parametrize(
    ("modifiers", "value", "check"),
    [
        ("", "Mail", Check(HELO, Op.EQUALS, "mail")),
        ("", "", Check(HELO, Op.EQUALS, "")),
        ("", None, Check(HELO, Op.NULL)),
        ("", "*", Check(HELO, Op.CONTAINS, "")),
        ("", "a*", Check(HELO, Op.STARTSWITH, "a")),
        ("", "**a", Check(HELO, Op.ENDSWITH, "a")),
        ("", "*a*", Check(HELO, Op.CONTAINS, "a")),
        ("", "A?b*", Check(HELO, Op.GLOB, ("a", Wild.ONE, "b", Wild.ANY))),
        ("", r"a\*", Check(HELO, Op.EQUALS, "a*")),
        ("contains", "a", Check(HELO, Op.CONTAINS, "a")),
        ("startswith", "a*b", Check(HELO, Op.GLOB, ("a", Wild.ANY, "b", Wild.ANY))),
        ("endswith|cased", "Ab", Check(HELO, Op.ENDSWITH, "Ab", cased=True)),
        ("cased", "Ab", Check(HELO, Op.EQUALS, "Ab", cased=True)),
        ("re", "a.*b", Check(HELO, Op.REGEX, "a.*b")),
        ("re|i|s", "a.*b", Check(HELO, Op.REGEX, "(?is)a.*b")),
        ("exists", False, Check(HELO, Op.EXISTS, operand=False)),
        ("fieldref", "smtp.mail_from", Check(HELO, Op.REF_EQUALS, "smtp.mail_from")),
        ("fieldref|contains", "smtp.mail_from", Check(HELO, Op.REF_CONTAINS, "smtp.mail_from")),
        ("fieldref|endswith", "smtp.mail_from", Check(HELO, Op.REF_ENDSWITH, "smtp.mail_from")),
        ("base64", "foo", Check(HELO, Op.EQUALS, "zm9v")),
        ("wide|contains", "a", Check(HELO, Op.CONTAINS, "a\0")),
    ],
)
def test_a_modifier_makes_a_check_of_a_text(modifiers: str, value: Any, check: Check) -> None:
    assert [check] == checks_of(HELO, tuple(filter(None, modifiers.split("|"))), value)


@pytest.mark.parametrize(
    ("name", "modifier", "value", "check"),
    [
        ("destination.port", "", 25, Check("destination.port", Op.EQUALS, 25)),
        ("destination.port", "gte", 25, Check("destination.port", Op.GTE, 25)),
        ("tls.established", "", False, Check("tls.established", Op.EQUALS, operand=False)),
        ("source.ip", "cidr", "192.0.2.0/24", Check("source.ip", Op.CIDR, "192.0.2.0/24")),
        ("source.ip", "", "::1", Check("source.ip", Op.EQUALS, "::1", cased=True)),
        ("@timestamp", "hour", 3, Check("@timestamp", Op.TIME_PART, TimePart("hour", 3))),
        (None, "", "foo", Check(None, Op.CONTAINS, "foo")),
        (None, "", "foo*", Check(None, Op.CONTAINS, "foo")),
        (None, "re", "^foo", Check(None, Op.REGEX, "^foo")),
    ],
)
def test_a_modifier_makes_a_check_of_other_values(
    name: str | None, modifier: str, value: Any, check: Check
) -> None:
    assert [check] == checks_of(name, (modifier,) if modifier else (), value)


VALUES = (
    "Mail",
    " a b ",
    "Ünïcode ß",
    "a|b",
    "-x /y",
    "[redacted]",
    "12",
    "::1",
    "",
    "*",
    "a**?B*",
    "??",
    "*a",
    r"\*",
    r"a\*B\?c",
    r"\*.\**",
    r"a\\*",
    r"\a",
    "a\\",
    "192.0.2.0/24",
    "192.0.2.1/24",
    "smtp.mail_from",
    r"^a.*\d(?:b|c)$",
    "%x%",
)
NUMBERS = (0, 25, -1, 2**40, True, False)


@pytest.mark.parametrize("name", [HELO, "source.ip", "smtp.mail_from", "event.action"])
@pytest.mark.parametrize(
    "modifiers",
    [
        (),
        ("contains",),
        ("startswith",),
        ("endswith",),
        ("cased",),
        ("cased", "startswith"),
        ("contains", "cased"),
        ("re",),
        ("re", "i"),
        ("re", "s", "i", "m"),
        ("re", "dotall", "ignorecase", "multiline"),
        ("cidr",),
        ("fieldref",),
        ("fieldref", "startswith"),
        ("fieldref", "endswith"),
        ("fieldref", "contains"),
    ],
    ids="|".join,
)
@pytest.mark.parametrize("value", VALUES)
def test_a_text_means_what_pysigma_says(name: str, modifiers: tuple[str, ...], value: str) -> None:
    assert outcome(sigma_checks, name, modifiers, value) == outcome(
        checks_of, name, modifiers, value
    )


@pytest.mark.slow
@pytest.mark.parametrize("modifiers", [(), ("contains",), ("cased",)], ids="|".join)
def test_every_short_text_of_signs_means_what_pysigma_says(modifiers: tuple[str, ...]) -> None:
    texts = ["".join(signs) for size in range(1, 5) for signs in product("aB*?\\%", repeat=size)]
    assert [
        text
        for text in texts
        if outcome(sigma_checks, HELO, modifiers, text) != outcome(checks_of, HELO, modifiers, text)
    ] == []


def test_no_value_means_what_pysigma_says() -> None:
    assert outcome(sigma_checks, HELO, (), None) == outcome(checks_of, HELO, (), None)


@pytest.mark.parametrize("modifiers", [(), ("exists",), ("lt",), ("lte",), ("gt",), ("gte",)])
@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_means_what_pysigma_says(modifiers: tuple[str, ...], value: int) -> None:
    asked = ("destination.port", modifiers, value)
    assert outcome(sigma_checks, *asked) == outcome(checks_of, *asked)


def outcome(way: Any, *asked: Any) -> Any:
    """Return the checks, with the types of their operands, or the words of the fault."""
    try:
        return [(check, type(check.operand)) for check in way(*asked)]
    except ValueFaultError as fault:
        return str(fault)


def test_a_modifier_that_expands_makes_several_checks() -> None:
    assert len(checks_of(HELO, ("base64offset", "contains"), "foobar")) == 3
    assert len(checks_of(HELO, ("windash",), "x -a")) == 5


def test_what_pysigma_refuses_is_said_in_one_line() -> None:
    with pytest.raises(ValueFaultError) as caught:
        checks_of(HELO, ("base64",), "a*")
    assert str(caught.value) == "base64 encoding of strings with wildcards is not allowed"

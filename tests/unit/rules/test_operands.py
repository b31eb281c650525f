from __future__ import annotations

import subprocess
import sys

import pytest

from smtpids.rules.operands import (
    MOST_PATTERN,
    PatternError,
    address_number,
    calm_finder,
    finder,
    glob_finder,
    glob_pattern,
    is_like,
    network_mask,
    time_part,
)
from smtpids.rules.tree import Glob, Wild


def test_re2_is_not_imported_before_an_expression_needs_it() -> None:
    asks = "import sys, smtpids.rules.operands; sys.exit('re2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)", "invalid perl operator: (?="),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("a(b", "missing ): a(b"),
        ("a" * (MOST_PATTERN + 1), "it is longer than 4096 characters"),
    ],
)
def test_an_expression_that_re2_refuses_is_named(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        finder(pattern)
    assert reason == str(caught.value)


def test_a_refused_expression_is_not_logged(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PatternError):
        finder("[")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [("a.c", True), ("a.xx.c", True), ("a.c.", False), ("xa.c", False), ("a.\n.c", True)],
)
def test_a_glob_is_true_of_whole_texts(text: str, *, found: bool) -> None:
    pattern = glob_pattern(("a.", Wild.ANY, "c"))
    assert found is (finder(pattern)(text) is not None)


def test_an_ipv4_address_in_ipv6_form_is_the_ipv4_address() -> None:
    assert address_number("192.0.2.1") == address_number("::ffff:192.0.2.1")
    assert address_number("192.0.2.1") != address_number("::c000:201")


@pytest.mark.parametrize("other", ["", "192.0.2", "mail.example", None, 7, "1.2.3.4\0", "\ud800"])
def test_what_is_no_address_has_no_number(other: object) -> None:
    assert address_number(other) == -1


@pytest.mark.parametrize(
    ("network", "address", "inside"),
    [
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.0", False),
        ("192.0.2.0/24", "::ffff:192.0.2.9", True),
        ("192.0.2.7/32", "192.0.2.7", True),
        ("0.0.0.0/0", "203.0.113.1", True),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("::/0", "2001:db8::1", True),
        ("::/0", "203.0.113.1", False),
        ("2001:db8::/32", "2001:db8:1::1", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("::ffff:192.0.2.0/120", "192.0.2.9", True),
        ("255.255.255.255/32", "none", False),
    ],
)
def test_a_network_holds_its_addresses(network: str, address: str, *, inside: bool) -> None:
    mask, result = network_mask(network)
    assert inside is (address_number(address) & mask == result)


@pytest.mark.parametrize(
    ("part", "number"),
    [("minute", 59), ("hour", 23), ("day", 30), ("week", 1), ("month", 12), ("year", 2024)],
)
def test_a_part_of_a_time_is_in_utc(part: str, number: int) -> None:
    # 2024-12-30T23:59:07Z, which is in the first ISO week of 2025
    assert number == time_part(1_735_603_147_123_456_789, part)


@pytest.mark.parametrize("moment", [None, "now", True, 10**40, -(10**40)])
def test_what_is_no_time_has_no_parts(moment: object) -> None:
    assert time_part(moment, "hour") == -1


@pytest.mark.parametrize(
    ("glob", "text", "like"),
    [
        (("a", Wild.ANY), "ab", True),
        ((Wild.ONE, "b"), "\ud800b", True),
        ((Wild.ONE, "b"), "\ud800\ud800b", False),
        ((Wild.ANY, "b"), "\ud800\nb", True),
    ],
)
def test_wildcards_take_any_text(glob: Glob, text: str, like: bool) -> None:
    assert like is (glob_finder(glob)(text) is not None) is is_like(text, glob)


def test_a_calm_search_sees_a_lone_surrogate_as_its_escape() -> None:
    assert calm_finder("^.ud800$")("\ud800") is not None
    assert calm_finder("x")("\ud800") is None
    assert calm_finder("b$")("ab") is not None

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.rules.detection import read_selection
from smtpids.rules.loader import load
from smtpids.rules.matcher import Matcher
from smtpids.rules.placeholders import MOST_VALUES, resolved
from tests.support.rules import event, said, selection, spoiled, written

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.rules.tree import Node

VALUES = {
    "partners": ("Partner.example", "*.friend.example"),
    "ports": ("25", "587"),
    "users": ("alice", "bob"),
    "printers": ("192.0.2.1", "2001:db8::1"),
    "letters": tuple("abcdefghijklmnopqrstuvwxyz"),
}


def filled(text: str) -> tuple[Node, list[str]]:
    """Return a selection after its placeholders were replaced, and what was said."""
    faults = Faults()
    (value,) = read_documents("detection:\n  one:\n    " + text, "probe.yml", faults)
    document = resolved(value, VALUES, faults)
    detection = document.get("detection")  # type: ignore[union-attr]
    return read_selection(detection.get("one"), faults), said(faults)  # type: ignore[union-attr,arg-type]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("smtp.helo|expand: '%partners%'", "smtp.helo: [partner.example, '*.friend.example']"),
        ("smtp.helo|expand: [x, '%users%']", "smtp.helo: [x, alice, bob]"),
        ("smtp.helo|contains|expand: '%users%.'", "smtp.helo|contains: [alice., bob.]"),
        ("smtp.helo|expand|endswith: '%users%'", "smtp.helo|endswith: [alice, bob]"),
        ("smtp.helo|re|expand: '^%users%$'", "smtp.helo|re: ['^alice$', '^bob$']"),
        ("smtp.helo|contains|all|expand: '%users%'", "smtp.helo|contains|all: [alice, bob]"),
        ("smtp.helo|expand|neq: '%users%'", "smtp.helo|neq: [alice, bob]"),
        ("destination.port|expand: '%ports%'", "destination.port: [25, 587]"),
        ("source.ip|expand: '%printers%'", "source.ip: [192.0.2.1, '2001:db8::1']"),
        (
            "smtp.helo|expand: '%users%@%ports%'",
            "smtp.helo: [alice@25, alice@587, bob@25, bob@587]",
        ),
    ],
)
def test_a_placeholder_stands_for_its_values(text: str, same: str) -> None:
    assert (selection(same), []) == filled(text)


def test_an_escaped_sign_of_percent_is_one() -> None:
    node, told = filled(r"smtp.helo|expand: '%users%\%'")
    assert (node, told) == (selection("smtp.helo: ['alice%', 'bob%']"), [])


def test_a_value_that_does_not_fit_the_field_is_told_at_the_placeholder() -> None:
    assert filled("source.ip|expand: '%users%'")[1] == [
        "probe.yml:3:23: error: 'alice' is not an IP address",
        "probe.yml:3:23: error: 'bob' is not an IP address",
    ]


def test_placeholders_do_not_multiply_without_end() -> None:
    _, told = filled("smtp.helo|expand: '%letters%%letters%%letters%%letters%'")
    assert told == [
        (
            "probe.yml:3:23: error: the placeholders make 456976 values of this; the most is"
            f" {MOST_VALUES}"
        )
    ]


def test_a_rule_runs_with_the_values_of_the_site(tmp_path: Path) -> None:
    text = spoiled("tls.established: false", "smtp.helo|expand: '%partners%'")
    ruleset = load([written(tmp_path, "probe.yml", text)], placeholders=VALUES)
    matcher = Matcher(ruleset)
    assert [
        rule.name for rule in matcher.match(event("auth", {"smtp.helo": "a.friend.example"}))
    ] == ["probe"]
    assert [*matcher.match(event("auth", {"smtp.helo": "friend.example"}))] == []


def test_a_filter_takes_placeholders_too(tmp_path: Path) -> None:
    text = """\
title: Printers
logsource: {product: smtpids, category: smtp}
filter:
    rules: [probe]
    selection: {'source.ip|expand': '%printers%'}
    condition: not selection
"""
    written(tmp_path, "probe.yml", spoiled("tls.established: false", "smtp.helo: x"))
    written(tmp_path, "printers.yml", text)
    matcher = Matcher(load([tmp_path], placeholders=VALUES))
    for address, count in (("192.0.2.1", 0), ("192.0.2.2", 1)):
        found = matcher.match(event("auth", {"smtp.helo": "x", "source.ip": address}))
        assert count == len([*found])

from __future__ import annotations

import pytest

from smtpids.errors import Location
from smtpids.faults import Faults
from smtpids.fields import ALL
from smtpids.rules import lint
from tests.support.rules import rule_document, said, spoiled


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            spoiled("id: 7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11\n", ""),
            "1:1: warning: no id; add 'id: eb4d7ac4-a4e4-53ac-81ca-18bbdeba3999'",
        ),
        (
            spoiled("description: A rule for tests.\n", ""),
            "1:1: warning: no description; say what is found and why it matters",
        ),
        (
            spoiled("level: high", "level: high\ntags: [attack.credential_access]"),
            (
                "12:8: warning: 'attack.credential_access' is neither a tactic nor a technique;"
                " write 'attack.credential-access'"
            ),
        ),
        (
            spoiled("level: high", "level: high\ntags: [attack.t10]"),
            "12:8: warning: 'attack.t10' is neither a tactic nor a technique",
        ),
    ],
)
def test_what_is_unwise_is_a_warning(text: str, warning: str) -> None:
    assert [f"probe.yml:{warning}"] == rule_document(text)[1]


@pytest.mark.parametrize("tag", ["attack.t1040", "attack.t1562.010", "attack.impact", "cve.2021-1"])
def test_a_known_tag_is_no_matter(tag: str) -> None:
    assert rule_document(spoiled("level: high", f"level: high\ntags: [{tag}]"))[1] == []


def test_a_rule_that_is_asked_of_every_event_is_pointed_out() -> None:
    faults = Faults()
    lint.actions(ALL, Location("probe.yml", 6, 1), faults)
    lint.actions(ALL - {"auth"}, Location("probe.yml", 7, 1), faults)
    assert said(faults) == [
        (
            "probe.yml:6:1: warning: the rule is asked of every event; add 'event.action' to each"
            " selection"
        )
    ]


def test_a_filter_that_excludes_nothing_is_pointed_out() -> None:
    text = """\
title: Filter
logsource: {product: smtpids, category: smtp}
filter:
    rules: [probe]
    selection: {source.ip: 192.0.2.1}
    condition: selection
"""
    warning = (
        "probe.yml:6:16: warning: the condition is added to the rules'; write 'not selection' for"
        " what is to pass"
    )
    assert [warning] == rule_document(text)[1]

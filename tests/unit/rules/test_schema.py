from __future__ import annotations

import datetime as dt

import pytest

from smtpids.rules.rule import Level, Suppress
from smtpids.rules.schema import FilterDocument, RuleDocument
from smtpids.rules.tree import And, Check, Not, Op
from tests.support.rules import PROBE, rule_document, spoiled

WHOLE = """\
title: Whole
id: 0F2A7C5E-8f6f-4ad1-9c7e-4f4c1c8f2d21
name: whole
related: [{id: 7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11, type: similar}]
taxonomy: sigma
status: stable
description: A rule with everything.
license: Apache-2.0
author: somebody
references: [https://www.example.com/]
date: 2026-11-20
modified: 2026-11-23
logsource: {product: smtpids, category: smtp, definition: any}
detection:
    selection: {event.action: auth}
    condition: selection
fields: [source.ip]
falsepositives: [Somebody else]
level: medium
tags: [attack.t1040]
scope: [server]
smtpids:
    message: '{source.ip} did it'
    sid: 9000001
    suppress: {by: [source.ip, destination.ip], for: 10m}
    expires: 2027-06-30
    enabled: false
"""

FILTER = """\
title: A Printer
id: 33333333-8f6f-4ad1-9c7e-4f4c1c8f2d21
logsource: {product: smtpids, category: smtp}
filter:
    rules: [probe]
    selection:
        source.ip|cidr: 192.0.2.0/24
    condition: not selection
smtpids: {expires: 2027-06-30}
"""


def test_a_rule_holds_what_its_file_says() -> None:
    found, told = rule_document(WHOLE, "rules/auth/whole.yml")
    assert isinstance(found, RuleDocument)
    rule = found.rule
    assert told == []
    assert (True, dt.date(2027, 6, 30)) == (found.sound, found.expires)
    assert (rule.name, rule.title, rule.level) == ("whole", "Whole", Level.MEDIUM)
    assert rule.uuid == "0f2a7c5e-8f6f-4ad1-9c7e-4f4c1c8f2d21"
    assert (rule.category, rule.path) == ("auth", "rules/auth/whole.yml")
    assert (rule.author, rule.revision, rule.sid) == ("somebody", "2026-11-23", 9000001)
    assert (rule.tags, rule.false_positives) == (("attack.t1040",), ("Somebody else",))
    assert Suppress(("source.ip", "destination.ip"), 600 * 10**9) == rule.suppress
    assert (rule.message, rule.enabled) == ("{source.ip} did it", False)
    assert Check("event.action", Op.EQUALS, "auth") == found.condition


def test_a_filter_holds_its_rules_and_its_condition() -> None:
    found, told = rule_document(FILTER)
    assert isinstance(found, FilterDocument)
    assert told == []
    assert [scalar.text for scalar in found.rules] == ["probe"]
    assert Not(Check("source.ip", Op.CIDR, "192.0.2.0/24")) == found.condition
    assert (dt.date(2027, 6, 30), True) == (found.expires, found.enabled)


def test_several_conditions_are_alternatives() -> None:
    found, _ = rule_document(
        spoiled("    condition: selection", "    x: {smtp.helo: a}\n    condition: [selection, x]")
    )
    assert isinstance(found, RuleDocument)
    assert not isinstance(found.condition, And)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a\n", "1:1: error: expected a rule, found a list; a rule begins with 'title:'"),
        (
            "hello\n",
            "1:1: error: expected a rule, found a single value; a rule begins with 'title:'",
        ),
        ("---\n", "2:1: error: expected a rule, found nothing; a rule begins with 'title:'"),
        (
            PROBE[: PROBE.index("detection:")] + "level: high\n",
            "1:1: error: no detection; add 'detection:' with selections and a condition",
        ),
        (
            PROBE[: PROBE.index("detection:")] + "detection: []\nlevel: high\n",
            "6:12: error: no detection; add 'detection:' with selections and a condition",
        ),
        (
            spoiled("    condition: selection\n", ""),
            "7:5: error: no condition; add 'condition: selection'",
        ),
        (
            spoiled("condition: selection", "condition: selction"),
            "10:16: error: unknown selection 'selction', did you mean 'selection'?",
        ),
        (
            spoiled("condition: selection", "condition: 'selection and not filter'"),
            "10:35: error: unknown selection 'filter'; there is selection",
        ),
        (
            spoiled("condition: selection", "condition: {a: b}"),
            "10:16: error: 'condition' takes a text, as in 'selection and not filter'",
        ),
        (
            spoiled("condition: selection", "condition:"),
            "10:15: error: 'condition' takes a text, as in 'selection and not filter'",
        ),
        (
            spoiled("    condition: selection", "    timeframe: 5m\n    condition: selection"),
            (
                "10:5: error: 'timeframe' is of Sigma 1; count in a correlation, which"
                " has a 'timespan'"
            ),
        ),
        (
            spoiled(
                "    condition: selection", "    all: {smtp.helo: x}\n    condition: selection"
            ),
            "10:5: error: a selection cannot be called 'all'",
        ),
        (
            spoiled(
                "    condition: selection", "    a b: {smtp.helo: x}\n    condition: selection"
            ),
            "10:5: error: a selection cannot be called 'a b'",
        ),
        (
            spoiled(
                "    condition: selection", "    other: {smtp.helo: x}\n    condition: selection"
            ),
            "10:5: warning: the condition does not use 'other'",
        ),
        (
            spoiled("tls.established: false", "tls.establised: false"),
            "9:9: error: unknown field 'tls.establised', did you mean 'tls.established'?",
        ),
        (
            FILTER.replace("    rules: [probe]\n", ""),
            "5:5: error: 'rules' takes the rules that the filter is for, as in [auth_before_tls]",
        ),
        (
            FILTER.replace("[probe]", "{a: b}"),
            "5:12: error: 'rules' takes the rules that the filter is for, as in [auth_before_tls]",
        ),
        (
            FILTER.replace("[probe]", "any"),
            "5:12: warning: 'any' silences every rule; name those that are meant",
        ),
        (
            FILTER.replace("{expires: 2027-06-30}", "{sid: 5}"),
            "9:11: error: 'sid' is for rules; a filter has 'expires', 'enabled'",
        ),
        (
            spoiled("level: high", "level: high\nsmtpids: {min_values: 10}"),
            "12:11: error: 'min_values' is for correlations of type 'value_avg'; remove it",
        ),
        (
            FILTER.replace("{expires: 2027-06-30}", "{min_values: 10}"),
            "9:11: error: 'min_values' is for rules; a filter has 'expires', 'enabled'",
        ),
        (
            FILTER.replace("source.ip|cidr", "client.ip|cidr"),
            "7:9: error: unknown field 'client.ip', did you mean 'source.ip'?",
        ),
    ],
)
def test_a_mistake_has_its_place_and_what_to_write_instead(text: str, fault: str) -> None:
    assert [f"probe.yml:{fault}"] == rule_document(text)[1]


def test_a_filter_may_name_one_rule_without_a_list() -> None:
    found, _ = rule_document(FILTER.replace("[probe]", "probe"))
    assert isinstance(found, FilterDocument)
    assert [scalar.text for scalar in found.rules] == ["probe"]

"""Label values come from closed sets, whatever the traffic says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.metrics import labels
from smtpids.rules.rule import Level, Rule
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.states import VERBS

ANYTHING = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


@pytest.mark.parametrize(
    ("code", "expected"),
    [(220, "2xx"), (354, "3xx"), (421, "4xx"), (599, "5xx"), (199, "other"), (600, "other")],
)
def test_a_reply_is_labelled_by_its_first_digit(code: int, expected: str) -> None:
    assert expected == labels.code_class(code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("2.1.5", "x.1"),
        ("5.7.26", "x.7"),
        ("4.8.0", "other"),
        ("5.70.0", "other"),
        ("5", "other"),
        ("", "none"),
        (None, "none"),
    ],
)
def test_an_enhanced_code_is_labelled_by_its_subject(code: object, expected: str) -> None:
    assert expected == labels.enhanced_class(code)


@pytest.mark.parametrize(
    ("port", "expected"), [(25, "25"), (2525, "2525"), (26, "other"), ("25", "other")]
)
def test_a_port_without_a_name_is_other(port: object, expected: str) -> None:
    assert expected == labels.service(port)


def test_every_verb_and_every_anomaly_of_the_tracker_has_its_own_value() -> None:
    assert set(VERBS) == labels.COMMANDS
    assert set() == set(ANOMALIES) - labels.ANOMALIES


def test_every_attachment_category_is_named_once() -> None:
    assert {"archive", "document", "executable", "script"} <= labels.CATEGORIES
    assert labels.ATTACHMENT_CATEGORIES["docm"] == "document"
    assert labels.ATTACHMENT_CATEGORIES["lnk"] == "executable"


@given(ANYTHING)
def test_no_value_of_the_traffic_becomes_a_label(value: object) -> None:
    assert labels.service(value) in labels.SERVICE_NAMES
    assert labels.code_class(value) in labels.CODE_CLASSES | {"other"}
    assert labels.enhanced_class(value) in labels.ENHANCED_CLASSES | {"other"}
    assert labels.fold(value, labels.COMMANDS) in labels.COMMANDS | {"other"}


def test_alerts_are_told_apart_by_rule_level_and_category() -> None:
    rule = Rule(name="a", title="A", level=Level.HIGH, category="auth")
    assert labels.alert_key(rule) == ("a", "high", "auth")
    assert labels.alert_key(replace(rule, category="")) == ("a", "high", "other")

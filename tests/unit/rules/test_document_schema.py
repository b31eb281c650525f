from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator

from smtpids.rules.document_schema import FILE, schema, text
from smtpids.rules.shipped_rules import folder
from tests.support.rules import PROBE

if TYPE_CHECKING:
    from pathlib import Path

CHECK = Draft7Validator(schema())
FILTER = """\
title: A Printer
logsource: {product: smtpids, category: smtp}
filter:
    rules: [probe]
    selection: {source.ip|cidr: 192.0.2.0/24}
    condition: not selection
smtpids: {expires: 2027-06-30}
"""
CORRELATION = """\
title: Many Logins
name: many_logins
correlation:
    type: event_count
    rules: [probe]
    group-by: [source.ip]
    timespan: 5m
    condition: {gte: 10}
level: high
"""


def plain(value: Any) -> Any:
    """Return a document as an editor sees it: dates are texts."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def valid(content: str) -> bool:
    return all(CHECK.is_valid(plain(one)) for one in yaml.safe_load_all(content))


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(schema())


def test_the_committed_file_is_fresh() -> None:
    """Else: python -m smtpids.rules.document_schema > rules/rule.schema.json."""
    assert text() == (folder() / FILE).read_text()


@pytest.mark.parametrize("path", sorted(folder().rglob("*.yml")), ids=lambda path: path.name)
def test_a_shipped_rule_is_valid_and_names_the_schema(path: Path) -> None:
    if path.name.endswith(".test.yml"):
        return
    content = path.read_text()
    faults = [
        f"{error.json_path}: {error.message}"
        for one in yaml.safe_load_all(content)
        for error in CHECK.iter_errors(plain(one))
    ]
    assert faults == []
    mark, _, named = content.splitlines()[0].partition("$schema=")
    assert mark == "# yaml-language-server: "
    assert (path.parent / named).resolve() == (folder() / FILE).resolve()


@pytest.mark.parametrize(
    "item",
    [
        "smtp.helo: mail",
        "smtp.helo: [mail, mx]",
        "smtp.helo: null",
        "smtp.helo|contains|all: [a, b]",
        "smtp.helo|re|i: '^a'",
        "smtp.helo|expand: '%mine%'",
        "smtp.auth.outcome: SUCCESS",
        "smtp.auth.outcome: 'succ*'",
        "smtp.auth.user|fieldref: smtp.mail_from",
        "smtp.helo|exists: false",
        "smtp.helo|neq: mail",
        "destination.port|gte: 25",
        "destination.port|neq: [25, 587]",
        "source.ip|cidr: [10.0.0.0/8]",
        "'@timestamp|hour': [1, 2]",
    ],
)
def test_what_the_loader_takes_is_valid(item: str) -> None:
    assert valid(PROBE.replace("tls.established: false", item))


@pytest.mark.parametrize(
    "item",
    [
        "smtp.helo2: mail",
        "smtp.helo: 25",
        "smtp.helo: NO",
        "smtp.helo|contians: mail",
        "smtp.helo|gt: 5",
        "smtp.helo|exists: maybe",
        "smtp.auth.outcome: sucess",
        "smtp.auth.user|fieldref: smtp.mailfrom",
        "destination.port: smtp",
        "destination.port|gte: '25'",
        "destination.port|contains: '25'",
        "source.ip|startswith: '10.'",
        "tls.established: 'false'",
        "'@timestamp': 5",
        "'@timestamp|hour': noon",
    ],
)
def test_a_mistake_in_a_selection_is_not_valid(item: str) -> None:
    assert not valid(PROBE.replace("tls.established: false", item))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("level: high", "levle: high"),
        ("level: high", "level: huge"),
        ("name: probe", "name: The Probe"),
        ("product: smtpids", "product: windows"),
        ("    condition: selection\n", ""),
        ("condition: selection", "condition: selection | count() > 3"),
        ("level: high", "level: high\nsmtpids: {mesage: x}"),
        ("level: high", "level: high\nsmtpids: {suppress: {by: [source.ip], for: 10}}"),
        ("level: high", "level: high\nsmtpids: {once_per: session.ip}"),
        ("level: high", "level: high\ntags: [t1040]"),
        ("level: high", "level: high\ndate: 23.11.2026"),
    ],
)
def test_a_mistake_around_the_selections_is_not_valid(old: str, new: str) -> None:
    assert valid(PROBE)
    assert PROBE.count(old) == 1
    assert not valid(PROBE.replace(old, new))


def test_filters_and_correlations_are_known() -> None:
    assert valid(FILTER)
    assert not valid(FILTER.replace("    rules: [probe]\n", ""))
    assert valid(CORRELATION)
    assert not valid(CORRELATION.replace("group-by", "groupby"))
    assert not valid(CORRELATION.replace("event_count", "count"))


@pytest.mark.parametrize(
    ("number", "fits"), [(1, True), (10_000, True), (0, False), (10_001, False), (2.5, False)]
)
def test_the_least_number_of_values_is_one_that_a_window_can_hold(
    number: float, fits: bool
) -> None:
    assert valid(f"{CORRELATION}smtpids: {{min_values: {number}}}\n") is fits


def test_the_schema_is_text_of_json() -> None:
    assert schema() == json.loads(text())

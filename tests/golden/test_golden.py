"""The alerts that the shipped rules raise on each recorded capture, line by line.

A golden file holds what `smtpids run` writes, with the keys of each object in order and without
the version of the program. `expected.yml` was made by those who recorded, before there was a rule:
it says independently which rules must alert and which may.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import encode
from smtpids.alerts.record import Observer, record
from smtpids.alerts.schema import schema
from tests.support import ecs
from tests.support.engine import PCAPS, captures, shipped_rules, told_of_capture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules.rule import Match

FOLDER = Path(__file__).parent
#: Rules that the recorded captures must show at least.
SHOWN = 14
CHECK = Draft202012Validator(schema(), format_checker=FormatChecker())
#: What stands for the version, which changes without any change of the alerts.
VERSION = "0"

each_capture = pytest.mark.parametrize("capture", captures(), ids=lambda path: path.name)


@cache
def expected() -> dict[str, Any]:
    """Return what those who recorded know of each capture."""
    loaded: dict[str, Any] = yaml.safe_load((PCAPS / "expected.yml").read_text(encoding="utf-8"))
    return loaded


def golden_of(capture: Path) -> Path:
    """Return the golden file of a capture."""
    return FOLDER / f"{capture.name}.jsonl"


def rendered(match: Match) -> str:
    """Return an alert as one line that is the same on every machine."""
    line = json.loads(encode(alert(match, Observer(version=VERSION))))
    return json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n"


def raised(capture: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the alerts of a capture; it is named as somebody in its folder would."""
    monkeypatch.chdir(PCAPS)
    return "".join(rendered(match) for match in told_of_capture(Path(capture.name)).alerts)


def faults_of(lines: Sequence[str | bytes]) -> list[str]:
    """Return what is wrong with lines of JSON by our schema and by ECS."""
    records = [json.loads(line) for line in lines]
    ours = [
        f"{fault.json_path}: {fault.message}"
        for record in records
        for fault in CHECK.iter_errors(record)
    ]
    return ours + [fault for record in records for fault in ecs.faults_of(record)]


@each_capture
def test_a_capture_raises_its_golden_alerts(
    capture: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    seen = raised(capture, monkeypatch)
    golden = golden_of(capture)
    if pytestconfig.getoption("--update-golden", default=False):
        golden.write_text(seen, encoding="utf-8")
    kept = golden.read_text(encoding="utf-8")
    assert [json.loads(line) for line in seen.splitlines()] == [
        json.loads(line) for line in kept.splitlines()
    ]
    assert kept == seen


@each_capture
def test_a_capture_raises_what_those_who_recorded_it_expect(capture: Path) -> None:
    facts = expected()[capture.name]
    shipped = {rule.name for rule in shipped_rules().rules}
    lines = golden_of(capture).read_text(encoding="utf-8").splitlines()
    names = {json.loads(line)["rule"]["id"] for line in lines}
    assert set(facts["alerts"]) & shipped <= names
    assert names <= set(facts["alerts"]) | set(facts["alerts_possible"])


@each_capture
def test_golden_alerts_are_valid_by_our_schema_and_by_ecs(capture: Path) -> None:
    lines = golden_of(capture).read_text(encoding="utf-8").splitlines()
    assert faults_of(lines) == []


@each_capture
def test_the_records_of_a_capture_are_valid_by_our_schema_and_by_ecs(capture: Path) -> None:
    lines = [encode(record(event, Observer())) for event in told_of_capture(capture).records]
    assert lines != []
    assert faults_of(lines) == []


def test_every_golden_file_belongs_to_a_capture() -> None:
    known = {golden_of(capture) for capture in captures()}
    assert known == set(FOLDER.glob("*.jsonl"))


def test_the_recorded_captures_show_many_rules_that_are_on() -> None:
    names = {
        json.loads(line)["rule"]["id"]
        for path in FOLDER.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    on = {rule.name for rule in shipped_rules().rules if rule.enabled}
    assert (names - on, len(names) >= SHOWN) == (set(), True)

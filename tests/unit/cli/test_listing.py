from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.cli import main
from smtpids.errors import ExitCode
from smtpids.fields import FIELDS
from smtpids.settings.options import OPTIONS
from smtpids.smtp.anomalies import ANOMALIES

if TYPE_CHECKING:
    import pytest


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["list", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_fields_are_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    lines = listed(capsys, "fields")
    assert lines[0].split() == ["field", "type", "only", "in", "what", "it", "says"]
    assert len(lines) == len(FIELDS) + 1
    (line,) = [line for line in lines if line.startswith("smtp.rcpt_to ")]
    assert line.split(maxsplit=4)[1:4] == ["list", "of", "keyword"]


def test_the_fields_of_one_kind_of_event_are_fewer(capsys: pytest.CaptureFixture[str]) -> None:
    names = {
        json.loads(line)["name"] for line in listed(capsys, "fields", "--action", "auth", "--json")
    }
    assert names == {field.name for field in FIELDS.values() if "auth" in field.actions}
    assert len(names) < len(FIELDS)


def test_a_kind_of_event_that_is_not_there_is_a_mistake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["list", "fields", "--action", "auht"]) == ExitCode.USAGE
    assert "unknown action 'auht', did you mean 'auth'?" in capsys.readouterr().err


def test_anomalies_are_listed_for_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(listed(capsys, "anomalies")) == len(ANOMALIES) + 1
    told = [json.loads(line) for line in listed(capsys, "anomalies", "--json")]
    assert [one["name"] for one in told] == list(ANOMALIES)


def test_interfaces_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    lines = listed(capsys, "interfaces")
    names = [json.loads(line)["name"] for line in listed(capsys, "interfaces", "--json")]
    assert [line.split()[0] for line in lines] == ["interface", *names]


def test_outputs_are_options_that_run_has(capsys: pytest.CaptureFixture[str]) -> None:
    names = [json.loads(line)["name"] for line in listed(capsys, "outputs", "--json")]
    assert len(listed(capsys, "outputs")) == len(names) + 3
    main(["run", "--help"])
    page = capsys.readouterr().out
    options = [name.split()[0] for name in names if name.startswith("--")]
    assert options
    assert [option for option in options if option not in page] == []


def test_the_keys_of_outputs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    told = [json.loads(line) for line in listed(capsys, "outputs", "--json")]
    keys = {one["name"]: one for one in told if "types" in one}
    assert list(keys) == list(OPTIONS)
    assert keys["index"]["types"] == ["http"]
    assert keys["index"]["dialects"] == ["elastic", "splunk_hec"]
    assert (keys["path"]["required"], keys["level"]["default"]) == (True, "low")
    table = listed(capsys, "outputs", "--markdown")
    assert table[:2] == ["| key | for | takes | default | what it says |", "|" + " --- |" * 5]
    assert [line.split()[1] for line in table[2:]] == list(OPTIONS)

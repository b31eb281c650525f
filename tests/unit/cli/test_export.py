from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from smtpids.cli.export import TARGETS
from smtpids.errors import ExitCode
from smtpids.rules import export

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = os.environ.get("SMTPIDS_EXPORT_PYTHON", "")
needs_backends = pytest.mark.skipif(
    not PYTHON, reason="SMTPIDS_EXPORT_PYTHON names no interpreter with pySigma's backends"
)


def test_the_targets_are_those_of_the_converter() -> None:
    assert TARGETS == export.TARGETS


def test_a_rule_that_is_not_there_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rules", "export", "--to", "esql", "port_25_notls"])
    assert code == ExitCode.USAGE
    assert "unknown rule 'port_25_notls', did you mean 'port_25_no_tls'?" in (
        capsys.readouterr().err
    )


def test_a_converter_that_is_not_there_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SMTPIDS_EXPORT_PYTHON", raising=False)
    assert main(["rules", "export", "--to", "esql", "port_25_no_tls"]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "pip install pysigma-backend-elasticsearch" in said.err


@needs_backends
def test_a_query_comes_with_what_it_can_find(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "export", "--to", "esql", "port_25_no_tls"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-3:] == [
        "# port_25_no_tls (low): Mail On Port 25 Without TLS",
        "# events: session_end, which 'run --events' writes",
        (
            'from * metadata _id, _index, _version | where event.action=="session_end" and'
            " destination.port==25 and tls.established==false and smtp.message.count>=1"
        ),
    ]
    assert said.err == "smtpids: 1 rule converted\n"


@needs_backends
def test_programs_get_an_object_a_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "queries.json"
    assert main(["rules", "export", "--to", "splunk", "--json", "-o", str(file)]) == 0
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert {"name", "level", "title", "query", "fault", "notes"} == set(told[0])
    assert capsys.readouterr().out == ""

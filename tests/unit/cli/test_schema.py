from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.alerts import eve_schema
from smtpids.alerts import schema as event_schema
from smtpids.cli import main
from smtpids.rules import document_schema

if TYPE_CHECKING:
    import pytest


def test_the_schema_of_rules_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "rule"]) == 0
    assert json.loads(capsys.readouterr().out) == document_schema.schema()


def test_the_schema_of_events_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "event"]) == 0
    assert json.loads(capsys.readouterr().out) == event_schema.load()


def test_the_schema_of_eve_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "eve"]) == 0
    assert json.loads(capsys.readouterr().out) == eve_schema.schema()

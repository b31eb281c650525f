"""The table of anomalies is closed."""

from __future__ import annotations

import ast
from pathlib import Path

import smtpids.smtp
from smtpids.smtp.anomalies import ANOMALIES
from smtpids.smtp.session import ONCE
from smtpids.smtp.states import VERBS
from tests.support.transcript import FOLDER, load

CODE = Path(smtpids.smtp.__file__).parent


def test_every_anomaly_has_a_sentence() -> None:
    assert all(row.sentence and row.sentence[-1] != "." for row in ANOMALIES.values())


def test_every_anomaly_is_raised_somewhere_in_the_code() -> None:
    raised = {verb.anomaly for verb in VERBS.values()}
    mime, flow = CODE.with_name("mime"), CODE.with_name("flow.py")
    for path in [*CODE.glob("*.py"), *mime.glob("*.py"), flow]:
        if path.name != "anomalies.py":
            tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            raised |= {
                node.value
                for node in tree
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    assert set(ANOMALIES) <= raised


def test_kinds_told_once_are_anomalies() -> None:
    assert set(ANOMALIES) >= ONCE


def test_transcripts_name_known_anomalies() -> None:
    named = {
        line.split()[1]
        for path in FOLDER.glob("*.smtp")
        for line in load(path).events
        if line.startswith("anomaly ")
    }
    assert named <= set(ANOMALIES)

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.cli import main
from tests.support.command import login_pcap, login_rule

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_matches_are_counted_for_each_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = str(login_pcap(tmp_path))
    (tmp_path / "own").mkdir()
    login_rule(tmp_path / "own")
    assert main(["rules", "stats", "-R", str(tmp_path / "own"), "-r", capture]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["login_without_tls", "high", "on", "1", "1", "1", "8"],
        ["1", "rule", "matched,", "0", "did", "not"],
    ]


def test_programs_get_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "stats", "--json", "-r", str(login_pcap(tmp_path))]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {
        "name": "auth_before_tls",
        "level": "high",
        "enabled": True,
        "matches": 1,
        "alerts": 1,
        "sessions": 1,
        "first_packet": 8,
    } in told


def test_a_capture_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "stats"]) == 2
    assert "nothing to read" in capsys.readouterr().err

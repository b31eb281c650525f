from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from smtpids.cli.service import FILES, HIDDEN, USUAL, installed, text_of
from smtpids.errors import ExitCode
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("what", ["logrotate", "sysusers"])
def test_a_file_is_printed_as_it_comes(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", what]) == ExitCode.DONE
    assert capsys.readouterr().out == (ROOT / "engine" / "service" / FILES[what]).read_text()


def test_the_unit_starts_this_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "unit"]) == ExitCode.DONE
    text = capsys.readouterr().out
    program = installed(sys.executable)
    started = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    assert started.startswith(f"ExecStart={program} run -c /etc/smtpids/smtpids.yml ")
    assert text == text_of("unit").replace(USUAL, program)


def test_an_installation_without_the_script_is_started_as_a_module(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    assert installed(str(python)) == f"{python} -m smtpids"
    (tmp_path / "smtpids").touch()
    assert installed(str(python)) == str(tmp_path / "smtpids")


def test_an_installation_that_the_unit_hides_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    python = f"{HIDDEN[0]}/ann/venv/bin/python"
    monkeypatch.setattr(sys, "executable", python)
    assert main(["service", "unit"]) == ExitCode.DONE
    text = capsys.readouterr()
    assert f"ExecStart={python} -m smtpids run " in text.out
    assert text.err.startswith(f"smtpids: {python} -m smtpids: the unit hides {HIDDEN[0]} ")
    assert len(text.err.splitlines()) == 1


def test_an_unknown_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "cron"]) == ExitCode.USAGE
    assert "'cron' is not one of 'unit'" in capsys.readouterr().err


def test_the_unit_hides_what_is_warned_of() -> None:
    assert "ProtectHome=yes" in text_of("unit").splitlines()
    assert HIDDEN == ("/home", "/root", "/run/user")  # systemd.exec(5)

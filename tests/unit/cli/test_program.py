from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from smtpids.cli.program import COMMANDS
from smtpids.errors import ExitCode
from smtpids.version import __version__
from tests.support.command import login_pcap, smtpids

if TYPE_CHECKING:
    from pathlib import Path


def test_help_names_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name}" not in text] == []
    assert [code.value for code in ExitCode if f"\n    {code.value} " not in text] == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert f"Usage: smtpids {command}" in capsys.readouterr().out


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-V"]) == 0
    assert capsys.readouterr().out == f"smtpids {__version__}\n"


def test_a_process_that_runs_a_command_line_keeps_its_signals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        assert main(["run", "-r", str(login_pcap(tmp_path))]) == ExitCode.DONE
        after = signal.getsignal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert capsys.readouterr().out
    assert after == signal.SIG_DFL


def test_nothing_said_is_a_mistake_that_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.USAGE
    text = capsys.readouterr()
    assert not text.out
    assert text.err.startswith("Usage: smtpids ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frob"], "no such command 'frob': see 'smtpids --help'"),
        (["run", "--foo"], "no such option '--foo'"),
        (["run", "-r", "a", "-i", "b"], "give one of the two: see 'smtpids run --help'"),
        (["run", "-p", "smtp"], "'smtp' is not a port"),
        (["run", "--fail-on", "bad"], "'bad' is not one of"),
        (["inspect"], "nothing to read: give -r FILE: see 'smtpids inspect --help'"),
    ],
)
def test_a_wrong_argument_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    text = capsys.readouterr()
    assert not text.out
    assert len(text.err.splitlines()) == 1
    assert text.err.startswith("smtpids: ")
    assert said in text.err


@pytest.mark.slow
def test_python_m_smtpids_is_the_same() -> None:
    done = smtpids("--version")
    assert (done.returncode, done.stdout) == (0, f"smtpids {__version__}\n".encode())


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_fault(tmp_path: Path) -> None:
    """`smtpids … | head` must end without a word, even if head ended first."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "smtpids", "rules", "list"],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        cwd=tmp_path,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")

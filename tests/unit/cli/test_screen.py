from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from smtpids.cli.screen import WIPE, Screen, log, logging_to

if TYPE_CHECKING:
    import pytest


def said(capsys: pytest.CaptureFixture[str], *, quiet: bool, verbose: int) -> list[str]:
    with logging_to(Screen(), quiet=quiet, verbose=verbose):
        log.debug("detail")
        log.info("notice")
        log.error("fault in %s", "x")
    log.error("nobody listens any more")
    return capsys.readouterr().err.splitlines()


def test_notices_and_faults_are_shown_as_one_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said(capsys, quiet=False, verbose=0) == ["smtpids: notice", "smtpids: fault in x"]


def test_quiet_leaves_the_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, quiet=True, verbose=0) == ["smtpids: fault in x"]


def test_verbose_shows_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, quiet=False, verbose=1)[0] == "smtpids: detail"


def test_a_line_wipes_the_bar_that_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    screen.bar_is_drawn = True
    for text in ("first", "second"):
        with screen.line():
            sys.stderr.write(f"{text}\n")
    assert capsys.readouterr().err == f"{WIPE}first\nsecond\n"


def test_a_stderr_that_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Gone())
    with logging_to(Screen(), quiet=False, verbose=0):
        log.error("said to nobody")

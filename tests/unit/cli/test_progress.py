from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from smtpids.cli.progress import Bar, Standing, wanted
from smtpids.cli.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

ENOUGH = 3


@pytest.mark.parametrize(
    ("choice", "live", "terminal", "expected"),
    [
        ("auto", False, True, True),
        ("auto", False, False, False),
        ("auto", True, True, False),
        ("always", True, False, True),
        ("never", False, True, False),
    ],
)
def test_the_bar_is_for_files_and_terminals(
    monkeypatch: pytest.MonkeyPatch, choice: str, live: bool, terminal: bool, expected: bool
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    assert wanted(choice, live=live) == expected


def looked_at(times: int) -> tuple[Callable[[], Standing], Event]:
    """Return what tells the standing, and an event that is set when it was asked `times` times."""
    enough = Event()
    asked: list[int] = []

    def standing() -> Standing:
        asked.append(0)
        if len(asked) == times:
            enough.set()
        return Standing(octets=512 * len(asked), packets=10 * len(asked), alerts=1234)

    return standing, enough


@pytest.mark.slow
def test_the_bar_shows_octets_rate_and_alerts_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    standing, enough = looked_at(ENOUGH)
    screen = Screen()
    with Bar(screen, 4096, standing):
        assert enough.wait(20)
    text = capsys.readouterr()
    assert not text.out
    assert "kB" in text.err
    assert "packets/s" in text.err
    assert "1,234 alerts" in text.err
    assert text.err.rstrip().endswith("\x1b[2K")
    assert not screen.bar_is_drawn


@pytest.mark.slow
def test_the_bar_can_do_without_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    standing, enough = looked_at(ENOUGH)
    with Bar(Screen(), None, standing):
        assert enough.wait(20)
    assert "alerts" in capsys.readouterr().err


def test_a_short_run_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    standing, _ = looked_at(ENOUGH)
    with Bar(Screen(), 4096, standing):
        pass
    assert not capsys.readouterr().err

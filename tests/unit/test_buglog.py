from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from smtpids.buglog import BugLog

if TYPE_CHECKING:
    import pytest


def raised(text: str, *, elsewhere: bool = False) -> Exception:
    """Return a bug that was raised, here or elsewhere."""
    try:
        _other(text) if elsewhere else _one(text)
    except ValueError as bug:
        return bug
    raise AssertionError


def _one(text: str) -> None:
    raise ValueError(text)


def _other(text: str) -> None:
    raise ValueError(text)


def numbers(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was said of each bug that was logged."""
    return [record.getMessage().partition(": ")[2] for record in caplog.records]


def test_of_one_bug_the_first_three_and_then_every_power_of_ten_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = BugLog()
    for packet in range(1, 1_101):
        log.tell(raised("whatever"), "smtp", packet, "(a:1 -> b:25)")
    assert numbers(caplog) == [
        "number 1 of its kind",
        "number 2 of its kind",
        "number 3 of its kind; from here on only the 10th, 100th, 1000th ... is logged",
        "number 10 of its kind",
        "number 100 of its kind",
        "number 1000 of its kind",
    ]


def test_a_bug_is_logged_with_its_place_in_the_traffic_and_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bug = raised("whatever")
    BugLog().tell(bug, "smtp", 17, "(a:1 -> b:25)")
    record = caplog.records[0]
    assert record.getMessage().startswith("internal error in smtp, packet 17 (a:1 -> b:25): ")
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is bug


def test_bugs_of_different_lines_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    log = BugLog()
    for _ in range(50):
        log.tell(raised("one"), "smtp", 1, "")
        log.tell(raised("other", elsewhere=True), "smtp", 1, "")
    log.tell(KeyError("never raised"), "tcp", 1, "")
    assert len(caplog.records) == 2 * 4 + 1

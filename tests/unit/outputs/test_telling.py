from __future__ import annotations

import logging
from collections import deque

import pytest

from smtpids.outputs.telling import SENTENCES, STEADY, Telling


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "smtpids")


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage().removeprefix("output siem") for record in caplog.records]


def test_each_failure_of_an_outage_is_said_once_and_then_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    telling = Telling("siem", clock)
    assert telling.back() == 0
    for _ in range(2):
        telling.failure("refused", 5, 2)
        clock.now += 30
        telling.failure("timeout", 0, 500)
        telling.failure("refused", 4, 500)
        assert telling.back() == 11
        clock.now += STEADY
    one = [": refused", ": timeout", " is back after 30 s, 11 records sent again"]
    assert said(caplog) == one * 2


def test_a_receiver_that_comes_and_goes_is_told_once_and_once_that_it_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    telling = Telling("siem", clock)
    for _ in range(100):
        telling.failure("broken", 1)
        clock.now += 1
        assert telling.back() == 1
        clock.now += 1
        assert telling.back() == 0
    clock.now += STEADY
    assert (telling.back(), telling.back()) == (0, 0)
    assert said(caplog) == [
        ": broken",
        " is back after 1 s, 1 record sent again",
        ": broken (it comes and goes)",
        " is back to stay",
    ]
    telling.failure("broken", 1)
    assert said(caplog)[4:] == [": broken"]


def test_a_receiver_that_says_something_else_each_time_is_not_quoted_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    telling = Telling("siem", Clock())
    for number in range(100):
        telling.failure(f"failure {number}", 0)
        telling.remark(f"kind {number}", f"remark {number}")
    assert len(said(caplog)) == 2 * SENTENCES


def test_that_records_are_lost_is_said_once_in_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    telling = Telling("siem", Clock())
    for lost in (0, 1, 1, 2):
        telling.full(lost, "spool/siem")
    telling.failure("away", 0)
    telling.back()
    telling.full(2, "")
    telling.full(3, "")
    told = ": records are lost: there is no room left in "
    assert [line for line in said(caplog) if "room" in line] == [
        f"{told}spool/siem; mend the receiver, or raise spool_size",
        f"{told}memory; mend the receiver, or raise queue_size",
    ]


def test_a_remark_of_one_kind_is_made_once(caplog: pytest.LogCaptureFixture) -> None:
    telling = Telling("siem", Clock())
    telling.remark("refused", "1 is bad")
    telling.remark("refused", "2 is bad")
    telling.remark("bug", "internal error", bug=ValueError("no"))
    assert said(caplog) == [": 1 is bad", ": internal error"]
    assert caplog.records[1].exc_info


def test_news_are_taken_out(caplog: pytest.LogCaptureFixture) -> None:
    news = deque(["one", "two"])
    Telling("siem", Clock()).news(news)
    assert (said(caplog), len(news)) == ([": one", ": two"], 0)


def test_what_waits_is_said_if_there_is_something(caplog: pytest.LogCaptureFixture) -> None:
    telling = Telling("siem", Clock())
    telling.waiting(0)
    telling.left(0, "")
    telling.waiting(3)
    telling.left(1_000, "spool/siem")
    assert said(caplog) == [
        ": 3 records of an earlier run waiting",
        ": 1,000 records left in spool/siem for the next run",
    ]

"""What several processes read of the command line, and what is said where one must do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from smtpids.cli.crew import CrewExtraction, CrewReading, news_of, renewed, worker_count
from smtpids.cli.run import RunOptions
from smtpids.config import Config, MailServer
from smtpids.rules import RuleSet, load, shipped_rules
from tests.support.command import smtpids
from tests.support.engine import PCAPS
from tests.support.engine import shipped_rules as loaded

FOLLOWED = (
    "one worker in place of 2: what grows is not the same to two who read it at two times "
    "(--follow)"
)
CAPTURE = str(PCAPS / "auth-plain-587.pcap")


def count(*, workers: int, inputs: tuple[str, ...] = (CAPTURE,), follow: bool = False) -> int:
    options = RunOptions(inputs=inputs, workers=workers, follow=follow)
    return worker_count(options, options.settings())


def test_a_run_has_the_workers_that_it_is_asked_for() -> None:
    assert count(workers=1) == 1
    assert count(workers=3) == 3
    assert count(workers=3, inputs=()) == 3
    assert count(workers=0) == len(os.sched_getaffinity(0))


def test_what_can_be_read_only_once_has_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert count(workers=2, inputs=(CAPTURE, str(pipe))) == 1
    assert count(workers=2, inputs=(str(tmp_path),), follow=True) == 1
    assert caplog.messages == [
        f"one worker in place of 2: {pipe} can be read only once",
        FOLLOWED,
    ]


def test_the_times_of_rules_are_taken_in_one_process(caplog: pytest.LogCaptureFixture) -> None:
    options = RunOptions(inputs=(CAPTURE,), workers=2, profile_rules=True)
    assert worker_count(options, options.settings()) == 1
    assert caplog.messages == [
        "one worker in place of 2: the times of rules are taken in one process (--profile-rules)"
    ]


def test_news_are_read_as_they_were_written() -> None:
    config = Config(
        home_nets=("192.0.2.0/24",),
        mail_servers=(MailServer("192.0.2.25", "mx", frozenset({25})),),
        scanners=("198.51.100.1",),
    )
    for ruleset in (loaded(), load([shipped_rules.folder() / "auth"]), RuleSet(())):
        rules, settings = renewed(Config(), news_of(ruleset, config))
        assert rules.sources == ruleset.sources
        assert rules.correlations == ruleset.correlations
        assert rules.silenced == ruleset.silenced
        assert settings == config


def test_a_crew_that_is_not_hired_has_read_nothing() -> None:
    reading = CrewReading(7)
    assert (reading.total, reading.octets, reading.lost, reading.looks) == (7, 0, 0, 0)
    assert (reading.finished, reading.unreadable, reading.stopped) == (0, 0, False)
    reading.stop()
    assert reading.stopped
    extraction = CrewExtraction(reading)
    extraction.close()
    assert (extraction.kept, extraction.lost, extraction.octets) == (0, 0, 0)
    assert set(extraction.written.values()) | set(extraction.skipped.values()) == {0}


@pytest.mark.slow
def test_standard_input_is_read_by_one_and_that_is_said() -> None:
    done = smtpids("run", "-r", "-", "-j", "2", stdin=Path(CAPTURE).read_bytes())
    assert done.returncode == 0
    assert b"one worker in place of 2: standard input can be read only once" in done.stderr
    assert [json.loads(line)["rule"]["id"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("word", ["-1", "x", "257", "1.5"])
def test_a_number_that_is_none_is_refused(word: str) -> None:
    done = smtpids("run", "-j", word)
    assert done.returncode == 2
    assert f"{word!r} is no number from 1 to 256, nor auto" in done.stderr.decode()

"""What several processes read of the command line, and what is said where one must do."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from threading import Thread

import pytest

from smtpids.cli.crew import (
    FOLLOWED,
    PROFILED,
    CrewExtraction,
    CrewReading,
    news_of,
    renewed,
    worker_count,
)
from smtpids.cli.run import RunOptions
from smtpids.config import Config, MailServer
from smtpids.rules import RuleSet, load, shipped_rules
from tests.support.command import PATIENCE, smtpids, started
from tests.support.engine import PCAPS
from tests.support.engine import shipped_rules as loaded

CAPTURE = str(PCAPS / "auth-plain-587.pcap")


def count(*, workers: int, inputs: tuple[str, ...] = (CAPTURE,), follow: bool = False) -> int:
    options = RunOptions(inputs=inputs, workers=workers, follow=follow)
    return worker_count(options, options.settings())


def test_a_run_has_the_workers_that_it_is_asked_for() -> None:
    assert count(workers=1) == 1
    assert count(workers=3) == 3
    assert count(workers=3, inputs=()) == 3
    assert count(workers=0) == len(os.sched_getaffinity(0))


def test_what_grows_has_one_worker_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert count(workers=2, inputs=(str(tmp_path),), follow=True) == 1
    assert count(workers=0, inputs=(str(tmp_path),), follow=True) == 1
    assert caplog.messages == [f"one worker in place of 2: {FOLLOWED}"]


def test_rules_are_timed_in_one_process(caplog: pytest.LogCaptureFixture) -> None:
    options = RunOptions(inputs=(CAPTURE,), workers=2, profile_rules=True)
    assert worker_count(options, options.settings()) == 1
    assert caplog.messages == [f"one worker in place of 2: {PROFILED}"]


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
def test_what_can_be_read_only_once_is_copied_to_all_workers(tmp_path: Path) -> None:
    """Standard input, then a file, then a pipe."""
    octets = Path(CAPTURE).read_bytes()
    others = (PCAPS / "bdat.pcap.zst").read_bytes()
    between = str(PCAPS / "port-25-no-tls.pcap")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    written: list[bytes] = []
    for workers in ("1", "3"):
        writer = Thread(target=pipe.write_bytes, args=(others,))
        writer.start()
        inputs = ("-r", "-", "-r", between, "-r", str(pipe))
        done = smtpids("run", *inputs, "-j", workers, "--events=session", stdin=octets)
        writer.join()
        assert done.returncode == 0
        assert done.stderr.startswith(b"3 files, ")
        written.append(done.stdout)
    assert written[0] == written[1]
    files = [json.loads(line)["smtpids"]["pcap"]["file"] for line in written[0].splitlines()]
    assert list(dict.fromkeys(files)) == ["-", between, str(pipe)]


@pytest.mark.slow
def test_an_alert_of_a_pipe_does_not_wait_for_what_comes_after_it() -> None:
    octets = Path(CAPTURE).read_bytes()
    with started("run", "-r", "-", "-j", "2", "--summary=none") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(octets)
        assert json.loads(process.stdout.readline())["rule"]["id"] == "auth_before_tls"
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("victim", "said"),
    [
        (0, "the process that copies the input was killed by SIGKILL: not all of it was read"),
        (1, "worker 0 was killed by SIGKILL: what it has read cannot be read again: the run ends"),
    ],
)
def test_a_copy_that_is_lost_with_a_process_ends_the_run(victim: int, said: str) -> None:
    octets = Path(CAPTURE).read_bytes()
    with started("run", "-r", "-", "-j", "2", "--summary=none") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(octets)
        process.stdout.readline()
        (nursery,) = children_of(process.pid)
        os.kill(children_of(nursery)[victim], signal.SIGKILL)
        assert process.wait(PATIENCE) == 4
        assert process.stderr is not None
        assert said in process.stderr.read().decode()


def children_of(pid: int) -> list[int]:
    found = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return sorted(int(number) for text in found for number in text.split())


@pytest.mark.parametrize("word", ["-1", "x", "257", "1.5"])
def test_a_number_that_is_none_is_refused(word: str) -> None:
    done = smtpids("run", "-j", word)
    assert done.returncode == 2
    assert f"{word!r} is no number from 1 to 256, nor auto" in done.stderr.decode()

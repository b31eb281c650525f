"""A worker as a process, and its parent's end of the socket."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.capture import file_sources
from smtpids.cli.crew import Reader
from smtpids.config import Config
from smtpids.rules import RuleSet
from smtpids.workers import Nursery, Task, parcels, work
from smtpids.workers.kinds import LOG, WHOLE
from smtpids.workers.merger import NEVER
from smtpids.workers.sieve import Sieve
from smtpids.workers.worker import BEGIN, STOP, USE
from tests.support.crew import messages_of, swallow
from tests.support.engine import PCAPS, shipped_rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smtpids.pipeline import Pipeline

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
CAPTURE = PCAPS / "auth-plain-587.pcap"
CONFIG = Config(any_port=True)


def task_for(
    feeder: Callable[[int], Any], *, rules: RuleSet | None = None, live: bool = False
) -> Task:
    ruleset = shipped_rules() if rules is None else rules
    return Task(
        config=CONFIG,
        count=1,
        sieve=Sieve(ruleset),
        feeder=feeder,
        renewed=lambda _: (shipped_rules(), CONFIG),
        live=live,
        records=True,
    )


def told_by(task: Task, *commands: tuple[str, str]) -> list[Any]:
    """Return all messages of a worker that is told some things before it begins."""
    nursery = Nursery(partial(work, task))
    pid, ours = nursery.spawn(0)
    for command in (*commands, (BEGIN, "")):
        parcels.send(ours, command)
    messages = swallow(ours)
    nursery.reap(pid)
    nursery.close()
    ours.close()
    return messages


def reader(*paths: Path) -> Callable[[int], Reader]:
    return lambda _: Reader(list(file_sources([str(path) for path in paths])))


def test_a_worker_tells_what_its_analysis_tells_and_then_the_figures() -> None:
    messages = told_by(task_for(reader(CAPTURE)))
    items = [item for message in messages for item in message[0]]
    expected, _ = messages_of([CAPTURE], 0, 1, shipped_rules())
    assert items == [item for message in expected for item in message[0]]
    assert [message[3] for message in messages] == [False] * (len(messages) - 1) + [True]
    _, place, figures, _ = messages[-1]
    assert place == NEVER
    assert figures["read"]["ok"] == 1
    assert figures["packets"] == figures["own"] > 0


def test_new_rules_are_used() -> None:
    for news, found in ((False, False), (True, True)):
        commands = [(USE, "anything")] * news
        messages = told_by(task_for(reader(CAPTURE), rules=RuleSet(())), *commands)
        items = [item for message in messages for item in message[0]]
        assert any(item[1] == WHOLE and item[9] for item in items) is found


def test_what_it_logs_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.touch()
    messages = told_by(task_for(reader(empty)))
    (logged,) = [item for message in messages for item in message[0] if item[1] == LOG]
    assert logged[2:] == (logging.ERROR, f"{empty}: is empty")
    assert messages[-1][2]["read"]["error"] == 1


class Endless:
    """Reads until it is stopped."""

    stopped = False

    def feed(self, pipeline: Pipeline) -> None:
        while not self.stopped:
            pipeline.tick(1)

    def stop(self) -> None:
        self.stopped = True

    def figures(self) -> dict[str, int]:
        return {"lost": 0}


def test_it_stops_when_it_is_told_and_ends_with_its_parent() -> None:
    task = task_for(lambda _: Endless(), live=True)
    nursery = Nursery(partial(work, task))
    pid, ours = nursery.spawn(0)
    parcels.send(ours, (BEGIN, ""))
    assert parcels.receive(ours)[3] is False
    parcels.send(ours, (STOP, ""))
    *_, last = swallow(ours)
    assert isinstance(last, tuple)
    assert last[3] is True
    assert nursery.reap(pid) == ""
    ours.close()
    pid, ours = nursery.spawn(0)
    parcels.send(ours, (BEGIN, ""))
    ours.close()
    assert nursery.reap(pid) == ""
    nursery.close()


class Fails(Endless):
    """Has a bug."""

    def feed(self, pipeline: Pipeline) -> None:
        raise LookupError(pipeline.packets)


def test_a_bug_outside_the_pipeline_is_told_before_it_ends() -> None:
    messages = told_by(task_for(lambda _: Fails()))
    (item,) = [item for message in messages for item in message[0]]
    assert item[1:3] == (LOG, logging.ERROR)
    assert item[3].startswith("internal error in worker 0\nTraceback")
    assert not messages[-1][3]

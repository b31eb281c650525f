"""Several workers write what one process writes, line by line and in the same order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.capture import file_sources
from smtpids.capture.shard import Shard
from smtpids.config import SECOND, Config, Limits
from smtpids.metrics import Counts
from smtpids.workers.analysis import Analysis, share
from smtpids.workers.figures import count
from smtpids.workers.kinds import TIME, WHOLE
from smtpids.workers.report import Report
from smtpids.workers.sieve import Sieve
from tests.support.crew import STRICT, by_one, by_several, messages_of
from tests.support.engine import captures, every_rule, shipped_rules
from tests.support.mixture import mixture
from tests.support.wire import pcapng_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a capture of conversations that are torn, tunnelled and timed out."""
    path = tmp_path_factory.mktemp("mixed") / "mixed.pcap"
    path.write_bytes(mixture(1, 60, 1800))
    return path


@pytest.mark.slow
def test_recorded_captures_one_after_the_other() -> None:
    one = by_one(captures(), shipped_rules())
    for workers in (2, 3):
        assert by_several(captures(), workers, shipped_rules())[0].lines == one.lines
    assert len(one.lines) > 100


@pytest.mark.slow
def test_conversations_all_at_once_with_rules_that_ask_the_history(mixed: Path) -> None:
    one = by_one([mixed], every_rule())
    several, _ = by_several([mixed], 3, every_rule())
    assert several.lines == one.lines
    assert any(b'"history"' in line for line in one.lines)


@pytest.mark.slow
def test_alerts_that_workers_draft_are_those_of_one_process(mixed: Path) -> None:
    for ruleset in (shipped_rules(), every_rule()):
        one = by_one([mixed, *captures()], ruleset)
        several, _ = by_several([mixed, *captures()], 2, ruleset, drafts=True)
        assert several.lines == [line for line in one.lines if b'"smtpids.alert"' in line]
        assert several.drafted > 10
        assert one.counts.alerts_suppressed == several.counts.alerts_suppressed


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        Config(any_port=False, ports=frozenset({25, 587}), strict=True),
        Config(fast_lane=False, strict=True),
        Config(limits=Limits(reorder_ns=SECOND // 10), strict=True),
        Config(limits=Limits(idle_ns=16 * SECOND), strict=True),
    ],
    ids=["ports", "slow lane", "a short wait", "soon idle"],
)
def test_other_settings(mixed: Path, config: Config) -> None:
    one = by_one([mixed], shipped_rules(), config)
    assert by_several([mixed], 2, shipped_rules(), config)[0].lines == one.lines
    assert one.lines


@pytest.mark.slow
def test_pcapng(mixed: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixed.pcapng"
    path.write_bytes(pcapng_bytes(list(file_sources([str(mixed)])[0])))
    one = by_one([path], shipped_rules())
    assert by_several([path], 2, shipped_rules())[0].lines == one.lines


@pytest.mark.slow
def test_what_workers_count_together_is_what_one_process_counts(mixed: Path) -> None:
    one = by_one([mixed], shipped_rules()).counts
    _, figures = by_several([mixed], 3, shipped_rules())
    several = Counts()
    count(figures, several, {})
    for name in ("sessions", "commands", "replies", "messages", "anomalies", "connections_opened"):
        assert getattr(one, name) == getattr(several, name), name
    assert one.message_size.plain() == several.message_size.plain()
    packets = {part["packets"] for part in figures}
    assert len(packets) == 1
    assert sum(part["decoded"]["frames"] for part in figures) == packets.pop()
    assert all(part["own"] for part in figures)


def test_each_worker_has_its_part_of_what_all_may_hold() -> None:
    limits = share(Config(limits=Limits(connections=10, total_octets=1)), 4).limits
    assert (limits.connections, limits.total_octets) == (2, 1)
    assert limits.sessions_octets == Limits().sessions_octets // 4
    assert limits.fragments_octets == Limits().fragments_octets


def test_a_worker_tells_the_same_again(mixed: Path) -> None:
    first, _ = messages_of([mixed], 1, 2, shipped_rules())
    again, _ = messages_of([mixed], 1, 2, shipped_rules())
    assert first == again


def test_live_the_time_is_told_and_does_not_run_backwards() -> None:
    sent: list[tuple[list[tuple[object, ...]], tuple[int, ...]]] = []
    report = Report(lambda message: sent.append(message[:2]), lambda: 0.0)  # type: ignore[index]  # as sent
    analysis = Analysis(STRICT, report, Sieve(shipped_rules()), Counts())
    analysis.tick(5 * SECOND)
    analysis.tick(4 * SECOND)
    (items, place), (_, later) = sent
    assert items == [(place, TIME, 5 * SECOND)]
    assert place[0] < 5 * SECOND
    assert later == place


def test_a_packet_that_only_the_decoder_can_read_is_counted_once() -> None:
    frame = b"\0" * 12 + b"\x08\x06" + b"\0" * 46  # ARP
    frames = []
    for index in range(2):
        report = Report(lambda _: None, lambda: 0.0)
        analysis = Analysis(STRICT, report, Sieve(shipped_rules()), Counts(), Shard(index, 2))
        analysis.frame(SECOND, 1, frame)
        frames.append((analysis.packets, analysis.own))
    assert frames == [(1, 0), (1, 0)]


def test_a_message_that_is_only_counted_is_not_hashed() -> None:
    """It is sent, for what counts it may tell it."""
    items = [
        item
        for items, *_ in messages_of(captures(), 0, 1, shipped_rules(), records=False)[0]
        for item in items
        if item[1] == WHOLE and item[3] == "message" and item[9] is not None
    ]
    silent = Sieve(shipped_rules())
    rules = {one.rule.name: one.rule for one in shipped_rules().asked}
    for item in items:
        if not silent.is_silent([rules[name] for name in item[9]]):
            assert not isinstance(item[7], tuple)
    assert sum(isinstance(item[7], tuple) for item in items) > 3

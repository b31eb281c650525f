from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.capture import Follower, file_sources
from smtpids.cli.measures import measure, measure_costs, turns_of
from smtpids.cli.reading import Reading
from smtpids.config import Config, Limits
from smtpids.metrics import Counts
from smtpids.pipeline import Pipeline
from smtpids.rules import Cost, Matcher, RuleSet
from tests.support.command import login
from tests.support.correlations import auth, correlator_of, made, told
from tests.support.wire import write_pcap

if TYPE_CHECKING:
    from pathlib import Path


def measured(path: Path, *, finish: bool) -> Counts:
    counts = Counts()
    reading = Reading(file_sources([str(path)]))
    pipeline = Pipeline(Config(strict=True), counts=counts)
    reading.feed(pipeline)
    if finish:
        pipeline.finish()
    matcher = Matcher(RuleSet(()))
    matcher.errors["broken"] = 2
    measure(counts, pipeline, reading, matcher, "file")
    return counts


def test_the_loop_turns_with_each_packet_and_each_tick() -> None:
    pipeline, reading = Pipeline(Config(), counts=Counts()), Reading([])
    pipeline.tick(1)
    for frame in login().frames[:3]:
        pipeline.frame(*frame)
    assert turns_of(pipeline, reading) == 4


def test_the_loop_turns_while_a_folder_that_is_followed_is_quiet(tmp_path: Path) -> None:
    turns: list[int] = []

    def wait(_seconds: float) -> None:
        turns.append(turns_of(pipeline, reading))
        if len(turns) == 3:
            reading.stop()

    pipeline = Pipeline(Config(), counts=Counts())
    reading = Reading(Follower(tmp_path, now_ns=lambda: 0, wait=wait))
    reading.feed(pipeline)
    assert turns == [1, 2, 3]


def test_the_figures_of_the_layers_reach_the_counts(tmp_path: Path) -> None:
    frames = login().frames
    arp = (frames[0][0], 1, b"\xff" * 6 + b"\0" * 6 + b"\x08\x06" + b"\0" * 46)
    short = (frames[0][0], 1, b"\0" * 12)
    counts = measured(write_pcap(tmp_path / "a.pcap", [arp, short, *frames]), finish=True)
    assert counts.frames == {"file": len(frames) + 2}
    assert counts.octets["file"] == sum(len(frame[2]) for frame in (arp, short, *frames))
    assert counts.filtered == {"file": 1}
    assert counts.decode_errors["link"] == 1
    assert counts.dropped == {("file", "kernel"): 0}
    assert counts.pcap_files == {"ok": 1, "truncated": 0, "error": 0}
    assert counts.rule_errors == {("broken", "exception"): 2}
    assert counts.last_packet_ns == frames[-1][0]
    assert counts.connections_closed["fin"] == 1
    assert (counts.connections_active, counts.sessions_active) == (0, 0)


def test_what_is_still_open_is_counted(tmp_path: Path) -> None:
    counts = measured(write_pcap(tmp_path / "a.pcap", login().frames[:-3]), finish=False)
    assert (counts.connections_active, counts.sessions_active) == (1, 1)
    assert counts.connections_most == Config().limits.connections


def test_what_is_remembered_is_counted_by_table(tmp_path: Path) -> None:
    counts = measured(write_pcap(tmp_path / "a.pcap", login().frames), finish=True)
    tables = ("history_servers", "history_clients", "history_users")
    assert [counts.state_entries[table] for table in tables] == [1, 1, 1]
    assert [counts.state_evictions[table] for table in tables] == [0, 0, 0]


def test_missing_octets_are_counted_by_direction(tmp_path: Path) -> None:
    talk = login()
    frames = [frame for frame in talk.frames if b"RCPT TO" not in frame[2]]
    counts = measured(write_pcap(tmp_path / "a.pcap", frames), finish=True)
    assert counts.gap_octets == {"to_server": len(b"RCPT TO:<bob@example.net>\r\n"), "to_client": 0}


def test_what_correlations_count_is_counted(tmp_path: Path) -> None:
    counts = Counts()
    reading = Reading(file_sources([str(write_pcap(tmp_path / "a.pcap", login().frames))]))
    correlator = correlator_of(made(ask=("gte", 2)), limits=Limits(groups=1))
    told(correlator, ("a", auth(0, "x")), ("a", auth(1, "y")), ("a", auth(2, None)))
    told(correlator, ("a", auth(0)), end=False)
    pipeline = Pipeline(Config(strict=True), counts=counts, correlator=correlator)
    measure(counts, pipeline, reading, Matcher(RuleSet(())), "file")
    assert counts.correlation_groups == {"many": 1}
    assert counts.correlation_evicted == {"many": 1}
    assert counts.correlation_ungrouped == {"many": 1}
    assert counts.correlation_late == 1


def test_what_rules_took_is_counted_those_that_took_nothing_too() -> None:
    counts = Counts()
    measure_costs(counts, {})
    assert counts.rule_ns == {}
    measure_costs(counts, {"a": Cost(events=2, matches=1, ns=700), "b": Cost()})
    assert counts.rule_ns == {"a": 700, "b": 0}

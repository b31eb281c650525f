from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from smtpids.alerts.layout import PLAIN
from smtpids.alerts.record import Observer
from smtpids.alerts.stats import Stats, stats_id
from smtpids.cli.delivery import Channel, Delivery
from smtpids.cli.renderers import Ecs, Table
from smtpids.cli.screen import Screen, logging_to
from smtpids.cli.summary import OutputTally
from smtpids.metrics import Counts
from smtpids.outputs import Entry, FileOutput, StdoutOutput
from smtpids.outputs.account import Account
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from smtpids.outputs import Output

EVENT = Event(
    "session_end",
    1_700_000_000_000_000_000,
    7,
    {"event.action": "session_end", "session.id": "s1", "source.ip": "192.0.2.1"},
)


class Left(Account):
    """An output whose reader goes away at the first record."""

    def __init__(self) -> None:
        super().__init__("-")
        self.tries = 0

    def write(self, _entry: Entry) -> None:
        self.tries += 1
        raise BrokenPipeError

    def close(self) -> None:
        """Nothing to close."""


class Full(Account):
    """An output that loses every record, for want of room."""

    SAID = "cannot write full.json: no space left on device; make room"

    def __init__(self) -> None:
        super().__init__("full.json")
        self.fail("EIO")
        self.last_error = self.SAID

    def write(self, _entry: Entry) -> None:
        self.lose("write")
        self.fail("ENOSPC")

    def close(self) -> None:
        """Nothing to close."""


class Kept(Account):
    """An output that keeps what it is given."""

    def __init__(self, name: str = "kept", interrupts: int = 0) -> None:
        super().__init__(name)
        self.entries: list[Entry] = []
        self.ends: list[float | None] = []
        self.closed = 0
        self._interrupts = interrupts

    def write(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.succeed()

    def end(self, seconds: float | None = None) -> None:
        self.ends.append(seconds)

    def close(self) -> None:
        if self._interrupts:
            self._interrupts -= 1
            raise KeyboardInterrupt
        self.closed += 1


class Counting:
    """A renderer that counts what it makes."""

    def __init__(self) -> None:
        self.made = 0
        self.named: list[str] = []

    def alert(self, _match: Match, named: str = "") -> bytes:
        self.made += 1
        self.named.append(named)
        return b"alert\n"

    def record(self, event: Event, named: str = "") -> bytes:
        self.made += 1
        self.named.append(named)
        return event.action.encode() + b"\n"

    def stats(self, stats: Stats) -> bytes:
        self.made += 1
        return str(stats.packets).encode() + b"\n"


def match(name: str = "r", level: Level = Level.HIGH) -> Match:
    return Match(Rule(name=name, title=f"title of {name}", level=level), EVENT)


def nothing() -> None:
    """Be called when the last reader has gone."""


def delivery(
    *outputs: Output, ended: Callable[[], None] = nothing, counts: Counts | None = None
) -> Delivery:
    channels = [Channel(output, Ecs(Observer())) for output in outputs]
    return Delivery(channels, Screen(), counts or Counts(), ended)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_output_gets_alerts_and_records(tmp_path: Path) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    out = delivery(*(FileOutput(path) for path in paths))
    out.alert(match())
    out.record(EVENT)
    out.close()
    for path in paths:
        kinds = [line["event"]["dataset"] for line in lines(path)]  # type: ignore[index]
        assert kinds == ["smtpids.alert", "smtpids.session"]


def test_alerts_are_tallied_by_rule_and_the_worst_is_known(tmp_path: Path) -> None:
    out = delivery(FileOutput(tmp_path / "a.json"))
    assert out.worst() is None
    for one in (match("a", Level.LOW), match("b", Level.CRITICAL), match("a", Level.LOW)):
        out.alert(one)
    told = {name: (tally.title, tally.alerts) for name, tally in out.tally.items()}
    assert told == {"a": ("title of a", 2), "b": ("title of b", 1)}
    assert (out.alerts, out.worst()) == (3, Level.CRITICAL)


def test_a_reader_that_left_costs_the_others_nothing(tmp_path: Path) -> None:
    left, path = Left(), tmp_path / "a.json"
    calls: list[str] = []
    out = delivery(left, FileOutput(path), ended=lambda: calls.append("ended"))
    out.alert(match())
    out.alert(match())
    assert (left.tries, len(lines(path)), calls, out.lost) == (1, 2, [], 0)


def test_the_run_ends_when_the_last_reader_left() -> None:
    calls: list[str] = []
    out = delivery(Left(), ended=lambda: calls.append("ended"))
    out.alert(match())
    out.record(EVENT)
    assert calls == ["ended"]


def test_a_loss_is_said_once_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    counts = Counts()
    out = delivery(Full(), counts=counts)
    with logging_to(Screen(), quiet=True, verbose=0):
        for _ in range(3):
            out.alert(match())
        out.close()
    out.refresh()
    assert out.lost == 3
    assert capsys.readouterr().err == f"smtpids: {Full.SAID}\n"
    assert counts.output_events["full.json", "alert"] == 3
    assert counts.output_dropped["full.json", "write"] == 3
    assert counts.output_errors["full.json", "full"] == 3
    assert counts.output_errors["full.json", "write"] == 1


def test_records_are_counted_by_output_if_somebody_reads_the_figures(tmp_path: Path) -> None:
    for is_read in (False, True):
        counts = Counts()
        counts.is_read = is_read
        out = FileOutput(tmp_path / "a.json", name="a.json")
        delivery(out, counts=counts).alert(match())
        assert counts.output_events["a.json", "alert"] == int(is_read)


def test_the_delay_of_alerts_is_measured_live_only(tmp_path: Path) -> None:
    for live in (False, True):
        counts = Counts(live=live)
        delivery(FileOutput(tmp_path / "a.json"), counts=counts).alert(match())
        assert counts.detection_latency.cumulative()[-1] == int(live)


def test_files_can_be_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    out = delivery(FileOutput(path))
    out.alert(match("before"))
    path.rename(tmp_path / "a.json.1")
    out.reopen()
    out.alert(match("after"))
    codes = [[line["message"] for line in lines(at)] for at in (tmp_path / "a.json.1", path)]
    assert codes == [["title of before"], ["title of after"]]


def test_people_get_text() -> None:
    stream = io.BytesIO()
    channel = Channel(StdoutOutput(stream), Table(PLAIN))
    out = Delivery([channel], Screen(), Counts(), nothing)
    out.alert(match())
    out.record(EVENT)
    out.close()
    text = stream.getvalue().decode()
    assert "HIGH" in text
    assert "session" in text


def test_outputs_of_one_form_are_given_what_was_rendered_once() -> None:
    renderer, other = Counting(), Counting()
    kept = [Kept(name) for name in ("a", "b", "c")]
    channels = [
        Channel(output, made)
        for output, made in zip(kept, (renderer, renderer, other), strict=True)
    ]
    out = Delivery(channels, Screen(), Counts(), nothing)
    out.alert(match())
    out.record(EVENT)
    assert (renderer.made, other.made) == (2, 2)
    assert [[entry.line for entry in output.entries] for output in kept] == [
        [b"alert\n", b"session_end\n"]
    ] * 3


def test_an_entry_says_what_receivers_want_to_know() -> None:
    output = Kept()
    out = delivery(output)
    out.alert(match())
    out.record(EVENT)
    alert, record = output.entries
    for entry in (alert, record):
        assert entry.id == json.loads(entry.line)["event"]["id"]
    assert alert.values()[2:] == (EVENT.ts_ns, "alert", Level.HIGH.severity, "192.0.2.1")
    assert record.values()[2:] == (EVENT.ts_ns, "session", 0, "192.0.2.1")


def test_each_output_is_given_its_kinds_and_levels_only() -> None:
    outputs = {"high": Kept("high"), "sessions": Kept("sessions"), "messages": Kept("messages")}
    channels = [
        Channel(outputs["high"], Counting(), kinds=frozenset({"alert"}), severity=73),
        Channel(outputs["sessions"], Counting(), kinds=frozenset({"alert", "session"})),
        Channel(outputs["messages"], Counting(), kinds=frozenset({"message"})),
    ]
    counts = Counts()
    out = Delivery(channels, Screen(), counts, nothing)
    for level in (Level.LOW, Level.HIGH, Level.CRITICAL):
        out.alert(match(level=level))
    out.record(EVENT)
    given = {
        name: [(entry.kind, entry.severity) for entry in output.entries]
        for name, output in outputs.items()
    }
    assert given == {
        "high": [("alert", 73), ("alert", 99)],
        "sessions": [("alert", 21), ("alert", 73), ("alert", 99), ("session", 0)],
        "messages": [],
    }
    assert counts.output_events["high", "alert"] == 2
    assert out.wants_records


def test_records_are_not_asked_for_where_no_output_wants_any() -> None:
    channel = Channel(Kept(), Counting(), kinds=frozenset({"alert"}))
    assert not Delivery([channel], Screen(), Counts(), nothing).wants_records


def test_all_outputs_begin_to_end_before_one_is_waited_for() -> None:
    outputs = [Kept("a"), Kept("b")]
    delivery(*outputs).close()
    assert [(output.ends, output.closed) for output in outputs] == [([None], 1)] * 2


def test_an_interrupt_cuts_the_wait_for_all_outputs_short() -> None:
    outputs = [Kept("a"), Kept("b", interrupts=1), Kept("c")]
    delivery(*outputs).close()
    assert [(output.ends, output.closed) for output in outputs] == [([None, 0], 1)] * 3


def test_what_became_of_the_records_is_told_by_output() -> None:
    out = delivery(Kept(), Full())
    out.alert(match())
    assert out.outputs == [OutputTally("kept", 1), OutputTally("full.json", 0, lost=1)]


def test_the_figures_of_the_run_go_where_they_are_asked_for() -> None:
    asked, other = Kept("asked"), Kept("other")
    channels = [
        Channel(asked, Counting(), kinds=frozenset({"stats"})),
        Channel(other, Counting(), kinds=frozenset({"alert", "session"})),
    ]
    delivery = Delivery(channels, Screen(), Counts(live=False), nothing)
    assert (delivery.wants_records, delivery.wants_stats) == (True, True)
    figures = Stats(ts_ns=5, started_ns=1, packets=7)
    delivery.stats(figures)
    assert (asked.entries, other.entries) == ([Entry(b"7\n", stats_id(figures), 5, "stats")], [])

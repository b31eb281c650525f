from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from smtpids.alerts.layout import PLAIN
from smtpids.alerts.record import Observer
from smtpids.cli.delivery import Channel, Delivery, Ecs, Table, open_channels
from smtpids.cli.screen import Screen, logging_to
from smtpids.errors import OutputError, UsageError
from smtpids.metrics import Counts
from smtpids.outputs import FileOutput, StdoutOutput
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smtpids.outputs import Output

EVENT = Event(
    "session_end",
    1_700_000_000_000_000_000,
    7,
    {"event.action": "session_end", "session.id": "s1", "source.ip": "192.0.2.1"},
)


class Left:
    """An output whose reader goes away at the first record."""

    name = "-"
    lost = 0
    last_error = ""

    def __init__(self) -> None:
        self.delivered = 0
        self.errors: dict[str, int] = {}
        self.tries = 0

    def write(self, _record: bytes) -> None:
        self.tries += 1
        raise BrokenPipeError

    def flush(self) -> None:
        """Nothing is held."""

    def reopen(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""


class Full:
    """An output that loses every record, for want of room."""

    name = "full.json"
    delivered = 0
    last_error = "cannot write full.json: no space left on device; make room"

    def __init__(self) -> None:
        self.lost = 0
        self.errors: dict[str, int] = {"EIO": 1}

    def write(self, _record: bytes) -> None:
        self.lost += 1
        self.errors["ENOSPC"] = self.lost

    def flush(self) -> None:
        """Nothing is held."""

    def reopen(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""


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
    assert capsys.readouterr().err == f"smtpids: {Full.last_error}\n"
    assert counts.output_events["full.json", "alert"] == 3
    assert counts.output_dropped["full.json", "write"] == 3
    assert counts.output_errors["full.json", "full"] == 3
    assert counts.output_errors["full.json", "write"] == 1


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


def test_an_output_named_twice_is_refused(tmp_path: Path) -> None:
    target = str(tmp_path / "a.json")
    with pytest.raises(UsageError, match="named twice"):
        open_channels([target, target], "ecs", Observer(), live=False)


def test_a_log_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    target = str(tmp_path / "missing" / "a.json")
    with pytest.raises(OutputError, match="create the folder"):
        open_channels([target], "ecs", Observer(), live=False)

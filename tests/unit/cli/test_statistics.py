from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.alerts.record import Observer
from smtpids.cli.delivery import Channel, Delivery
from smtpids.cli.reading import Reading
from smtpids.cli.renderers import Ecs
from smtpids.cli.screen import Screen
from smtpids.cli.statistics import gather
from smtpids.config import Config
from smtpids.metrics import Counts
from smtpids.outputs import FileOutput
from smtpids.pipeline import Pipeline
from tests.support.command import login, login_pcap, login_rule, smtpids

if TYPE_CHECKING:
    from pathlib import Path


def test_figures_are_those_of_the_parts(tmp_path: Path) -> None:
    counts = Counts(live=True)
    counts.started_ns = 1
    pipeline = Pipeline(Config(), counts=counts)
    for frame in login().frames:
        pipeline.frame(*frame)
    pipeline.finish()
    output = FileOutput(tmp_path / "a.json")
    delivery = Delivery([Channel(output, Ecs(Observer()))], Screen(), counts, lambda: None)
    stats = gather(counts, pipeline, Reading([]), delivery, last=True)
    assert (stats.sessions, stats.messages, stats.sessions_active) == (1, 1, 0)
    assert (stats.packets, stats.octets) == (pipeline.packets, pipeline.octets)
    assert stats.alerts == {"low": 0, "medium": 0, "high": 0, "critical": 0}
    assert stats.lag_ns == stats.ts_ns - pipeline.last_ns
    assert ([output.name for output in stats.outputs], stats.last) == ([output.name], True)
    delivery.close()


def test_a_run_over_files_tells_its_figures_once_at_its_end(tmp_path: Path) -> None:
    pcap, rule = login_pcap(tmp_path), login_rule(tmp_path)
    run = smtpids("run", "-r", str(pcap), "-R", str(rule), "--events", "stats", "-q")
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["event"]["dataset"] for line in lines] == ["smtpids.alert", "smtpids.stats"]
    stats = lines[-1]["smtpids"]["stats"]
    assert (stats["sessions"], stats["last"]) == ({"total": 1, "active": 0}, True)
    assert stats["alerts"] == {"total": 1, "low": 0, "medium": 0, "high": 1, "critical": 0}

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from smtpids.alerts.record import Observer
from smtpids.cli import outlets
from smtpids.cli.delivery import Delivery
from smtpids.cli.outlets import open_channels
from smtpids.cli.screen import Screen
from smtpids.config import OutputConfig
from smtpids.errors import OutputError, UsageError
from smtpids.metrics import Counts
from smtpids.outputs import FileOutput, StdoutOutput
from smtpids.outputs.sender import NetworkOutput
from smtpids.outputs.transport import Report
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event
from tests.support.transports import Fake, away

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from smtpids.cli.delivery import Channel
    from tests.support.transports import Step

OBSERVER = Observer(name="sensor1")
EVENT = Event("session_end", 1_700_000_000_000_000_000, 7, {"session.id": "s1"})


def opened(
    *configs: OutputConfig, counts: Counts | None = None, endless: bool = True
) -> list[Channel]:
    return open_channels(configs, OBSERVER, counts or Counts(), live=False, endless=endless)


def file(target: str, **changes: object) -> OutputConfig:
    return OutputConfig(type="file", target=target, name=target)._replace(**changes)  # type: ignore[arg-type]


def siem(**changes: object) -> OutputConfig:
    config = OutputConfig(type="made", target="made://h:1", name="siem", drain_ns=50_000_000)
    return config._replace(**changes)  # type: ignore[arg-type]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Fake]:
    """Make `made` a type of output; its transports, as they were asked for."""
    return with_transport(monkeypatch)


def with_transport(monkeypatch: pytest.MonkeyPatch, always: Step | None = None) -> list[Fake]:
    fakes: list[Fake] = []

    def make(config: OutputConfig, sensor: str = "") -> Fake:
        fakes.append(Fake(always=always))
        return fakes[-1]

    module = ModuleType("made_transport")
    module.Made = make  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made_transport", module)
    monkeypatch.setitem(outlets.TRANSPORTS, "made", ("made_transport", "Made", True))
    return fakes


def alert(channels: Sequence[Channel], counts: Counts | None = None) -> Delivery:
    delivery = Delivery(channels, Screen(), counts or Counts(), lambda: None)
    delivery.alert(Match(Rule(name="r", title="t", level=Level.HIGH), EVENT))
    delivery.close()
    return delivery


def test_each_type_is_opened_with_what_it_is_given(tmp_path: Path, made: list[Fake]) -> None:
    path = str(tmp_path / "a.json")
    channels = opened(
        OutputConfig(type="stdout", target="-", name="-", events=frozenset({"session"})),
        file(path, name="alerts", level="high"),
        siem(),
    )
    kinds = [type(channel.output) for channel in channels]
    assert kinds == [StdoutOutput, FileOutput, NetworkOutput]
    assert [channel.output.name for channel in channels] == ["-", "alerts", "siem"]
    assert [channel.severity for channel in channels] == [21, 73, 21]
    assert channels[0].kinds == {"session"}
    assert len(made) == 1
    for channel in channels:
        channel.output.close()


def test_outputs_of_one_form_share_a_renderer(tmp_path: Path, made: list[Fake]) -> None:
    names = [str(tmp_path / name) for name in "abcd"]
    channels = opened(
        file(names[0]),
        file(names[1], format="table"),
        file(names[2], record_octets=4096),
        siem(),
    )
    first, table, short, network = (channel.renderer for channel in channels)
    assert first is network
    assert len({id(first), id(table), id(short)}) == 3
    alert(channels)
    assert json.loads((tmp_path / "a").read_text())["observer"]["name"] == "sensor1"
    assert "HIGH" in (tmp_path / "b").read_text()


def test_a_network_output_delivers_and_is_measured(made: list[Fake]) -> None:
    counts = Counts()
    delivery = alert(opened(siem(), counts=counts), counts)
    delivery.refresh()
    assert (len(made[0].batches), delivery.lost) == (1, 0)
    assert counts.output_delivered["siem"] == 1
    assert counts.output_dropped["siem", "shutdown"] == 0
    assert counts.output_errors["siem", "timeout"] == 0
    assert counts.output_queue["siem"] == 0
    assert counts.output_queue_most["siem"] > 1_000
    assert counts.output_up["siem"] == 1
    assert counts.output_success_ns["siem"] > EVENT.ts_ns
    assert counts.output_requests["siem"].cumulative()[-1] == 1
    assert counts.output_retries["siem"] == counts.output_resent["siem"] == 0
    assert "siem" not in counts.output_spool_octets


def test_without_a_receiver_records_wait_in_the_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_transport(monkeypatch, away())
    counts = Counts()
    delivery = alert(opened(siem(spool=str(tmp_path)), counts=counts), counts)
    delivery.refresh()
    assert (delivery.lost, delivery.outputs[0].waiting) == (0, 1)
    assert counts.output_spool_octets["siem"] > 0
    assert counts.output_spool_most["siem"] == siem().spool_octets
    assert counts.output_up["siem"] == 0
    fakes = with_transport(monkeypatch)
    for channel in opened(siem(spool=str(tmp_path))):
        channel.output.close()
    assert len(fakes[0].batches) == 1


def test_without_a_receiver_and_a_spool_records_are_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_transport(monkeypatch, away())
    assert alert(opened(siem())).lost == 1


def test_dead_letters_lie_beside_the_spool_unless_a_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_transport(monkeypatch, lambda _, batch: Report(refused={0: "no"}))
    alert(opened(siem(spool=str(tmp_path / "spool"))))
    assert (tmp_path / "spool" / "siem.dead-letters.jsonl").is_file()
    alert(opened(siem(spool=str(tmp_path / "spool"), dead_letters=str(tmp_path / "dead"))))
    assert json.loads((tmp_path / "dead").read_text())["reason"] == "no"


def test_nothing_is_sent_if_another_output_cannot_be_opened(
    tmp_path: Path, made: list[Fake]
) -> None:
    with pytest.raises(OutputError, match="create the folder"):
        opened(siem(), file(str(tmp_path / "missing" / "a.json")))
    assert [fake.batches for fake in made] == [[]]


def test_a_transport_whose_package_is_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "needs_more.py").write_text("import package_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(outlets.TRANSPORTS, "kafka", ("needs_more", "KafkaTransport", False))
    with pytest.raises(OutputError, match=r"pip install 'smtpids\[kafka\]'"):
        opened(siem(type="kafka"))


def test_a_transport_that_asks_for_no_sensor_is_given_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fakes = with_transport(monkeypatch)
    monkeypatch.setitem(outlets.TRANSPORTS, "made", ("made_transport", "Made", False))
    for channel in opened(siem()):
        channel.output.close()
    assert len(fakes) == 1


def test_our_own_modules_are_not_told_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outlets.TRANSPORTS, "made", ("smtpids.outputs.missing", "M", True))
    with pytest.raises(ModuleNotFoundError):
        opened(siem())


def test_an_output_named_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    twice = [
        (file("a.json"), file("a.json")),
        (file("a.json"), file("./a.json")),
        (file("a.json"), file("b.json", name="a.json")),
        (siem(), siem(name="other")),
    ]
    for configs in twice:
        with pytest.raises(UsageError, match="named twice"):
            opened(*configs)


def test_two_indices_of_one_receiver_are_two_outputs(made: list[Fake]) -> None:
    channels = opened(siem(search_index="a"), siem(search_index="b", name="other"))
    for channel in channels:
        channel.output.close()
    assert len(made) == 2


def test_a_log_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="create the folder"):
        opened(file(str(tmp_path / "missing" / "a.json")))

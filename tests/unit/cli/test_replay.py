from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.cli.replay import replay
from smtpids.config import Config
from smtpids.errors import ExitCode
from smtpids.rules import Matcher
from tests.support.command import login_pcap
from tests.support.rules import ruleset

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.rules.rule import Match

CONFIG = Config(any_port=True)
RULES = ruleset(login="{event.action: auth}")


def test_a_capture_is_read_to_its_end(tmp_path: Path) -> None:
    alerts: list[Match] = []
    code = replay([str(login_pcap(tmp_path))], CONFIG, Matcher(RULES), alerts.append)
    assert (code, [match.rule.name for match in alerts]) == (ExitCode.DONE, ["login"])


def test_a_damaged_capture_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = login_pcap(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    alerts: list[Match] = []
    assert replay([str(path)], CONFIG, Matcher(RULES), alerts.append) is ExitCode.INPUT
    assert len(alerts) == 1

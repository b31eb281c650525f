from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.cli import main
from tests.support.command import login_pcap
from tests.support.engine import PCAPS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["rules", "explain", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_an_alert_is_explained_by_selection_condition_and_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = explained(capsys, "auth_before_tls", "-r", str(login_pcap(tmp_path)))
    assert code == 0
    assert out.splitlines()[:4] == [
        "auth_before_tls: true of 1 event",
        "  packet 8, auth, 192.0.2.1:50000 -> 198.51.100.2:25",
        '    because  selection: event.action: auth ("auth")',
        "    because  selection: tls.established: false (false)",
    ]


def test_a_quiet_rule_is_explained_by_what_the_nearest_event_lacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capture = str(PCAPS / "starttls-25.pcap")
    code, out, _ = explained(capsys, "port_25_no_tls", "-r", capture)
    first, _, *lacks = out.splitlines()
    assert (code, first) == (0, "port_25_no_tls: true of no event; 1 asked (session_end)")
    assert "    fails    selection: tls.established: false (true)" in lacks


def test_programs_get_the_same_and_one_packet_can_be_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture = str(login_pcap(tmp_path))
    _, out, _ = explained(capsys, "auth_before_tls", "-r", capture, "--json")
    told = json.loads(out)
    assert (told["true"], told["hits"][0]["packet"], told["misses"]) == (1, 8, [])
    assert told["hits"][0]["conditions"][1] == {
        "selection": "selection",
        "condition": "tls.established: false",
        "wanted": True,
        "field": "tls.established",
        "value": False,
    }
    _, out, _ = explained(capsys, "auth_before_tls", "-r", capture, "--json", "--packet", "3")
    assert json.loads(out)["true"] == 0


def test_a_rule_and_a_capture_must_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(capsys, "auth_before_tls")[0] == 2
    assert explained(capsys, "auth_before", "-r", "x.pcap")[0] == 2

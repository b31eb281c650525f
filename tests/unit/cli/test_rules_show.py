from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids import rules
from smtpids.cli import main
from smtpids.cli.rule_facts import rule_called
from smtpids.cli.rules_show import condition, count_tests

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_rule_is_shown_with_what_it_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "port_25_no_tls"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("port_25_no_tls: Mail On Port 25 Without TLS\n")
    for line in (
        "  level         low, on by default",
        "  asked of      session_end",
        "  true if       selection:",
        "                    smtp.message.count|gte: 1",
        "  told          once in 3,600 s for each source.ip, destination.ip",
        "  ATT&CK        T1040",
    ):
        assert f"\n{line}\n" in text


def test_how_many_values_an_average_must_be_of_is_shown_with_what_it_asks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["rules", "show", "bounce_ratio_outbound"]) == 0
    shown = capsys.readouterr().out
    assert "\n                condition: {field: smtp.reply.class, gt: 2.9}\n" in shown
    assert "\n                min_values: 50\n" in shown


def test_a_rule_is_shown_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "starttls_capability_vanished", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["enabled"], told["actions"]) == (False, ["reply"])
    assert "history.server.starttls_seen" in told["fields"]
    assert told["tests"] >= 10


def test_a_rule_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "port_25_notls"]) == 2
    assert "unknown rule 'port_25_notls', did you mean 'port_25_no_tls'?" in capsys.readouterr().err


def test_without_its_file_a_condition_is_told_in_words(tmp_path: Path) -> None:
    from dataclasses import replace

    ruleset = rules.load(None)
    gone = replace(rule_called("smuggling_accepted", ruleset), path=str(tmp_path / "gone.yml"))
    assert condition(gone, ruleset) == (
        "event.action: anomaly and smtp.anomaly.kind: smuggling_accepted"
    )
    assert count_tests(gone) == 0

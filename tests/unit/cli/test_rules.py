from __future__ import annotations

import json
from typing import TYPE_CHECKING

from smtpids.cli import main
from tests.support.command import LOGIN_RULE, login_rule

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_rules_are_listed_with_level_default_events_needs_and_techniques(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = LOGIN_RULE.replace("tls.established: false", "network.direction: inbound")
    login_rule(tmp_path).write_text(rule + "tags: [attack.t1040]\n")
    assert main(["rules", "list", "-R", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "rule               level  default  asked of  needs      ATT&CK",
        "login_without_tls  high   on       auth      home_nets  T1040",
    ]


def test_a_rule_that_is_off_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    login_rule(tmp_path).write_text(LOGIN_RULE + "smtpids:\n  enabled: false\n")
    assert main(["rules", "list", "-R", str(tmp_path)]) == 0
    assert capsys.readouterr().out.split()[-2:] == ["off", "auth"]


def test_the_shipped_rules_are_listed_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    levels = {rule["name"]: rule["level"] for rule in told}
    assert levels["auth_before_tls"] == "high"
    assert levels["port_25_no_tls"] == "low"
    assert levels["port_465_cleartext"] == "high"


def test_rules_are_listed_as_the_site_wants_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    login_rule(tmp_path)
    path = tmp_path / "site.conf"
    path.write_text(
        "rules: {paths: [.], level: {login_without_tls: low}, disable: [login_without_tls]}\n"
    )
    assert main(["rules", "list", "--config", str(path)]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split() == ["login_without_tls", "low", "off", "auth"]

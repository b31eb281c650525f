from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from smtpids.cli.privacy import veil_of
from smtpids.errors import ExitCode
from smtpids.settings import load
from tests.support.command import login_pcap, login_rule

if TYPE_CHECKING:
    from pathlib import Path


def test_without_settings_there_is_no_veil() -> None:
    assert veil_of(load(None, {})) is None


def test_addresses_and_subjects_are_set_each_by_itself() -> None:
    veil = veil_of(load(None, {"SMTPIDS_PRIVACY_SUBJECTS": "mask"}))
    assert veil is not None
    assert (veil.name("ann@example.org"), veil.subject("hi")) == (
        "ann@example.org",
        "*** (2 characters)",
    )


@pytest.mark.parametrize("form", ["ecs", "eve", "table"])
def test_the_option_sets_both_in_every_format(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    pcap, rule = login_pcap(tmp_path), login_rule(tmp_path)
    arguments = ["run", "-r", str(pcap), "-R", str(rule), "--events", "session,message", "-q"]
    assert main([*arguments, "--format", form]) == ExitCode.DONE
    clear = capfd.readouterr().out
    assert main([*arguments, "--format", form, "--privacy", "mask"]) == ExitCode.DONE
    masked = capfd.readouterr().out
    assert ("ann@example.org" in clear, "hello" in clear) == (True, True)
    assert ("ann@" in masked, "bob@" in masked, "hello" in masked) == (False, False, False)
    assert "a***@example.org" in masked


def test_inspect_goes_by_the_configuration(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    site, pcap = tmp_path / "site.yml", login_pcap(tmp_path)
    site.write_text("privacy: {addresses: mask}\n")
    assert main(["inspect", "-r", str(pcap), "-c", str(site), "--json"]) == ExitCode.DONE
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    mails = [line for line in lines if line["event"]["dataset"] == "smtpids.message"]
    assert [mail["smtp"]["mail_from"] for mail in mails] == ["a***@example.org"]
    assert [mail["email"]["subject"] for mail in mails] == ["hello"]


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_missing_key_is_the_operators_mistake(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    site, rule = tmp_path / "site.yml", login_rule(tmp_path)
    site.write_text("privacy:\n  addresses: hash\n")
    more = ["-r", str(login_pcap(tmp_path))] if command == "run" else []
    assert main([command, "-c", str(site), "-R", str(rule), *more]) == ExitCode.RULES
    told = capfd.readouterr()
    assert f"{site}:2: error: 'privacy.addresses' is hash" in told.out + told.err

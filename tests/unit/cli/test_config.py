from __future__ import annotations

from typing import TYPE_CHECKING

from smtpids.cli import main
from smtpids.errors import ExitCode
from smtpids.settings import load
from smtpids.settings.written import blank

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_init_prints_a_configuration_that_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "init"]) == 0
    text = capsys.readouterr().out
    assert text == blank()
    path = tmp_path / "site.yml"
    path.write_text(text)
    assert main(["check", "-c", str(path)]) == 0


def test_init_for_the_service_sets_the_folders_of_its_unit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "init", "--service"]) == 0
    path = tmp_path / "smtpids.yml"
    path.write_text(capsys.readouterr().out)
    settings = load(str(path), {})
    assert [output.target for output in settings["outputs"]] == ["/var/log/smtpids/alerts.json"]
    assert settings["spool"] == "/var/lib/smtpids/spool"
    assert settings["state"] == "/var/lib/smtpids/state.db"


def test_dump_says_where_each_value_is_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "site.yml"
    path.write_text("\nhome_nets: [10.0.0.0/8]\nlimits:\n  groups: 7\n")
    monkeypatch.setenv("SMTPIDS_CONFIG", str(path))
    monkeypatch.setenv("SMTPIDS_SENSOR", "tap1")
    assert main(["config", "dump", "-p", "25", "--no-tls-inspection-tap"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines if not line.endswith("# default")] == [
        f'home_nets: ["10.0.0.0/8"]  # {path}:2',
        "tls_inspection_tap: false  # option",
        "ports: [25]  # option",
        'sensor: "tap1"  # env SMTPIDS_SENSOR',
        "rules:",
        "privacy:",
        "alerts:",
        "metrics:",
        "limits:",
        f"groups: 7  # {path}:4",
    ]


def test_faults_are_shown_with_the_line_and_a_marker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "site.yml"
    path.write_text("home_net: []\nports: [25, smtp]\n")
    assert main(["config", "dump", "-c", str(path)]) == ExitCode.RULES
    text = capsys.readouterr()
    assert (text.out, text.err.splitlines()) == (
        "",
        [
            f"{path}:1:1: error: unknown key 'home_net', did you mean 'home_nets'?",
            "    1 | home_net: []",
            "      | ^~~~~~~~",
            f"{path}:2:13: error: 'smtp' is no port; write 25 or 2500-2599, up to 65535",
            "    2 | ports: [25, smtp]",
            "      |             ^~~~",
            (
                "smtpids: 2 faults in the configuration, nothing was started:"
                " 'smtpids config init' explains"
            ),
        ],
    )

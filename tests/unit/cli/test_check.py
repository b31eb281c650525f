from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from smtpids.cli.check import as_error
from smtpids.errors import ExitCode, Location, RuleError
from tests.support.command import LOGIN_RULE, login_rule

if TYPE_CHECKING:
    from pathlib import Path

WRONG = {
    "modifier": (
        LOGIN_RULE.replace("tls.established: false", "smtp.auth.user|contians: x"),
        "contains",
    ),
    "field": (LOGIN_RULE.replace("tls.established", "tls.establisht"), "tls.establisht"),
    "type": (LOGIN_RULE.replace("established: false", "established: 25"), "tls.established"),
    "condition": (LOGIN_RULE.replace("condition: selection", "condition: selektion"), "selektion"),
    "level": (LOGIN_RULE.replace("level: high", "level: huge"), "huge"),
    "key": (LOGIN_RULE.replace("falsepositives:", "falsepositive:"), "falsepositive"),
    "duplicate": (LOGIN_RULE + "level: low\n", "level"),
    "logsource": (LOGIN_RULE.replace("product: smtpids", "product: windows"), "windows"),
    "yaml": (LOGIN_RULE.replace("detection:", "detection: ["), ""),
    "empty": ("", ""),
    "regex": (
        LOGIN_RULE.replace("tls.established: false", "smtp.auth.user|re: '('"),
        "smtp.auth.user",
    ),
}


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["check", *arguments])
    text = capsys.readouterr()
    assert not text.err
    return code, text.out


def test_good_rules_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, "-R", str(login_rule(tmp_path))) == (0, "1 rule, 0 errors\n")


def test_the_web_configuration_is_checked_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site.yml"
    site.write_text("metrics: {web_config: web.yml}\n")
    (tmp_path / "web.yml").write_text("basic_auth_users: {ann: s3cr3t}\n")
    code, text = check(capsys, "-R", str(login_rule(tmp_path)), "-c", str(site))
    assert code == ExitCode.RULES
    assert text.startswith(f"{tmp_path}/web.yml:1:20: error: what 'ann' has is no bcrypt hash")
    assert "s3cr3t" not in text


def test_the_shipped_rules_are_good(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = check(capsys, "--strict")
    assert code == 0
    assert text.endswith(" rules, 0 errors\n")


@pytest.mark.parametrize("mistake", sorted(WRONG))
def test_a_mistake_in_a_rule_is_told_with_its_place(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, named = WRONG[mistake]
    path = login_rule(tmp_path)
    path.write_text(text)
    code, said = check(capsys, "-R", str(tmp_path))
    assert code == ExitCode.RULES
    assert said.startswith(f"{path}:")
    assert ": error: " in said
    assert named in said
    assert "Traceback" not in said
    assert said.splitlines()[-1].endswith(("1 error", " errors"))


def test_all_mistakes_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("field", "level", "modifier"):
        (tmp_path / f"{name}.yml").write_text(WRONG[name][0])
    code, said = check(capsys, "-R", str(tmp_path))
    assert code == ExitCode.RULES
    assert {name for name in ("field", "level", "modifier") if f"{name}.yml:" in said} == {
        "field",
        "level",
        "modifier",
    }


def test_programs_get_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = login_rule(tmp_path)
    path.write_text(WRONG["field"][0])
    code, said = check(capsys, "-R", str(path), "--format", "json")
    told = json.loads(said)
    assert (code, told["rules"]) == (ExitCode.RULES, 0)
    fault = told["faults"][0]
    assert (fault["path"], fault["severity"]) == (str(path), "error")
    line = WRONG["field"][0].splitlines()[fault["line"] - 1]
    assert line[fault["column"] - 1 :].startswith("tls.establisht")


def test_github_gets_workflow_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = login_rule(tmp_path)
    path.write_text(WRONG["field"][0])
    _, said = check(capsys, "-R", str(path), "--format", "github")
    assert said.startswith(f"::error file={path},line=")
    assert len(said.splitlines()) == 1


def test_a_folder_that_is_not_there_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["check", "-R", str(tmp_path / "gone")])
    text = capsys.readouterr()
    assert code in {ExitCode.USAGE, ExitCode.RULES}
    assert "gone" in text.out + text.err
    assert "Traceback" not in text.err


def test_strict_makes_an_error_of_a_warning() -> None:
    warning = RuleError(Location("x.yml", 3, 1), "no description", severity="warning")
    assert str(as_error(warning)) == "x.yml:3:1: error: no description"


def test_a_mistake_in_the_configuration_is_told_as_one_in_a_rule_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule, path = login_rule(tmp_path), tmp_path / "site.conf"
    path.write_text("rules:\n  disable: [login_without_tsl]\n")
    code, said = check(capsys, "-R", str(rule), "-c", str(path))
    assert (code, said.splitlines()) == (
        ExitCode.RULES,
        [
            (
                f"{path}:2:13: error: unknown rule 'login_without_tsl', did you mean"
                " 'login_without_tls'?"
            ),
            "    2 |   disable: [login_without_tsl]",
            "      |             ^~~~~~~~~~~~~~~~~",
            "1 error",
        ],
    )
    path.write_text("home_net: []\n")
    code, said = check(capsys, "-c", str(path), "--format", "json")
    assert [fault["line"] for fault in json.loads(said)["faults"]] == [1]
    path.write_text("rules: {disable: [login_without_tls]}\n")
    assert check(capsys, "-R", str(rule), "-c", str(path)) == (0, "1 rule, 0 errors\n")

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.cli import main
from tests.support.command import login_rule
from tests.support.trials import LOGIN

if TYPE_CHECKING:
    from pathlib import Path

DIALOG = "".join(f"      {line}\n" for line in LOGIN.splitlines())
TESTS = f"""\
tests:
  - name: login in clear
    dialog: |
{DIALOG}    expect: [login_without_tls]
  - name: the same in TLS
    events: [{{event.action: auth, tls.established: true}}]
    expect: []
"""


def run(
    capsys: pytest.CaptureFixture[str], folder: Path, text: str, *arguments: str
) -> tuple[int, list[str], str]:
    login_rule(folder).with_suffix(".test.yml").write_text(text)
    code = main(["rules", "test", str(folder), *arguments])
    told = capsys.readouterr()
    return code, told.out.replace(f"{folder}/", "").splitlines(), told.err


def test_tests_that_pass_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, tmp_path, TESTS, "--mutate")
    assert (code, out) == (0, ["login_without_tls.test.yml: 2 passed", "2 passed, 0 failed"])
    assert run(capsys, tmp_path, TESTS, "-q")[1] == ["2 passed, 0 failed"]


def test_a_failure_ends_with_1_and_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TESTS.replace("expect: []", "expect: [login_without_tls]")
    code, out, _ = run(capsys, tmp_path, text)
    assert code == 1
    assert out[1].startswith("login_without_tls.test.yml:11:5: error: 'the same in TLS': login_")
    assert out[-1].startswith("1 passed, 1 failed")


def test_an_untested_condition_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TESTS.replace("event.action: auth, tls", "event.action: tls, tls")
    code, out, _ = run(capsys, tmp_path, text, "--mutate")
    assert (code, out[1:]) == (
        1,
        [
            "login_without_tls.yml:14:5: untested: tls.established: false",
            "2 passed, 0 failed, 1 untested",
        ],
    )


def test_a_rule_without_a_near_miss_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, tmp_path, TESTS.partition("  - name: the same")[0])
    assert (code, "no test shows a near miss" in out[1]) == (1, True)


def test_a_broken_file_ends_with_3_and_shows_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, tmp_path, TESTS.replace("expect: []", "expct: []"))
    assert (code, out) == (3, [])
    assert "error: unknown key 'expct', did you mean 'expect'?" in err
    assert "^~~~~" in err


def test_machines_get_junit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "tests.xml"
    assert run(capsys, tmp_path, TESTS, "--junit", str(target))[0] == 0
    assert target.read_text().count("<testcase ") == 2
    code, _, err = run(capsys, tmp_path, TESTS, "--junit", str(tmp_path / "gone" / "a.xml"))
    assert (code, "cannot be written" in err) == (2, True)


@pytest.mark.parametrize(("word", "passed"), [("same", 1), ("without_tls", 2)])
def test_a_word_chooses_tests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], word: str, passed: int
) -> None:
    assert run(capsys, tmp_path, TESTS, "-k", word)[1][-1] == f"{passed} passed, 0 failed"

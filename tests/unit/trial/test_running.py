from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.errors import RuleSetError, UsageError
from smtpids.rules import shipped_rules
from smtpids.trial import running
from tests.support.command import login_rule
from tests.support.trials import LOGIN

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """\
tests:
  - name: login in clear
    dialog: |
{lines}    expect: [login_without_tls]
  - name: nobody logs in
    dialog: 'C: QUIT'
    expect: []
""".replace("{lines}", "".join(f"      {line}\n" for line in LOGIN.splitlines()))


def rule_with_tests(folder: Path, text: str = TESTS) -> Path:
    path = login_rule(folder)
    path.with_suffix(".test.yml").write_text(text)
    return path


def counts(session: running.Session, *, mutate: bool = False) -> list[tuple[int, int, int]]:
    return [
        (result.passed, result.failed, len(result.untested))
        for result in running.results(session, mutate=mutate)
    ]


def test_a_folder_is_tested_with_the_rules_in_it(tmp_path: Path) -> None:
    rule_with_tests(tmp_path)
    session = running.prepare([str(tmp_path)])
    assert (counts(session), session.lacking) == ([(2, 0, 0)], [])


def test_a_rule_file_stands_for_its_tests(tmp_path: Path) -> None:
    session = running.prepare([str(rule_with_tests(tmp_path))])
    assert (counts(session), session.lacking) == ([(2, 0, 0)], [])


def test_conditions_are_dropped_if_that_is_asked_for(tmp_path: Path) -> None:
    session = running.prepare([str(rule_with_tests(tmp_path))])
    assert counts(session, mutate=True) == [(2, 0, 1)]


def test_a_failing_test_comes_before_untested_conditions(tmp_path: Path) -> None:
    rule_with_tests(tmp_path, TESTS.replace("expect: []", "expect: [login_without_tls]"))
    assert counts(running.prepare([str(tmp_path)]), mutate=True) == [(1, 1, 0)]


def test_a_word_chooses_rules_and_tests(tmp_path: Path) -> None:
    rule_with_tests(tmp_path)
    assert counts(running.prepare([str(tmp_path)], only="nobody")) == [(1, 0, 0)]
    assert counts(running.prepare([str(tmp_path)], only="without_tls")) == [(2, 0, 0)]
    with pytest.raises(UsageError, match="no rule and no test is called 'nothing'"):
        running.prepare([str(tmp_path)], only="nothing")


def test_a_rule_without_tests_is_told(tmp_path: Path) -> None:
    login_rule(tmp_path)
    assert len(running.prepare([str(tmp_path)]).lacking) == 1


def test_a_part_of_the_shipped_rules_is_tested_with_all_of_them() -> None:
    part = shipped_rules.folder() / "protocol"
    session = running.prepare([str(part)])
    assert {file.rule for file in session.files} < set(session.bench.rules)
    assert "auth_before_tls" in session.bench.rules


def test_what_is_not_there_and_what_is_broken_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        running.prepare([str(tmp_path / "gone")])
    rule_with_tests(tmp_path, "tests: 1")
    with pytest.raises(RuleSetError):
        running.prepare([str(tmp_path)])

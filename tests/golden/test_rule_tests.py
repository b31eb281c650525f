"""The tests beside the shipped rules, as `smtpids rules test --mutate` runs them: one case a file.

A rule has a test that expects it and a near miss, each of its conditions matters to one of them,
and nothing else alerts on any.
"""

from __future__ import annotations

from functools import cache

import pytest

from smtpids.rules import shipped_rules
from smtpids.trial import running
from smtpids.trial.judging import differences
from smtpids.trial.reading import find_files
from smtpids.trial.report import FileResult, lines_of

ROOT = shipped_rules.folder()
FILES = [path.relative_to(ROOT).as_posix() for path in find_files([ROOT])]


#: Longer dialogues show floods and sizes, not octets.
MOST_OCTETS = 20_000


@cache
def session() -> running.Session:
    return running.prepare([str(ROOT)])


@cache
def results() -> dict[str, FileResult]:
    return {
        result.file.path.removeprefix(f"{ROOT}/"): result
        for result in running.results(session(), mutate=True)
    }


@pytest.mark.parametrize("name", FILES)
def test_the_tests_of_a_rule_pass_and_miss_no_condition(name: str) -> None:
    _, *faults = lines_of(results()[name])
    assert faults == []


@pytest.mark.parametrize("mss", [1, 2, 3, 7])
@pytest.mark.parametrize("name", FILES)
def test_a_dialogue_alerts_however_it_is_cut(name: str, mss: int) -> None:
    """What rules look for in octets, they find in any segments."""
    bench = session().bench
    for trial in results()[name].file.trials:
        if 0 < sum(len(one.text) for one in trial.sessions) <= MOST_OCTETS:
            assert differences(trial, bench.run(trial, mss), bench) == []


def test_every_rule_has_a_test_that_expects_it_and_a_near_miss() -> None:
    assert [str(error) for error in session().lacking] == []

from __future__ import annotations

from xml.etree import ElementTree as ET

from smtpids.errors import Location, RuleError
from smtpids.trial.report import FileResult, Result, junit, lines_of, summary
from tests.support.trials import file_of

FILE = file_of(
    "tests: [{name: one, dialog: 'C: QUIT', expect: []}, {name: two, dialog: 'C: A', expect: []}]"
)
GOOD, BAD = Result(FILE.trials[0]), Result(FILE.trials[1], ("clear: expected <1>",))
LACK = RuleError(Location("x.yml"), "x: no tests")
UNTESTED = RuleError(Location("clear.yml", 9, 5), "untested: tls.mode: none")


def test_a_file_that_passes_is_one_line() -> None:
    assert list(lines_of(FileResult(FILE, [GOOD]))) == ["clear.test.yml: 1 passed"]


def test_a_failure_and_an_untested_condition_have_their_place() -> None:
    assert list(lines_of(FileResult(FILE, [GOOD, BAD], [UNTESTED]))) == [
        "clear.test.yml: 1 passed, 1 failed, 1 untested",
        "clear.test.yml:1:53: error: 'two': clear: expected <1>",
        "clear.yml:9:5: untested: tls.mode: none",
    ]


def test_the_last_line_counts_all() -> None:
    results = [FileResult(FILE, [GOOD, BAD], [UNTESTED]), FileResult(FILE, [GOOD])]
    assert summary(results, [LACK]) == "2 passed, 1 failed, 1 untested, 1 rules lack tests"
    assert summary([], []) == "0 passed, 0 failed"


def test_machines_read_junit() -> None:
    top = ET.fromstring(junit([FileResult(FILE, [GOOD, BAD], [UNTESTED])], [LACK]))
    suites = [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in top]
    assert suites == [("clear.test.yml", "3", "2"), ("coverage", "1", "1")]
    cases = [
        (case.get("name"), [failure.get("message") for failure in case])
        for case in top.iter("testcase")
    ]
    assert cases == [
        ("one", []),
        ("two", ["clear: expected <1>"]),
        ("untested: tls.mode: none", ["clear.yml:9:5: error: untested: tls.mode: none"]),
        ("x: no tests", ["x.yml: error: x: no tests"]),
    ]

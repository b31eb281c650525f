from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smtpids.rules.correlation import Correlation, Kind
from smtpids.rules.rule import Level, Rule
from smtpids.trial.coverage import uncovered
from tests.support.rules import ruleset
from tests.support.trials import CLEAR, file_of

HIT = "{name: a, dialog: 'C: QUIT', expect: [clear]}"
MISS = "{name: b, dialog: 'C: QUIT', expect: []}"

PLAIN = ruleset(clear=CLEAR)
RULES = replace(
    PLAIN,
    sources=tuple(
        one._replace(rule=replace(one.rule, path="rules/auth/clear.yml")) for one in PLAIN.sources
    ),
)


def lacks(tests: str, roots: str = "rules") -> list[str]:
    files = [file_of(f"tests: [{tests}]")] if tests else []
    return [str(error) for error in uncovered(RULES, files, [Path(roots)])]


def test_a_rule_needs_a_test_file() -> None:
    assert lacks("") == [
        "rules/auth/clear.yml: error: clear: no tests; write clear.test.yml beside it"
    ]


def test_a_rule_needs_a_test_that_expects_it_and_a_near_miss() -> None:
    assert lacks(MISS) == ["rules/auth/clear.yml: error: clear: no test expects an alert of it"]
    assert lacks(HIT) == [
        "rules/auth/clear.yml: error: clear: no test shows a near miss that it leaves alone"
    ]
    assert lacks(f"{HIT}, {MISS}") == []


def test_only_rules_in_what_was_named_are_looked_at() -> None:
    assert lacks("", "rules/transport") == []
    assert lacks("", "rules/auth/clear.yml") != []


def test_a_building_block_is_covered_by_the_correlation_that_asks_for_it() -> None:
    rule = Rule("many", "Many", Level.HIGH, path="elsewhere/many.yml")
    many = Correlation(rule, Kind.EVENT_COUNT, ("clear",), 1)
    rules = replace(RULES, correlations=(many,), silenced=frozenset({"clear"}))
    text = f"rule: many\ntests: [{HIT.replace('clear', 'many')}, {MISS}]"
    assert uncovered(rules, [file_of(text, "many")], [Path("rules")]) == []
    assert uncovered(replace(rules, silenced=frozenset()), [file_of(text, "many")], [Path("rules")])

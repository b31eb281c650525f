from __future__ import annotations

import subprocess
import sys

import pytest

from smtpids.rules.guard import search_of
from smtpids.rules.questions import Variable
from smtpids.rules.scanner import scanner
from tests.support.rules import selection


def patterns(text: str) -> tuple[str, ...] | None:
    found = search_of(selection(text))
    return None if found is None else found[1]


@pytest.mark.parametrize(
    ("text", "hit", "miss"),
    [
        ("smtp.helo|contains: a.b*c", "xa.bzc", "xaabzc"),
        ("smtp.helo|contains: a.bc", "xa.bcx", "xaxbcx"),
        ("smtp.helo|startswith: abcd", "abcde", "xabcd"),
        ("smtp.helo|endswith: abcd", "xabcd", "abcde"),
        ("smtp.helo|endswith: abcd", "a\nabcd", "abcd\n"),
        ("smtp.helo: abcd", "abcd", "abcde"),
        ("smtp.helo|re: ab+c", "xabbbc", "xac"),
        ("smtp.rcpt_to|startswith: abcd", "\x1fx\x1fabcde\x1f", "\x1fxabcde\x1f"),
        ("smtp.rcpt_to|endswith: abcd", "\x1fxabcd\x1fx\x1f", "\x1fabcde\x1f"),
        ('smtp.helo|contains: "a\\u2028\\0b"', "xa\u2028\0bx", "a"),
    ],
)
def test_what_a_rule_needs_is_found_and_other_texts_are_passed_by(
    text: str, hit: str, miss: str
) -> None:
    found = patterns(text)
    assert found is not None
    scan = scanner({pattern: [7] for pattern in found}, many=False)
    assert scan is not None
    assert (tuple(scan(hit)), tuple(scan(miss)), tuple(scan(None))) == ((7,), (), ())


@pytest.mark.parametrize(
    "text",
    [
        "smtp.helo|contains: abc",
        "smtp.helo|contains: [abcd, abc]",
        "smtp.helo|re: 'x*'",
        "destination.port: 25",
        "source.ip|cidr: 10.0.0.0/8",
        "smtp.helo: null",
        "[{smtp.helo: abcd}, {smtp.mail_from: abcd}]",
        "[{smtp.helo: abcd}, {smtp.helo|cased: Abcd}]",
    ],
)
def test_what_no_guard_can_look_for_is_left_to_the_rule(text: str) -> None:
    assert patterns(text) is None


def test_a_search_tells_its_variable_and_price() -> None:
    found = search_of(selection("smtp.rcpt_to|contains: [abcd, efgh]"))
    assert found == (Variable("j", "smtp.rcpt_to"), found[1] if found else (), 80)


@pytest.mark.parametrize(("rules", "loaded"), [(5, "False"), (60, "True")])
def test_few_rules_load_no_re2(rules: int, loaded: str) -> None:
    program = f"""
import sys
import smtpids.cli.program
from smtpids.rules import Matcher
from smtpids.rules.rule import Level, Rule
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.tree import Check, Op
checks = [Check("smtp.helo", Op.CONTAINS, f"word{{number}}") for number in range({rules})]
rule = Rule("a", "A", Level.HIGH)
Matcher(RuleSet(tuple(RuleSource(rule, check) for check in checks)))
print("re2" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout.decode().strip() == loaded


def test_the_help_loads_no_re2() -> None:
    program = """
import sys
from smtpids.cli.program import main
try:
    main(["--help"])
finally:
    sys.stderr.write(str("re2" in sys.modules))
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert told.stderr.decode() == "False"

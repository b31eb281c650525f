"""What the functions look like; `property/test_rules_oracle.py` tests that they say the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from smtpids.fields import FIELDS, Type
from smtpids.rules.compiler import compile_rules
from smtpids.rules.guard import UNGUARDED
from smtpids.rules.interpreter import REFERENCES, evaluate
from smtpids.rules.matcher import Matcher
from smtpids.rules.operands import literal_pattern
from smtpids.rules.rule import Level, Rule
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import TRUE, Check, Op, Wild, checks, conjoin, disjoin, negate
from tests.support.rules import event, judged, selection

if TYPE_CHECKING:
    from smtpids.rules.program import Program


def compiled(*texts: str, action: str = "auth") -> Program:
    nodes = {number: specialise(judged(text)[0], action) for number, text in enumerate(texts)}
    return compile_rules(action, nodes)


def test_a_question_that_rules_share_is_asked_once() -> None:
    program = compiled(
        "{tls.established: false, smtp.helo: a}",
        "{tls.established: false, smtp.helo: b}",
        "{tls.established: false, destination.port: 25}",
    )
    assert (program.source.count("'tls.established'"), program.source.count("is False")) == (1, 1)
    assert program.match({"tls.established": False, "smtp.helo": "B"}) == (1,)


def test_a_field_is_fetched_once_and_lower_cased_once() -> None:
    program = compiled("smtp.helo|contains: [aa, bb]", "smtp.helo: [c, d]", "smtp.helo|endswith: e")
    assert (program.source.count("'smtp.helo'"), program.source.count(".lower()")) == (1, 1)


def test_a_list_of_values_is_one_look_up() -> None:
    assert compiled("destination.port: [25, 465, 587]").source.count(" in k0") == 1


def test_the_cheap_question_goes_first() -> None:
    source = compiled("{smtp.helo|re: a, tls.established: true}").source
    assert source.index("tls.established") < source.index("smtp.helo")


def test_words_are_looked_for_before_an_expression_that_needs_them() -> None:
    program = compiled("smtp.helo|re: '(?i)ab+[0-9]'", "smtp.mail_from|re: a*")
    assert (
        "if v0 is not None and ((not v0.isascii() or 'ab' in (w := v0.lower())) and k0(v0) is not"
        in (program.source)
    )
    assert "if v1 is not None and (k1(v1) is not None):" in program.source


def test_words_are_looked_for_before_a_guard_in_all_elements_at_once() -> None:
    nodes = {
        n: judged(f"smtp.ehlo.keywords|re: '{word}[0-9]'")[0] for n, word in enumerate(("#", "&"))
    }
    program = compile_rules("reply", nodes, guard_from=1)
    assert "if r0 and (not r0.isascii() or '#' in r0 or '&' in r0):" in program.source
    assert program.match({"smtp.ehlo.keywords": ["x", "&1"]}) == (1,)
    assert program.match({"smtp.ehlo.keywords": []}) == ()


def test_a_rule_that_is_always_true_needs_no_question() -> None:
    program = compile_rules("auth", {4: TRUE})
    assert (program.match({}), program.source.count("if")) == ((4,), 0)


def test_no_match_is_always_the_same_empty_tuple() -> None:
    assert compiled("smtp.helo: a").match({}) is ()  # noqa: F632 - that nothing is made is the point


HOSTILE = [
    "'); import os #",
    "\\'); raise SystemExit #",
    'a" or True or "',
    '"""',
    "{x!r} %s {0} {{}} {f}",
    "line\nbreak\r\n    raise SystemExit",
    "\u2028\u2029\x85 \x00 \x7f \x0b\x0c",
    "__import__('os').system('false')",
    "match = out = g = f = k0 = None",
    "\\",
    "\\x41\\N{DIGIT ONE}",
    "\ud800 and \udfff",
    "\N{RIGHT-TO-LEFT OVERRIDE}İ",
    "long " * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("guard_from", [1, UNGUARDED], ids=["guarded", "plain"])
@pytest.mark.parametrize("name", ["smtp.helo", "smtp.rcpt_to"])
@pytest.mark.parametrize(
    "op", [Op.EQUALS, Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH, Op.REF_EQUALS, Op.REF_CONTAINS]
)
@pytest.mark.parametrize("cased", [True, False], ids=["cased", "any case"])
def test_the_text_of_a_rule_cannot_become_source(
    text: str, guard_from: int, name: str, op: Op, cased: bool
) -> None:
    written = text if cased or op in REFERENCES else text.lower()
    rules = {
        0: Check(name, op, written, cased),
        1: negate(Check(name, op, written, cased)),
        2: disjoin([Check(name, op, written, cased), Check(name, op, "other words", cased)]),
        3: Check(None, Op.CONTAINS, text.lower()),
        **{4 + at: Check("smtp.helo", Op.EQUALS, f"{written}{at}", cased) for at in range(8)},
    }
    program = compile_rules("auth", rules, guard_from=guard_from)
    for value in (text, text.upper(), f"before{text}", f"{text}behind", f"{text}3", "harmless"):
        fields: dict[str, Any] = {name: [value] if name == "smtp.rcpt_to" else value}
        plainly = [number for number, rule in rules.items() if evaluate(rule, fields)]
        assert plainly == sorted(program.match(fields))


@pytest.mark.parametrize("text", HOSTILE[:-3], ids=range(len(HOSTILE) - 3))
@pytest.mark.parametrize("guard_from", [1, UNGUARDED], ids=["guarded", "plain"])
def test_the_text_of_an_expression_cannot_become_source(text: str, guard_from: int) -> None:
    rules = {
        0: Check("smtp.helo", Op.REGEX, literal_pattern(text)),
        1: Check("smtp.rcpt_to", Op.REGEX, literal_pattern(text)),
        2: Check("smtp.helo", Op.GLOB, (Wild.ANY, text, Wild.ONE, text.lower()), cased=True),
        3: Check("smtp.rcpt_to", Op.GLOB, (text.lower(), Wild.ANY)),
    }
    program = compile_rules("auth", rules, guard_from=guard_from)
    for value in (text, f"{text}{text}", f"x{text}y{text.lower()}", "harmless"):
        fields: dict[str, Any] = {"smtp.helo": value, "smtp.rcpt_to": [value, "other"]}
        plainly = [number for number, rule in rules.items() if evaluate(rule, fields)]
        assert plainly == sorted(program.match(fields))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_name_of_a_field_or_rule_cannot_become_source(text: str) -> None:
    checks_ = [
        Check(text, Op.NULL),
        Check(text, Op.EXISTS, True),
        Check(text, Op.REF_EQUALS, "smtp.helo"),
        Check("smtp.helo", Op.REF_EQUALS, text),
    ]
    program = compile_rules("auth", dict(enumerate(checks_)))
    assert program.match({"smtp.helo": "x", text: "x"}) == (1, 2, 3)
    rule = Rule(text, text, Level.HIGH, uuid=text, category=text, message=text)
    matcher = Matcher(RuleSet((RuleSource(rule, selection("smtp.helo: x")),)))
    assert list(matcher.match(event("auth", {"smtp.helo": "x"}))) == [rule]
    assert text not in matcher.source("auth")


@pytest.mark.parametrize("network", ["10.0.0.0/8", "::/0", "::ffff:10.0.0.0/104"])
def test_of_a_network_only_numbers_reach_the_source(network: str) -> None:
    program = compile_rules("auth", {0: Check("source.ip", Op.CIDR, network)})
    assert network not in program.source
    with pytest.raises(ValueError, match="does not appear to be"):
        compile_rules("auth", {0: Check("source.ip", Op.CIDR, f"{network}); import os")})


def test_many_values_of_one_field_are_looked_up() -> None:
    texts = [f"{{smtp.helo: host{at}, smtp.mail_from|re: ^x{at}}}" for at in range(9)]
    program = compiled(*texts)
    assert program.source.count("'smtp.mail_from'") == 9
    assert "b0 = k0.get(l0)" in program.source
    assert program.match({"smtp.helo": "HOST7", "smtp.mail_from": "x7"}) == (7,)
    assert program.match({"smtp.helo": "host", "smtp.mail_from": "x7"}) == ()


def test_a_few_values_of_one_field_are_compared() -> None:
    texts = [f"{{smtp.helo: {word}, smtp.mail_from|re: '^x'}}" for word in ("a", "b", "c")]
    program = compiled(*texts, "{smtp.helo: [a, b], smtp.mail_from|re: '^x'}")
    assert program.source.count("elif l") == 2
    assert sorted(program.match({"smtp.helo": "b", "smtp.mail_from": "x"})) == [1, 3]


def test_words_with_a_sign_are_searched_where_the_sign_is() -> None:
    program = compiled("smtp.rcpt_to|contains: $a", "smtp.helo|contains: [$b, '`c']")
    assert "if r0 and '$' in r0 and ('$a' in r0.lower()):" in program.source
    assert "v1 is not None and '`' in v1 and ('`c' in v1.lower())" in program.source
    assert program.match({"smtp.rcpt_to": ["x", "x$A"], "smtp.helo": "`C"}) == (0, 1)
    assert program.match({"smtp.rcpt_to": ["$", "a"], "smtp.helo": "$c"}) == ()


def test_words_in_a_list_are_searched_in_all_elements_at_once() -> None:
    program = compiled("smtp.rcpt_to|contains: [aa, bb]", "smtp.rcpt_to|endswith: .example")
    assert program.source.count(".join(") == 1
    assert program.match({"smtp.rcpt_to": ["x", "xBBx", "y.EXAMPLE"]}) == (0, 1)
    assert program.match({"smtp.rcpt_to": ["a", "a", "x.example\0", "x.example\0x"]}) == ()
    assert program.match({"smtp.rcpt_to": []}) == program.match({}) == ()


def test_a_rule_with_more_questions_than_python_has_indents_is_compiled() -> None:
    texts = [
        field.name
        for field in FIELDS.values()
        if field.type in {Type.TEXT, Type.KEYWORD} and "auth" in field.actions and not field.values
    ]
    wanted = conjoin(
        selection(f"{{{name}|contains: [x, y{number}]}}") for name in texts for number in range(5)
    )
    program = compile_rules("auth", {0: wanted, 1: conjoin([*checks(selection("smtp.helo: x"))])})
    fields = {name: ["x"] if FIELDS[name].many else "x" for name in texts}
    assert tuple(sorted(program.match(fields))) == (0, 1)
    assert program.match({"smtp.helo": "x"}) == (1,)

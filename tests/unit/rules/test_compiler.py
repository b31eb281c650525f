"""What the functions look like; `property/test_rules_oracle.py` tests that they say the truth."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtpids.rules.compiler import Program, compile_rules
from smtpids.rules.fields import FIELDS, Type
from smtpids.rules.specialise import specialise
from smtpids.rules.tree import TRUE, checks, conjoin
from tests.support.rules import judged, selection


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


def test_a_rule_that_is_always_true_needs_no_question() -> None:
    program = compile_rules("auth", {4: TRUE})
    assert (program.match({}), program.source.count("if")) == ((4,), 0)


def test_no_match_is_always_the_same_empty_tuple() -> None:
    assert compiled("smtp.helo: a").match({}) is ()  # noqa: F632 - that nothing is made is the point


HOSTILE = [
    "'); import os #",
    "\\'); raise SystemExit #",
    'a" or True or "',
    "{x!r} %s {0}",
    "line\nbreak",
    "\u2028 \x00 \x7f",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("modifier", ["", "|contains", "|startswith", "|cased", "|neq"])
def test_the_text_of_a_rule_cannot_become_source(modifier: str, text: str) -> None:
    program = compiled(json.dumps({f"smtp.helo{modifier}": [text, "other"]}))
    alike: dict[str, Any] = {"smtp.helo": text}
    assert ((0,) if modifier != "|neq" else ()) == program.match(alike)
    assert ((0,) if modifier == "|neq" else ()) == program.match({"smtp.helo": "harmless"})


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

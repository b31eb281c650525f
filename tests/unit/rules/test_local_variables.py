"""What the variables of a generated function are called and made of, and where they are made."""

from __future__ import annotations

import pytest

from smtpids.rules.local_variables import LocalVariables
from smtpids.rules.operands import LOWER_VERBS
from smtpids.rules.questions import Variable
from tests.support.rules import selection

HELO, PORT = Variable("v", "smtp.helo"), Variable("v", "destination.port")


def of(*conditions: str) -> LocalVariables:
    return LocalVariables([selection(text) for text in conditions])


def made(variable: Variable, *conditions: str) -> list[str]:
    return of(*conditions).made(variable)


def value(variable: Variable, fields: dict[str, object]) -> object:
    space: dict[str, object] = {"f": fields}
    exec("\n".join(made(variable)), space)
    return space[f"{variable.form}0"]


def test_a_variable_is_called_by_its_form_and_the_number_of_its_field() -> None:
    variables = of()
    lower = Variable("l", "smtp.helo")
    assert [*map(variables.name, (HELO, PORT, lower))] == ["v0", "v1", "l0"]


@pytest.mark.parametrize(
    ("form", "found", "missing"),
    [
        ("v", ["A", "b"], ()),
        ("l", ["a", "b"], ()),
        ("r", "A\x1fb", ""),
        ("j", "\x1fa\x1fb\x1f", ""),
    ],
)
def test_a_list_is_there_as_it_is_in_lower_case_or_joined(
    form: str, found: object, missing: object
) -> None:
    variable = Variable(form, "smtp.rcpt_to")
    assert value(variable, {"smtp.rcpt_to": ["A", "b"]}) == found
    assert value(variable, {}) == missing


def test_a_missing_text_is_an_empty_one_unless_a_rule_tells_them_apart() -> None:
    lower = Variable("l", "smtp.helo")
    assert made(lower, "smtp.helo|contains: a") == ["l0 = (f.get('smtp.helo') or '').lower()"]
    assert made(lower, "smtp.helo|contains: ''") == [
        "l0 = f.get('smtp.helo')",
        "if l0 is not None: l0 = l0.lower()",
    ]
    variables = of("smtp.helo|contains: ''")
    assert [variables.is_text(lower), of().is_text(lower)] == [False, True]


def test_a_verb_is_put_in_lower_case_by_a_look_up() -> None:
    verb = Variable("l", "smtp.reply.verb")
    for condition in ("smtp.reply.verb: a", "smtp.reply.verb: ''"):
        for said, lower in (("MAIL", "mail"), ("XyZ", "xyz"), ("\u212aILL", "kill"), ("", "")):
            fields = {"smtp.reply.verb": said}
            space: dict[str, object] = {"f": fields, "verbs": LOWER_VERBS}
            exec("\n".join(made(verb, condition)), space)
            assert space["l0"] == lower
    assert made(verb, "smtp.reply.verb: a")[0] == "l0 = f.get('smtp.reply.verb') or ''"


def test_what_is_made_in_any_case_and_in_a_branch_before_is_made_first() -> None:
    variables = of()
    once = Variable("v", "source.ip")
    made_, again, last = (variables.made(one)[0] for one in (HELO, PORT, once))
    lines = [
        ("    if x:", None),
        (f"        {made_}", 1),
        ("        use", 1),
        (f"    {made_}", 2),
        ("    if y:", None),
        (f"        {again}", 3),
        ("    if z:", None),
        (f"        {again}", 4),
        (f"    {last}", 5),
    ]
    places = ((HELO, 1, 2), (HELO, 3, 1), (PORT, 5, 2), (PORT, 7, 2), (once, 8, 1))
    for variable, at, depth in places:
        variables.note(variable, at, depth)
    assert variables.drawn_up(lines) == [
        (f"    {made_}", None),
        ("    if x:", None),
        ("        use", 1),
        *lines[4:],
    ]

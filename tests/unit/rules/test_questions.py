from __future__ import annotations

import pytest

from smtpids.rules.questions import (
    Variable,
    cost,
    is_long,
    late_lists,
    of_a_list,
    variables,
    work,
)
from smtpids.rules.tree import conjoin, disjoin, negate
from tests.support.rules import judged, selection


def test_costs_order_what_is_asked() -> None:
    texts = [
        "tls.established: true",
        "smtp.helo: a",
        "smtp.rcpt_to: a",
        "smtp.helo|re: a",
        "[keyword]",
    ]
    costs = [cost(judged(text)[0]) for text in texts]
    assert sorted(costs) == costs


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("smtp.helo: a", Variable("l", "smtp.helo")),
        ("smtp.helo|cased: a", Variable("v", "smtp.helo")),
        ("smtp.helo|re: a", Variable("v", "smtp.helo")),
        ("smtp.helo|re: a*", Variable("v", "smtp.helo")),
        ("smtp.helo|contains|cased: a", Variable("v", "smtp.helo")),
        ("smtp.reply.text|re: a", Variable("v", "smtp.reply.text")),
        ("email.body.text|re: a", Variable("v", "email.body.text")),
        ("source.ip|cidr: 10.0.0.0/8", Variable("n", "source.ip")),
        ("destination.port: 25", Variable("v", "destination.port")),
        ("smtp.rcpt_to|contains: a", Variable("j", "smtp.rcpt_to")),
        ("smtp.rcpt_to|endswith: a", Variable("j", "smtp.rcpt_to")),
        ("smtp.rcpt_to: a", Variable("l", "smtp.rcpt_to")),
        ('smtp.rcpt_to|contains: "a\\x1fb"', Variable("l", "smtp.rcpt_to")),
        ("smtp.rcpt_to|contains: a$b", Variable("r", "smtp.rcpt_to")),
        ("smtp.helo|contains: a$b", Variable("v", "smtp.helo")),
        ("smtp.helo|endswith: a$b", Variable("l", "smtp.helo")),
    ],
)
def test_a_question_reads_one_variable(text: str, variable: Variable) -> None:
    assert variables([selection(text)]) == {variable}


def test_the_work_of_a_question_is_its_cost_without_that_of_its_variable() -> None:
    few, many = selection("smtp.helo|contains: aa"), selection("smtp.helo|contains: [aa, bb, cc]")
    assert work(many) == 3 * work(few)
    assert cost(many) - cost(few) == 2 * work(few)


def test_texts_of_messages_are_long_and_so_are_all_fields_together() -> None:
    names = ("email.body.text", "email.header.lines", None, "smtp.command.argument", "x")
    assert [is_long(name) for name in names] == [True, True, True, False, False]


def test_a_list_that_one_of_several_questions_asks_is_made_when_it_is_asked() -> None:
    mime, verb = selection("smtp.rcpt_to: [a, b]"), selection("smtp.helo: a")
    assert late_lists(disjoin([mime, verb])) == {Variable("l", "smtp.rcpt_to")}
    assert late_lists(mime) == frozenset()
    assert late_lists(conjoin([negate(mime), disjoin([verb, mime])])) == frozenset()


def test_both_ways_to_look_into_a_list_agree() -> None:
    for values in (None, [], ["A"], ["c", "b"], ["c"]):
        f, late, made = (
            {"x": values},
            of_a_list("{'a', 'b'}", "x", ""),
            of_a_list("{'a'}", None, "v"),
        )
        names = {"f": f, "v": [each.lower() for each in values or ()]}
        assert bool(eval(late, names)) == bool({"a", "b"} & set(names["v"]))
        assert bool(eval(made, names)) == ("a" in names["v"])

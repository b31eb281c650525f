from __future__ import annotations

import pytest

from smtpids.rules.condition import parse_condition
from smtpids.rules.explain import failures, is_one_question, nearest, reasons, shown, words
from smtpids.rules.tree import TRUE, Node
from tests.support.rules import event, selection

PARTS = {
    "selection": selection("{event.action: auth, tls.established: false}"),
    "filter": selection("{smtp.auth.outcome: [failure, aborted], smtp.auth.length: 0}"),
    "many": selection("{smtp.rcpt_to|endswith: '@b'}"),
}


def tree(condition: str) -> Node:
    return parse_condition(condition, PARTS).node


RULE = tree("selection and not filter")
TRUE_OF = {
    "event.action": "auth",
    "tls.established": False,
    "smtp.auth.outcome": "failure",
    "smtp.auth.length": 9,
}


def test_reasons_are_what_is_true_and_what_a_filter_lacks() -> None:
    assert [one.text for one in reasons(RULE, TRUE_OF)] == [
        'event.action: auth ("auth")',
        "tls.established: false (false)",
        "not smtp.auth.length: 0 (9)",
    ]
    assert failures(RULE, TRUE_OF) == []


def test_failures_are_what_is_false_and_what_a_filter_has() -> None:
    fields = {**TRUE_OF, "tls.established": True}
    assert [one.text for one in failures(RULE, fields)] == ["tls.established: false (true)"]
    assert reasons(RULE, fields) == []
    filtered = {**TRUE_OF, "smtp.auth.length": 0}
    assert [one.text for one in failures(RULE, filtered)] == [
        'not smtp.auth.outcome: failure or aborted ("failure")'
    ]


def test_of_alternatives_the_nearest_is_told() -> None:
    (one,) = failures(tree("selection or many"), {})
    assert (one.text, one.wanted, one.answer) == (
        "smtp.rcpt_to|endswith: @b (missing)",
        True,
        False,
    )


def test_of_a_list_the_elements_that_count_are_told() -> None:
    (one,) = reasons(tree("many"), {"smtp.rcpt_to": ["a@a", "b@b", "c@b"]})
    assert one.value == ["b@b", "c@b"]
    (lack,) = failures(tree("many"), {"smtp.rcpt_to": ["a@a"]})
    assert lack.value == ["a@a"]


def test_the_text_of_a_message_is_not_shown() -> None:
    condition = selection("{email.body.text|contains: secret}")
    (told,) = reasons(condition, {"email.body.text": "a secret letter"})
    assert (told.value, "letter" in told.text) == ("[not shown]", False)


def test_the_nearest_event_is_of_the_kind_that_is_asked_for() -> None:
    other = event("tls", {"tls.established": False})
    near = event("auth", {"tls.established": True, "smtp.auth.length": 1})
    found = nearest(RULE, [other, near])
    assert found is not None
    assert (found.event, [one.field for one in found.failures]) == (near, ["tls.established"])
    assert nearest(RULE, []) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{smtp.auth.user: Alice}", "smtp.auth.user: alice"),
        ("{smtp.auth.user: 'a*'}", "smtp.auth.user|startswith: a"),
        ("{smtp.auth.user: 'a*b'}", "smtp.auth.user: a*b"),
        ("{smtp.auth.user|contains: [a, b]}", "smtp.auth.user|contains: a or b"),
        ("{smtp.auth.user|contains|all: [a, b]}", "smtp.auth.user|contains: a and b"),
        ("{smtp.auth.user|re: 'a+'}", "smtp.auth.user|re: a+"),
        ("{smtp.auth.length|gte: 3}", "smtp.auth.length >= 3"),
        ("{source.ip|cidr: 192.0.2.0/24}", "source.ip in 192.0.2.0/24"),
        ("{smtp.auth.user: null}", "smtp.auth.user is missing"),
        ("{smtp.auth.user|exists: true}", "smtp.auth.user is there"),
        ("{smtp.auth.user|exists: false}", "smtp.auth.user is not there"),
        ("{'@timestamp|hour': 3}", "@timestamp|hour: 3"),
        ("{tls.established: false}", "tls.established: false"),
        ("{smtp.auth.user: ''}", "smtp.auth.user: ''"),
        ("{smtp.auth.user: ['a*', b]}", "smtp.auth.user|startswith: a or smtp.auth.user: b"),
        (
            "[{smtp.auth.user: a, tls.mode: none}, {tls.mode: starttls}]",
            "(smtp.auth.user: a and tls.mode: none) or tls.mode: starttls",
        ),
    ],
)
def test_a_condition_reads_like_its_rule(text: str, told: str) -> None:
    assert words(selection(text)) == told


def test_a_negation_reads_as_such() -> None:
    assert words(tree("not many")) == "not smtp.rcpt_to|endswith: @b"
    assert words(tree("not selection")) == "not (event.action: auth and tls.established: false)"
    assert words(TRUE) == "always"


def test_one_question_is_of_one_field() -> None:
    assert is_one_question(tree("many"))
    assert not is_one_question(tree("selection"))
    assert not is_one_question(tree("not many"))


def test_values_of_the_wire_are_shown_escaped_and_cut() -> None:
    assert shown("a\x1b\u202e") == '"a\\u001b\\u202e"'
    assert len(shown("a" * 1000)) == 100
    assert shown(None) == "missing"

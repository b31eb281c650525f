from __future__ import annotations

from smtpids.rules.choice import Guard, Parts, Plan, Rules, Shared, Switch, choose
from smtpids.rules.guard import GUARD_FROM, UNGUARDED
from smtpids.rules.questions import Variable
from tests.support.rules import selection


def rules(*texts: str) -> Rules:
    parts = Parts()
    return [(number, parts.required(selection(text))) for number, text in enumerate(texts)]


def chosen(*texts: str, guard_from: int = GUARD_FROM, most_copies: int = 100) -> Plan | None:
    return choose(rules(*texts), guard_from, most_copies)


def below(*values: str) -> list[str]:
    """Return selections that ask for values of one field, and more of each event that has them."""
    return [f"{{smtp.helo: {each}, smtp.mail_from|re: x{at}}}" for at, each in enumerate(values)]


def numbers(some: Rules) -> list[int]:
    return [number for number, _ in some]


def test_rules_with_nothing_in_common_stand_side_by_side() -> None:
    assert chosen("smtp.helo: a", "smtp.mail_from: b", "destination.port: 25") is None


def test_equal_questions_are_one_object() -> None:
    (_, one), (_, other) = rules("{smtp.helo: a}", "{smtp.helo: a, destination.port: 25}")
    assert one[0] in other


def test_a_question_of_several_rules_is_asked_once() -> None:
    plan = chosen(
        "{tls.established: false, smtp.helo|re: a}",
        "{tls.established: false, smtp.helo|re: b}",
        "destination.port: 25",
    )
    assert isinstance(plan, Shared)
    assert (numbers(plan.below), numbers(plan.others)) == ([0, 1], [2])
    assert [len(parts) for _, parts in plan.below] == [1, 1]


def test_a_field_that_rules_compare_with_different_values_is_looked_at_once() -> None:
    plan = chosen(
        *(f"{{smtp.helo: {word}, smtp.mail_from|re: x}}" for word in ("a", "b", "c", "[a, d]")),
        "destination.port: 25",
    )
    assert isinstance(plan, Switch)
    assert plan.variable == Variable("l", "smtp.helo")
    found = {values: numbers(some) for values, some in plan.branches}
    assert found == {("a",): [0, 3], ("b",): [1], ("c",): [2], ("d",): [3]}
    assert (plan.copies, numbers(plan.others)) == (1, [4])


def test_values_of_the_same_rules_share_a_block() -> None:
    plan = chosen(*below("[a, b]", "[a, b, c]", "d"))
    assert isinstance(plan, Switch)
    assert [values for values, _ in plan.branches] == [("a", "b"), ("c",), ("d",)]


def test_a_rule_that_takes_many_values_is_in_no_switch() -> None:
    plan = chosen(*below("a", "b", "c", "[a, b, c, d, e]"))
    assert isinstance(plan, Switch)
    assert numbers(plan.others) == [3]


def test_what_would_stand_in_too_many_blocks_is_not_switched() -> None:
    texts = [f"{{smtp.helo: [a{number}, b{number}]}}" for number in range(6)]
    assert isinstance(chosen(*texts, most_copies=6), Switch)
    assert chosen(*texts, most_copies=5) is None


def test_lists_and_answers_are_not_switched() -> None:
    assert chosen(*(f"smtp.rcpt_to: {word}" for word in "abcd")) is None
    assert not isinstance(
        chosen("session.gap: true", "session.gap: false", "session.gap: true"), Switch
    )


def test_many_searches_of_one_field_get_a_guard() -> None:
    texts = [f"smtp.helo|contains: [word{number}a, word{number}b]" for number in range(30)]
    plan = chosen(*texts, "destination.port: 25", "smtp.helo|contains: abc")
    assert isinstance(plan, Guard)
    assert plan.variable == Variable("l", "smtp.helo")
    assert (len(plan.patterns), len(plan.guarded), numbers(plan.others)) == (60, 30, [30, 31])
    assert chosen(*texts[:20]) is None
    assert chosen(*texts, guard_from=UNGUARDED) is None


def test_one_word_of_two_rules_names_both() -> None:
    plan = chosen(
        "{smtp.helo|contains: [abcd, efgh]}",
        "{smtp.helo|contains: [abcd, ijkl]}",
        guard_from=1,
    )
    assert isinstance(plan, Guard)
    assert sorted(plan.patterns.values()) == [[0], [0, 1], [1]]

from __future__ import annotations

from smtpids.rules.tree import (
    FALSE,
    TRUE,
    And,
    Check,
    Not,
    Op,
    Or,
    Wild,
    checks,
    conjoin,
    disjoin,
    factored,
    fold,
    names,
    negate,
)

A = Check("smtp.helo", Op.EQUALS, "a")
B = Check("smtp.helo", Op.EQUALS, "b")
C = Check("destination.port", Op.EQUALS, 25)


def test_and_and_or_of_the_same_parts_are_different_questions() -> None:
    assert len({And((A, B)), Or((A, B)), And((A, B))}) == 2


def test_and_drops_what_is_always_true_and_keeps_each_part_once() -> None:
    assert And((A, B)) == conjoin([A, TRUE, B, A])


def test_and_is_false_as_soon_as_one_part_is() -> None:
    assert conjoin([A, FALSE, B]) == FALSE


def test_and_of_nothing_is_true_and_or_of_nothing_is_false() -> None:
    assert (conjoin([]), disjoin([])) == (TRUE, FALSE)


def test_an_and_within_an_and_is_one() -> None:
    assert And((A, B, C)) == conjoin([conjoin([A, B]), C])


def test_or_is_true_as_soon_as_one_part_is() -> None:
    assert disjoin([A, TRUE]) == TRUE
    assert Or((A, B)) == disjoin([A, FALSE, B])


def test_one_part_stands_for_itself() -> None:
    assert (conjoin([A]), disjoin([A, A])) == (A, A)


def test_not_of_not_is_nothing() -> None:
    assert Not(A) == negate(A)
    assert negate(negate(A)) == A
    assert (negate(TRUE), negate(FALSE)) == (FALSE, TRUE)


def test_what_all_alternatives_need_stands_before_them() -> None:
    either = Or((And((A, C)), And((B, C))))
    assert factored(either) == And((C, Or((A, B))))
    assert factored(conjoin([A, negate(either)])) == And((A, Not(And((C, Or((A, B)))))))
    assert factored(Or((And((A, B)), A))) == A
    assert factored(Or((A, And((B, C))))) == Or((A, And((B, C))))
    assert [factored(TRUE), factored(Not(A))] == [TRUE, Not(A)]


def test_fold_answers_some_checks_and_keeps_the_rest() -> None:
    node = conjoin([disjoin([A, C]), negate(B)])
    known = {A: False, B: False}
    assert fold(node, known.get) == C


def test_checks_come_in_order_and_as_often_as_they_stand() -> None:
    assert list(checks(conjoin([disjoin([A, C]), negate(A)]))) == [A, C, A]


def test_names_include_fields_that_are_referred_to() -> None:
    reference = Check("smtp.helo", Op.REF_EQUALS, "smtp.mail_from_domain")
    assert {"smtp.helo", "smtp.mail_from_domain"} == names(disjoin([A, reference]))


def test_a_wildcard_is_not_the_text_that_it_is_written_as() -> None:
    assert Check("smtp.helo", Op.GLOB, (Wild.ANY,)) != Check("smtp.helo", Op.GLOB, ("*",))

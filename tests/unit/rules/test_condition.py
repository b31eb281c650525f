from __future__ import annotations

import pytest

from smtpids.rules.condition import ConditionError, parse_condition
from smtpids.rules.tree import FALSE, And, Check, Node, Not, Op, Or

A, B, F, HIDDEN = (Check("smtp.helo", Op.EQUALS, letter) for letter in "abfh")
SELECTIONS: dict[str, Node] = {"sel_a": A, "sel_b": B, "filter": F, "_hidden": HIDDEN}


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("sel_a", A),
        ("not sel_a", Not(A)),
        ("not not sel_a", A),
        ("sel_a and sel_b or filter", Or((And((A, B)), F))),
        ("sel_a or sel_b and filter", Or((A, And((B, F))))),
        ("(sel_a or sel_b) and filter", And((Or((A, B)), F))),
        ("not sel_a and sel_b", And((Not(A), B))),
        ("not (sel_a and sel_b)", Not(And((A, B)))),
        ("1 of sel_*", Or((A, B))),
        ("any of sel_*", Or((A, B))),
        ("all of sel_*", And((A, B))),
        ("1 of them", Or((A, B, F))),
        ("1 of _*", HIDDEN),
        ("sel_a and not 1 of filter*", And((A, Not(F)))),
        ("  sel_a\n  and sel_b ", And((A, B))),
    ],
)
def test_a_condition_is_a_tree(text: str, node: Node) -> None:
    assert node == parse_condition(text, SELECTIONS).node


def test_a_condition_knows_what_it_uses() -> None:
    assert {"sel_a", "sel_b"} == parse_condition("1 of sel_*", SELECTIONS).used


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("sel_c", 0, "unknown selection 'sel_c', did you mean 'sel_b'?"),
        ("zzz", 0, "unknown selection 'zzz'; there is sel_a, sel_b, filter, _hidden"),
        ("sel_a and", 9, "expected the name of a selection before the end"),
        ("", 0, "expected the name of a selection before the end"),
        ("sel_a and or sel_b", 10, "expected the name of a selection before 'or'"),
        ("sel_a sel_b", 6, "expected 'and' or 'or' before 'sel_b'"),
        ("sel_a AND sel_b", 6, "'AND' must be written in lower case"),
        ("NOT sel_a", 0, "'NOT' must be written in lower case"),
        ("sel_b or (sel_a", 9, "'(' is not closed"),
        ("(sel_a sel_b)", 7, "expected 'and' or 'or' before 'sel_b'"),
        ("sel_a)", 5, "')' closes nothing"),
        ("1 of other_*", 5, "no selection is called 'other_*'"),
        ("all of", 6, "expected 'them' or a pattern such as 'filter_*'"),
        ("sel_*", 0, "write '1 of sel_*' or 'all of sel_*'"),
        (
            "sel_a | count() > 3",
            6,
            (
                "'|' begins an aggregation of Sigma 1; count in a correlation, such as"
                " 'type: event_count'"
            ),
        ),
        ("sel_a & sel_b", 6, "'&' means nothing in a condition; write 'and'"),
        ("not " * 40 + "sel_a", 132, "nested deeper than 32 levels"),
        ("(" * 5000, 0, "the condition is longer than 4096 characters"),
    ],
)
def test_a_fault_in_a_condition_has_its_offset(text: str, offset: int, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text, SELECTIONS)
    assert (offset, message) == (caught.value.offset, caught.value.message)


def test_a_condition_tells_which_selections_stand_behind_no_not() -> None:
    found = parse_condition("sel_a and not (sel_b or not sel_c)", dict.fromkeys(NAMES, FALSE))
    assert found.plain == {"sel_a", "sel_c"}


NAMES = ("sel_a", "sel_b", "sel_c")

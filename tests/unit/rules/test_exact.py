"""Which questions are asked of a text as it is, and that they say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.fields import FIELDS
from smtpids.rules.exact import exact
from smtpids.rules.interpreter import evaluate
from smtpids.rules.tree import TRUE, Check, Op, conjoin, disjoin, negate

ACCEPTED = Check("smtp.starttls.state", Op.EQUALS, "accepted")


@pytest.mark.parametrize(
    ("check", "asked"),
    [
        (Check("smtp.message.framing", Op.EQUALS, "bdat"), ("BDAT", True)),
        (Check("email.attachments.traces", Op.EQUALS, "vba"), ("vba", True)),
        (Check("smtp.helo", Op.CONTAINS, "../"), ("../", True)),
        (Check("smtp.helo", Op.STARTSWITH, "127.0.0."), ("127.0.0.", True)),
        (Check("smtp.message.framing", Op.EQUALS, "nothing"), ("nothing", False)),
        (Check("smtp.helo", Op.EQUALS, "127.0.0.1"), ("127.0.0.1", False)),
        (Check("smtp.helo", Op.CONTAINS, "${run{"), ("${run{", False)),
        (Check("smtp.helo", Op.ENDSWITH, "\u0307"), ("\u0307", False)),
        (Check("smtp.rcpt_to", Op.CONTAINS, "%"), ("%", False)),
        (Check(None, Op.CONTAINS, "%"), ("%", False)),
        (Check("destination.port", Op.EQUALS, 25), (25, False)),
    ],
)
def test_a_text_is_asked_as_it_is_where_its_case_says_nothing(
    check: Check, asked: tuple[object, bool]
) -> None:
    found = exact(check)
    assert isinstance(found, Check)
    assert (found.operand, found.cased) == asked


def test_questions_within_conditions_are_found() -> None:
    cased = Check("smtp.starttls.state", Op.EQUALS, "accepted", cased=True)
    other = Check("smtp.helo", Op.EQUALS, "a")
    node = conjoin([negate(ACCEPTED), disjoin([ACCEPTED, other])])
    assert exact(node) == conjoin([negate(cased), disjoin([cased, other])])
    assert exact(TRUE) == TRUE


@given(
    st.sampled_from([Op.CONTAINS, Op.STARTSWITH, Op.ENDSWITH]),
    st.text("./$\u0307", min_size=1, max_size=2),
    st.text("./$\u0307\u0130aA", max_size=4),
)
def test_both_say_the_same_of_a_part(op: Op, part: str, text: str) -> None:
    check = Check("smtp.helo", op, part)
    assert evaluate(exact(check), {"smtp.helo": text}) is evaluate(check, {"smtp.helo": text})


def test_both_say_the_same_of_every_word_that_the_table_lists() -> None:
    for name, field in FIELDS.items():
        assert len({word.lower() for word in field.values}) == len(field.values)
        for word in field.values:
            check = Check(name, Op.EQUALS, word.lower())
            fields = {name: [word]} if field.many else {name: word}
            assert evaluate(exact(check), fields)
            assert evaluate(check, fields)

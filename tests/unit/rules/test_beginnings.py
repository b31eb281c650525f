"""What an expression that begins with a word needs besides is asked of each element of a list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.rules.beginnings import Beginning, beginning, first_letter, question
from smtpids.rules.operands import calm_finder

SIZES = ("(?i)^SIZE=.*[^0-9]", r"(?i)^SIZE=0*(1[1-9]\d{11}|[2-9]\d{12}|[1-9]\d{13,})$")
PATTERNS = (*SIZES, r"^Auth=.*\+0[AD]", "(?i)^ab=[|(](c|d)")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (SIZES[0], Beginning("size=", 6, "", beyond_digits=True)),
        (SIZES[1], Beginning("size=", 18, "", beyond_digits=False)),
        ("^Auth=.*#.x", Beginning("auth=", 8, "#", beyond_digits=False)),
        ("^a=(b|c)", Beginning("a=", 3, "", beyond_digits=False)),
        ("^a=b|c", None),
        ("^a=*b", None),
        ("a=b", None),
        ("^a=(", None),
    ],
)
def test_an_expression_tells_how_a_text_begins_and_what_else_is_in_it(
    pattern: str, told: Beginning | None
) -> None:
    assert beginning(pattern) == told


def test_expressions_with_the_same_word_ask_for_it_once() -> None:
    assert question(SIZES, "e") == (
        "not e.isascii() or e[:5].lower() == 'size='"
        " and (len(e) >= 6 and not e[5:].isdigit() or len(e) >= 18)"
    )
    assert question([*SIZES, "x"], "e") == ""


@pytest.mark.parametrize("text", ["SIZE=1000", "BODY=8BITMIME", "SIZE", "size=", "AUTH=<>"])
def test_what_mail_has_is_not_searched(text: str) -> None:
    assert not eval(question(SIZES, "e"), {"e": text})


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        ("(?i)^XEXCH50 +(-|1)", "v.startswith(('X', 'x'))"),
        ("^ab*", "v.startswith(('A', 'a'))"),
        *[(text, "") for text in ("^a*b", "^a{0,2}", "^ab|c", "(?i)^sa", "(?m)^ab", "ab", "^[ab]")],
    ],
)
def test_the_first_letter_of_an_expression_is_compared(pattern: str, asked: str) -> None:
    assert first_letter(pattern, "v") == asked


_TEXTS = st.lists(
    st.sampled_from(
        [
            "SIZE=",
            "size=",
            "\u017fize=",
            "AUTH=",
            "Auth=",
            "ab=",
            "|",
            "+0A",
            "1",
            "9" * 13,
            "x",
            "\n",
            "ä",
        ]
    )
).map("".join)


@given(text=_TEXTS)
def test_what_is_found_is_searched(text: str) -> None:
    for pattern in PATTERNS:
        asked = question([pattern], "e")
        assert asked
        if calm_finder(pattern)(text) is not None:
            assert eval(asked, {"e": text})

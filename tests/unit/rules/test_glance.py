"""A glance at a text never misses a word, and tells most texts without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.rules.glance import COMPILED, MOST_CHARS, OCTETS, Glance, table_of

WORDS = ["${run", "<<", "|", "wget", "antispam@", "from:<usertest@", "\\x", "base64", "é"]


@pytest.mark.parametrize(
    "text",
    ["", "alice", "FROM:<alice@example.org> SIZE=1000", "TO:<bob.b-c@example.com>", "w g e t"],
)
def test_a_text_without_the_words_is_told(text: str) -> None:
    assert not Glance(WORDS).may_be_in(text)
    assert Glance(WORDS).of(text) == (None if COMPILED else text)
    assert Glance(WORDS).of(None) is None


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("around", ["{}", "a {} b", "<{}", "{}>"])
def test_a_word_is_found_in_any_case(word: str, around: str) -> None:
    glance = Glance(WORDS)
    for text in (around.format(word), around.format(word.upper())):
        assert glance.may_be_in(text)
        assert glance.of(text) is text


def test_of_what_goes_beyond_ascii_and_of_long_texts_nothing_is_told() -> None:
    long = "a" * (MOST_CHARS + 1)
    assert all(Glance(["xyz"]).may_be_in(text) for text in ("ä", "a\udcff", "a\u017f", long))
    assert not Glance(["xyz"]).may_be_in(long[1:])


def test_a_glance_has_as_many_places_as_there_are_and_few_of_them_for_a_word() -> None:
    table = table_of(["wget"])
    assert len(table) == OCTETS
    assert sum(octet.bit_count() for octet in table) == 2


_TEXTS = st.text(st.sampled_from("abkzKZ$<: \0\x7f09"), max_size=12)


@given(words=st.lists(_TEXTS.map(str.lower).filter(bool), max_size=4), text=_TEXTS)
def test_a_glance_never_misses_a_word(words: list[str], text: str) -> None:
    if any(word in text.lower() for word in words):
        assert Glance(words).may_be_in(text)

"""Words that an expression needs, and the look for them that stands before a search."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smtpids.rules.needed import LEAST_CHARS, MOST_WORDS, further, needed, shortest, sieve
from smtpids.rules.operands import PatternError, finder


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("abc", {"abc"}),
        ("(?i)^XEXCH50 +(-|[0-9]{7})", {"xexch50 "}),
        (r"\$\{run\{|`.*IFS", {"${run{", "`"}),
        (r"(?m)^(type|evpid): ", {"type", "evpid"}),
        (r"ab?cd+e", {"cd"}),
        ("ab{0,3}c{2}", {"a"}),
        ("a(bc)?(?:de|fg)+", {"de", "fg"}),
        ("(?P<user>root|admin)[@%]", {"root", "admin"}),
        (r"\x24\x{7b}\t", {"${\t"}),
        ("]a{b", {"]a{b"}),
        ("[]a].xy[[:alpha:]]z", {"xy"}),
        (r"\pL\p{Greek}kd\bx", {"kdx"}),
        ("ä?öab", {"ab"}),
        ("a{1,2}", {"a"}),
    ],
)
def test_the_words_of_an_expression_are_the_rarest_that_it_needs(
    pattern: str, words: set[str]
) -> None:
    assert needed(pattern) == frozenset(words)


@pytest.mark.parametrize(
    "pattern",
    ["", "a*", "a|", "(a|b?)", ".+", "[a-z]", "[^a]", r"\d\w", "^$", "é", r"\Qa+\E", "(?=a)b"],
)
def test_an_expression_may_need_no_word(pattern: str) -> None:
    assert needed(pattern) is None


@pytest.mark.parametrize(
    ("patterns", "text", "is_asked"),
    [
        (["(?i)Ab[0-9]"], "xAB", True),
        (["(?i)Ab[0-9]"], "xA B", False),
        (["ab", "cd"], "xcd", True),
        (["ab", "cd"], "xad", False),
        (["ab"], "\u017f", True),
        (["ab"], "\udcff", True),
    ],
)
def test_a_text_without_the_words_is_not_searched(
    patterns: list[str], text: str, is_asked: bool
) -> None:
    assert eval(sieve(patterns, "v"), {"v": text}) is is_asked


def test_there_is_no_sieve_where_an_expression_needs_no_word() -> None:
    assert sieve(["ab", "c*"], "v") == ""


def test_there_is_no_sieve_of_too_many_words() -> None:
    words = [f"word{chr(ord('a') + n)}" for n in range(MOST_WORDS + 1)]
    assert sieve(words[1:], "v") != ""
    assert sieve(words, "v") == ""


def test_a_long_text_is_searched_at_once_where_there_are_many_words() -> None:
    many = sieve([f"word{char}" for char in "abcdefgh"], "v")
    assert [eval(many, {"v": "x" * length}) for length in (100, 1000)] == [False, True]


def test_words_that_share_a_sign_are_looked_for_by_it() -> None:
    assert sieve(["[$]a", r"b\$", "c"], "v") == (
        "(not v.isascii() or '$' in v or 'c' in (w := v.lower()))"
    )
    assert sieve([r"\$\{run"], "v") == (
        "(not v.isascii() or ('$' in v and ('${R' in v or '${r' in v))"
        " and ('${run' in (w := v.lower())))"
    )


def test_words_that_share_a_rare_character_are_looked_for_where_it_is() -> None:
    assert sieve(["[(<]{9}", "%"], "v") == (
        "(not v.isascii() or '(' in v and ('((' in v or '(<' in v or '<(' in v)"
        " or '%' in v or '<<' in v)"
    )


def test_an_expression_without_words_is_looked_for_in_texts_of_its_length() -> None:
    digits = f"[0-9]{{{LEAST_CHARS}}}"
    assert sieve([digits], "v") == f"(not v.isascii() or len(v) >= {LEAST_CHARS})"


def test_signs_alone_are_looked_for_in_any_text() -> None:
    assert [sieve([text], "v") for text in ("#", ">: #")] == ["('#' in v)", "('>: #' in v)"]
    assert sieve([r"\x5c"], "v") == "(not v.isascii() or '\\\\' in v)"
    assert (
        sieve(["#[0-9]ab"], "v") == "('#' in v and (not v.isascii() or 'ab' in (w := v.lower())))"
    )


def test_a_text_is_put_in_lower_case_where_a_part_of_each_word_may_be_there() -> None:
    class Text(str):
        __slots__ = ()

        def lower(self) -> str:
            raise AssertionError

    looked = compile(sieve(["(?i)file:/", "(?i)x--"], "v"), "sieve", "eval")
    for text in ("", "file: the http://x.example", "- - /- -/"):
        assert not eval(looked, {"v": Text(text)})
    for text in ("FILE:/", "eX--"):
        assert eval(looked, {"v": text})
    assert sieve(["(?i)file:/", "(?i)x--"], "v", is_long=False) == (
        "(not v.isascii() or 'file:/' in (w := v.lower()) or 'x--' in w)"
    )


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("^[0-9.]{255}[0-9.]*\u2026?$", 255),
        ("abc", 3),
        ("ab?c*d+", 2),
        ("a|bcd", 1),
        ("(a|bc){3}(?i)x", 4),
        (r"\bab\b.", 3),
        (r"\x41\pL(?:xy)?", 2),
        ("(", 0),
    ],
)
def test_a_text_has_so_many_characters_if_an_expression_is_found(pattern: str, least: int) -> None:
    assert shortest(pattern) == least


def test_a_short_text_is_not_searched_for_an_expression_without_words() -> None:
    digits = f"[0-9]{{{LEAST_CHARS}}}"
    assert sieve([digits], "v") == f"(not v.isascii() or len(v) >= {LEAST_CHARS})"
    assert sieve([digits, "[0-9]"], "v") == ""


def test_what_else_an_expression_needs_is_looked_for_behind_its_best_words() -> None:
    assert further("(?m)^(type|evpid)#") == (frozenset({"type", "evpid"}),)
    assert further("(type|evpid)") == further("a#[0-9]bc|x") == further("(") == ()
    assert sieve(["(?m)^(type|evpid)#"], "v") == (
        "('#' in v and (not v.isascii() or 'evpid' in (w := v.lower()) or 'type' in w))"
    )


def test_one_rare_character_is_looked_for_before_a_word() -> None:
    assert further("(?i)file:/.*![0-9].ab?%") == (
        frozenset({"!"}),
        frozenset({"%"}),
        frozenset("a"),
    )
    assert sieve(["file.*![0-9].#"], "v") == (
        "('!' in v and (not v.isascii() or ('file' in (w := v.lower())) and ('#' in v)))"
    )


def test_of_a_set_that_is_repeated_two_characters_stand_together() -> None:
    assert needed("[<(]{50}") == frozenset({"<<", "<(", "(<", "(("})
    assert needed("[<(]{1,3}x") == needed("[<(]+x") == frozenset({"x"})


def test_a_word_of_every_header_is_worse_than_another() -> None:
    assert needed("(?i)^from:.*[$]x") == frozenset({"$"})


_CHARS = st.sampled_from("abkS;$ ")
_ATOMS = st.one_of(
    _CHARS.map(lambda char: char if char.isalnum() else f"\\{char}"),
    st.sampled_from(
        [".", "^", "$", r"\b", r"\w", r"[ab]", "[^k]", "[;-k]", r"\x53", r"\x{6b}", "\u017f"]
    ),
)
_EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.lists(inner, min_size=1, max_size=3).map("|".join).map(lambda part: f"({part}|)"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,1}", "{1,}", "*?", "+?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}" if len(pair[0]) > 1 else "".join(pair)
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(
    pattern=st.tuples(st.sampled_from(["", "(?i)", "(?m)"]), _EXPRESSIONS).map("".join),
    texts=st.lists(st.text("aAbkS;$ sK\u017f\u212a\n", max_size=8), min_size=1, max_size=20),
)
@example(pattern="(?i)s", texts=["\u017f"])
@example(pattern="a|b|", texts=["k"])
def test_no_text_is_passed_over_in_which_the_expression_is_found(
    pattern: str, texts: list[str]
) -> None:
    try:
        search = finder(pattern)
    except PatternError:
        return
    first = compile(sieve([pattern], "v") or "True", "sieve", "eval")
    for text in texts:
        if search(text) is not None:
            assert eval(first, {"v": text}), text
            assert len(text) >= shortest(pattern), text

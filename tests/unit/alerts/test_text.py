from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.alerts.text import columns, cut, digits, escape, fit

ANY_TEXT = st.text(st.characters(codec=None, categories=None))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc", "a\\x0d\\x0ab\\x09c"),
        ("\x7f\x85\x9b", "\\x7f\\x85\\x9b"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("a\u2028b", "a\\u2028b"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud83d", "\\ud83d"),
        ("\udcff", "\\xff"),
        ("\ufeffx\u200b", "\\ufeffx\\u200b"),
    ],
)
def test_what_a_reader_could_not_see_is_made_visible(raw: str, shown: str) -> None:
    assert shown == escape(raw)


@pytest.mark.parametrize(
    "text", ["", "plain", "Grüße 日本語", "שלום", "👩\u200d🚀", "a\\x1b", "a\xa0b"]
)
def test_text_of_any_script_stays_as_it_is(text: str) -> None:
    assert text == escape(text)


@given(ANY_TEXT)
def test_escaped_text_is_one_line_of_utf8_and_escaping_it_again_changes_nothing(text: str) -> None:
    shown = escape(text)
    assert shown == escape(shown)
    assert [shown] == (shown.splitlines() or [""])
    assert shown == shown.encode().decode()


def test_a_cut_text_ends_in_an_ellipsis_and_keeps_the_limit() -> None:
    assert cut("abcd", 4) == "abcd"
    assert cut("abcde", 4) == "abc…"


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0)])
def test_columns_counts_what_a_terminal_takes(text: str, wide: int) -> None:
    assert wide == columns(text)


@given(st.text(st.characters(categories=["L", "Mn", "N", "P"])), st.integers(1, 20))
def test_a_fitted_text_never_takes_more_columns(text: str, width: int) -> None:
    assert columns(fit(text, width)) <= width


def test_a_text_that_fits_is_not_cut_and_no_width_means_no_end() -> None:
    assert fit("日本", 4) == "日本"
    assert fit("日本語", 4) == "日…"
    assert fit("x" * 500, 0) == "x" * 500


@pytest.mark.parametrize("number", [-1, 0, 7, 999, 1000, 10**20, True])
def test_a_number_is_written_as_python_writes_it(number: int) -> None:
    assert digits(number) == str(int(number))

from __future__ import annotations

from smtpids.errors import Location
from smtpids.faults import Faults, nearest, unknown

HERE = Location("rule.yml", 3, 5)


def test_errors_and_warnings_are_kept_apart() -> None:
    faults = Faults()
    faults.error(HERE, "this is wrong")
    faults.warning(HERE, "this is unwise")
    assert [str(fault) for fault in faults.errors] == ["rule.yml:3:5: error: this is wrong"]
    assert [str(fault) for fault in faults.warnings] == ["rule.yml:3:5: warning: this is unwise"]


def test_an_unknown_word_comes_with_the_one_that_was_meant() -> None:
    assert unknown("level", "hgih", ["high", "low"]) == "unknown level 'hgih', did you mean 'high'?"


def test_an_unknown_word_like_no_other_stands_alone() -> None:
    assert unknown("level", "purple", ["high", "low"]) == "unknown level 'purple'"


def test_case_does_not_hide_the_word_that_was_meant() -> None:
    assert nearest("SMTP.HELO", ["smtp.helo", "smtp.quit"]) == "smtp.helo"


def test_what_is_too_long_for_a_name_is_not_compared_with_names() -> None:
    assert nearest("smtp.helo" + "o" * 80, ["smtp.helo" + "o" * 79]) == ""

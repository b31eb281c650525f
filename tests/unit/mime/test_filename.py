from __future__ import annotations

import pytest

from smtpids.mime.filename import RUNNABLE, TRUSTED, extension, looked_at


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invoice.PDF", "pdf"),
        ("archive.tar.gz", "gz"),
        ("a.exe. . ", "exe"),
        ("a.exe\xa0", "exe"),
        ("a.exe\x00", "exe"),
        ("folder.d/readme", ""),
        ("C:\\x.y\\readme", ""),
        ("readme", ""),
        (".profile", "profile"),
        ("", ""),
        ("...", ""),
        ("a." + "x" * 100, "x" * 32),
    ],
)
def test_the_extension_is_what_windows_takes_for_it(name: str, expected: str) -> None:
    assert extension(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invoice.pdf.exe", True),
        ("invoice.PDF     .Exe", True),
        ("invoice.doc_.js", True),
        ("invoice.pdf.exe. ", True),
        ("archive.tar.gz", False),
        ("setup.1.2.exe", False),
        ("invoice.exe.pdf", False),
        ("notes.txt.pdf", False),
        ("setup.exe", False),
    ],
)
def test_a_double_extension_is_one_that_runs_behind_one_that_is_trusted(
    name: str, expected: bool
) -> None:
    assert looked_at(name).double_extension is expected


def test_nothing_is_conspicuous_in_a_plain_name() -> None:
    assert looked_at("R\xe9sum\xe9 2026 v1.2.pdf") == ("pdf", False, False, False, False, 1)


def test_a_turned_direction_is_seen_and_honest_marks_are_not() -> None:
    assert looked_at("invoice\u202efdp.exe").right_to_left
    assert not looked_at("\u05d0\u200f.pdf").right_to_left


@pytest.mark.parametrize("name", ["../a.txt", "a/b", "a\\b", "..a"])
def test_path_characters_are_seen(name: str) -> None:
    assert looked_at(name).path_characters


def test_two_dots_inside_a_name_are_no_path() -> None:
    assert not looked_at("a..pdf").path_characters


def test_control_characters_and_padding_are_seen() -> None:
    found = looked_at("a b.pdf" + " " * 20 + ".e\x00xe")
    assert (found.control_characters, found.padding) == (True, 20)


def test_the_tables_do_not_overlap() -> None:
    assert frozenset() == RUNNABLE & TRUSTED

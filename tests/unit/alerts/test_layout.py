from __future__ import annotations

import os
import pty
from io import StringIO
from typing import TYPE_CHECKING, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.alerts.layout import DIM, PLAIN, Style, dialogue, headline, style_for, wrapped
from smtpids.alerts.text import columns
from smtpids.smtp.events import Line
from tests.unit.alerts.samples import LINES

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, "w") as stream:
        yield stream


def test_a_stream_that_is_no_terminal_gets_plain_lines_without_end() -> None:
    assert style_for(StringIO(), {"COLUMNS": "80"}) == PLAIN


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_a_terminal_gets_colour_unless_it_is_not_wanted(
    terminal: TextIO, environ: dict[str, str], colour: bool
) -> None:
    assert style_for(terminal, environ).colour == colour


def test_the_width_is_that_of_the_environment_and_never_too_narrow(terminal: TextIO) -> None:
    assert style_for(terminal, {"COLUMNS": "120"}).width == 120
    assert style_for(terminal, {"COLUMNS": "3"}).width == 40


def test_a_headline_is_one_line_of_cells_without_the_empty_ones() -> None:
    assert headline([("a", ""), ("", ""), ("  ", ""), ("b", "")], PLAIN) == ["a  b"]


def test_a_cell_that_does_not_fit_opens_an_indented_line() -> None:
    cells = [("a" * 30, ""), ("b" * 32, ""), ("c" * 5, "")]
    assert headline(cells, Style(width=40)) == ["a" * 30, "  " + "b" * 32, "  " + "c" * 5]
    assert headline(cells, Style(width=41)) == ["a" * 30, "  " + "b" * 32 + "  " + "c" * 5]


def test_colour_is_put_around_a_cell_and_takes_no_room() -> None:
    assert headline([("a", "1"), ("b", "")], Style(colour=True, width=40)) == ["\x1b[1ma\x1b[0m  b"]


def test_long_text_is_broken_at_spaces() -> None:
    assert wrapped("one two " * 8, Style(width=40)) == [
        "  one two one two one two one two one",
        "  two one two one two one two",
    ]
    assert wrapped("", Style(width=40)) == []


def test_without_width_nothing_is_broken() -> None:
    assert wrapped("x " * 100, PLAIN) == ["  " + "x " * 100]


def test_a_dialogue_shows_packet_side_and_text() -> None:
    assert dialogue(LINES[:3], PLAIN) == [
        "  │ #4  S  220 mx.example.net ESMTP",
        "  │ #5  C  EHLO laptop.example",
        "  │ #6  S  250-mx.example.net",
    ]


def test_lines_that_are_left_out_are_marked() -> None:
    lines = [Line(1, "server", "220 x", 9, 0), Line(5, "client", "QUIT", 10, 0)]
    assert dialogue(lines, PLAIN) == ["  │  #9  S  220 x", "  ┆   …", "  │ #10  C  QUIT"]


def test_a_dialogue_is_dimmed_on_a_terminal_and_escaped_always() -> None:
    lines = [Line(1, "client", "\x1b[2J", 1, 0)]
    assert dialogue(lines, Style(colour=True)) == [f"\x1b[{DIM}m  │ #1  C  \\x1b[2J\x1b[0m"]


@given(st.lists(st.text(st.characters(categories=["L", "N"]), max_size=90)), st.integers(40, 90))
def test_no_line_is_wider_than_the_terminal(texts: list[str], width: int) -> None:
    style = Style(width=width)
    lines = [
        *headline([(text, "") for text in texts], style),
        *dialogue([Line(n, "client", text, n, 0) for n, text in enumerate(texts)], style),
        *(line for text in texts for line in wrapped(text, style)),
    ]
    assert max((columns(line) for line in lines), default=0) <= width

"""Counts in cells, and what is shown of them."""

from __future__ import annotations

from smtpids.metrics import Counts
from smtpids.metrics.labels import COMMANDS
from smtpids.metrics.often import MOST_ENHANCED, Cells, Often


def test_a_cell_is_shown_by_its_key_as_it_is_now() -> None:
    cells: Cells[str] = Cells(("a", "b"))
    cell = cells.cell("b")
    cell.number += 2
    assert cells.shown() == {"a": 0, "b": 2}
    cells.cell("b").number += 1
    cells.cell("c").number += 1
    assert cells.shown() == {"a": 0, "b": 3, "c": 1}


def test_what_is_shown_is_one_mapping_that_others_may_add_to() -> None:
    counts = Counts()
    counts.commands.update({"MAIL": 7})
    counts.replies["2xx", "none"] = 5
    assert (counts.commands["MAIL"], counts.replies) == (7, {("2xx", "none"): 5})


def test_verbs_that_nobody_knows_share_a_cell() -> None:
    often = Often()
    for verb in ("QUIT", "UNKNOWN", "XHACK", None, "QUIT"):
        often.command(verb)
    shown = often.commands.shown()
    assert {verb: number for verb, number in shown.items() if number} == {"QUIT": 2, "other": 3}
    assert {*shown} == {*COMMANDS, "other"}


def test_no_reply_is_lost_however_many_codes_there_are() -> None:
    often = Often()
    for number in range(MOST_ENHANCED + 1):
        often.reply(250, f"2.1.{number}")
        often.reply(250, f"2.1.{number}")
    often.reply(None, "")
    assert often.replies.shown() == {
        ("2xx", "x.1"): 2 * (MOST_ENHANCED + 1),
        ("other", "none"): 1,
    }

from __future__ import annotations

from smtpids.fields import FIELDS, HIDDEN
from smtpids.fields.page import markdown
from smtpids.mime import HIDDEN as MADE_IF_ASKED


def test_the_page_says_of_a_field_that_it_is_never_written_and_what_it_needs() -> None:
    rows = {line.split("`")[1]: line for line in markdown().splitlines() if line.startswith("| `")}
    assert {name for name, row in rows.items() if "never written" in row} == HIDDEN
    needing = {name for name, field in FIELDS.items() if field.needs}
    assert needing == {name for name, row in rows.items() if "Needs the setting" in row}


def test_what_the_reader_of_mail_makes_only_if_asked_is_what_is_never_written() -> None:
    assert HIDDEN == MADE_IF_ASKED

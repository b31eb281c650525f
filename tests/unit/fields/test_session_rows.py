from __future__ import annotations

from smtpids.config import Config
from smtpids.fields.page import markdown
from smtpids.fields.session_rows import PROTOCOL_ROWS

SETTINGS = set(Config._fields)


def test_what_a_field_needs_is_a_setting() -> None:
    needed = {row.needs for row in PROTOCOL_ROWS}
    assert needed == {"", "home_nets", "mail_servers", "own_domains", "tls_inspection_tap"}
    assert needed - {""} <= SETTINGS


def test_the_page_says_what_a_field_needs() -> None:
    (line,) = [line for line in markdown().splitlines() if line.startswith("| `smtp.helo_own`")]
    assert "Needs the setting `own_domains`." in line


def test_no_row_is_of_messages_or_of_the_past() -> None:
    assert [row.name for row in PROTOCOL_ROWS if row.name.startswith(("email.", "history."))] == []

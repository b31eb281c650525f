from __future__ import annotations

from smtpids.fields.field import ALL
from smtpids.fields.history_rows import HISTORY_ROWS


def test_every_event_may_carry_the_past() -> None:
    assert [row.name for row in HISTORY_ROWS if row.actions != ALL] == []


def test_every_row_is_of_the_past() -> None:
    assert [row.name for row in HISTORY_ROWS if not row.name.startswith("history.")] == []

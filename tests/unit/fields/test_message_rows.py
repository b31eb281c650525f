from __future__ import annotations

from smtpids.fields.field import MESSAGE
from smtpids.fields.message_rows import MESSAGE_ROWS


def test_every_row_is_of_messages() -> None:
    assert [row.name for row in MESSAGE_ROWS if not row.name.startswith("email.")] == []
    assert {row.actions for row in MESSAGE_ROWS} == {MESSAGE}

from __future__ import annotations

from smtpids.outputs.entry import Entry


def test_a_line_alone_is_an_alert_of_nobody() -> None:
    assert Entry(b"{}\n") == (b"{}\n", "", 0, "alert", 0, "")

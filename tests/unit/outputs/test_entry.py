from __future__ import annotations

from smtpids.outputs.entry import Entry


def test_a_line_alone_is_an_alert_of_nobody() -> None:
    assert Entry(b"{}\n").values() == (b"{}\n", "", 0, "alert", 0, "")


def test_entries_are_the_same_if_all_is_that_they_say() -> None:
    one = Entry(b"1\n", "id", 5, "session", 0, "192.0.2.1")
    assert one == Entry(*one.values())
    assert len({one, Entry(*one.values())}) == 1
    assert one != Entry(*one.values()[:-1])
    assert one != one.values()
    assert repr(one) == "Entry(b'1\\n', 'id', 5, 'session', 0, '192.0.2.1')"

from __future__ import annotations

from smtpids.smtp.events import Event, Evidence, Line
from smtpids.workers.kinds import WHOLE, Item, event_of, lines_of

LINES = [Line(number, "client", f"NOOP {number}", number, number * 10) for number in range(1, 30)]


def test_an_event_arrives_with_the_lines_that_are_shown_of_it() -> None:
    event = Event("command", 7, 3, {"smtp.helo": "x"}, Evidence(LINES, 20))
    item: Item = (
        *((1,), WHOLE, 5, event.action, event.ts_ns, event.packet, event.fields),
        *(None, lines_of(event), [], False),
    )
    again = event_of(item)
    assert (again.action, again.ts_ns, again.packet) == ("command", 7, 3)
    assert again.fields == event.fields
    for most in (1, 12):
        shown, known = again.evidence.lines(most), event.evidence.lines(most)
        assert [line.text for line in shown] == [line.text for line in known]


def test_what_is_dear_was_made_and_is_added_as_late_as_ever() -> None:
    item: Item = ((1,), WHOLE, 5, "message", 7, 3, {"a": 1}, {"b": 2}, [], [], False)
    event = event_of(item)
    assert event.fields == {"a": 1}
    event.complete()
    assert event.fields == {"a": 1, "b": 2}

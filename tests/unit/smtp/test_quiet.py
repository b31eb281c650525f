"""A session that is quiet takes less room, and goes on as if nothing had been."""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING

import pytest

from smtpids.config import Config
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.quiet import fold, fold_fields, unfold, unfold_fields
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.transcript import FOLDER, Transcript, events_of, load

if TYPE_CHECKING:
    from smtpids.smtp import Event

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
ENDS = Ends("id", "1:x", "192.0.2.1", 50000, "198.51.100.2", 25, 0)


def facts(events: list[Event]) -> tuple[list[object], list[object]]:
    """Return the fields of all events, and the dialogue that is known at the end."""
    lines = events[-1].evidence.lines()
    return [event.fields for event in events], [
        (one.number, one.side, one.text, one.packet, one.ts_ns) for one in lines
    ]


@pytest.mark.parametrize(
    "script",
    [script for script in SCRIPTS if not script.wire_only],
    ids=[script.name for script in SCRIPTS if not script.wire_only],
)
def test_events_do_not_depend_on_how_long_a_session_was_quiet(script: Transcript) -> None:
    assert facts(events_of(script, quiet=True)) == facts(events_of(script))


def greeted(client: str) -> Tracker:
    tracker = Tracker(ENDS, Config(strict=True))
    tracker.octets(SERVER, b"220 mx\r\n", 1, 1, 0)
    tracker.octets(CLIENT, b"EHLO " + client.encode() + b"\r\n", 2, 2, 8)
    return tracker


def test_what_is_folded_shares_the_names_of_its_fields_and_takes_half_the_room() -> None:
    one, other = greeted("a.example"), greeted("b.example")
    whole = getsizeof(one.session.context)
    names, values, texts, numbers = fold(one)
    assert one.session.context == {}
    assert one.session.lines == []
    assert names is fold(other)[0]
    assert getsizeof(values) < whole / 2
    assert texts == ("220 mx", "EHLO a.example")
    unfold(one, (names, values, texts, numbers))
    assert one.session.context["smtp.helo"] == "a.example"
    assert [line.side for line in one.session.lines] == ["server", "client"]


def test_names_that_nobody_has_any_more_are_forgotten() -> None:
    for number in range(5_000):
        folded = fold_fields({f"name.{number}": number})
        assert unfold_fields(folded) == {f"name.{number}": number}

"""A session that is quiet takes less room, and goes on as if nothing had been."""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import Config
from smtpids.smtp import Ends, Tracker
from smtpids.smtp.quiet import RENEWALS, fold, fold_fields, unfold, unfold_fields
from smtpids.tcp.events import CLIENT, SERVER
from tests.support.transcript import FOLDER, Transcript, events_of, load

if TYPE_CHECKING:
    from smtpids.smtp import Event
    from smtpids.smtp.events import Fields, Value

SCRIPTS = [load(path) for path in sorted(FOLDER.glob("*.smtp"))]
VALUES = st.sampled_from([0, False, None, "", 1, True, 1.0, "a", 300, -1, [0], ["a"]])
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


def all_of(tracker: Tracker) -> dict[str, object]:
    session, inboxes = tracker.session, (tracker.inbox, tracker.replies.inbox)
    return {
        "context": list(session.context.items()),
        "lines": [(one.number, one.side, one.text, one.packet, one.ts_ns) for one in session.lines],
        "steps": [(one.verb, one.code) for one in session.dialogue],
        "waiting": [(len(one), one.ts_ns, one.packet, one.seen) for one in inboxes],
        "octets": (list(tracker.octets_seen), list(session.octets_lost), list(tracker.synced)),
    }


def room(folded: tuple[object, ...]) -> int:
    """Return the octets of what is folded, without the texts and what sessions share."""
    return getsizeof(folded) + sum(getsizeof(one) for one in folded if isinstance(one, bytes | int))


def test_what_is_folded_takes_less_than_half_of_the_room() -> None:
    tracker, other = greeted("a.example"), greeted("b.example")
    session = tracker.session
    tracker.octets(SERVER, b"250 mx\r\n", 3, 3, 18)
    whole = getsizeof(session.context) + sum(getsizeof(one) for one in session.lines)
    whole += sum(getsizeof(one) for one in session.dialogue)
    fold(other)
    folded = fold(tracker)
    assert all_of(tracker) == {
        "context": [],
        "lines": [],
        "steps": [],
        "waiting": [(0, 0, 0, -1)] * 2,
        "octets": ([0, 0], [0, 0], [True, True]),
    }
    assert room(folded) < whole / 2


def test_what_was_folded_is_as_it_was() -> None:
    tracker = greeted("a.example")
    tracker.octets(SERVER, b"250 mx\r\n", 3, 3, 18)
    before = all_of(tracker)
    for client in ("b.example", "c.example"):  # what sessions share is none of its own
        fold(greeted(client))
    unfold(tracker, fold(tracker))
    assert all_of(tracker) == before
    tracker.octets(CLIENT, b"NOOP\r\n", 4, 4, 26)
    tracker.octets(SERVER, b"250 ok\r\n", 5, 5, 24)
    assert all_of(greeted("a.example"))["octets"] == ([16, 8], [0, 0], [True, True])
    assert [(one.verb, one.code) for one in tracker.session.dialogue] == [
        ("EHLO", 250),
        ("NOOP", 250),
    ]


def test_a_command_that_waits_for_its_reply_still_gets_its_code() -> None:
    tracker = greeted("a.example")
    unfold(tracker, fold(tracker))
    tracker.octets(SERVER, b"250 mx\r\n", 3, 3, 18)
    assert [(one.verb, one.code) for one in tracker.session.dialogue] == [("EHLO", 250)]


def test_octets_that_wait_still_do() -> None:
    tracker = greeted("a.example")
    tracker.octets(SERVER, b"250 m", 3, 3, 18)
    tracker.octets(CLIENT, b"NO", 4, 4, 18)
    unfold(tracker, fold(tracker))
    tracker.octets(SERVER, b"x\r\n", 5, 5, 18)
    tracker.octets(CLIENT, b"OP\r\n", 6, 6, 26)
    assert [(one.verb, one.code) for one in tracker.session.dialogue] == [
        ("EHLO", 250),
        ("NOOP", None),
    ]


@pytest.mark.parametrize("number", [1, 2**31, 2**40])
def test_numbers_of_any_size_are_kept(number: int) -> None:
    tracker = Tracker(ENDS, Config(strict=True))
    tracker.octets(SERVER, b"220 mx\r\n", -5, number, 0)
    before = all_of(tracker)
    unfold(tracker, fold(tracker))
    assert all_of(tracker) == before


@given(st.lists(VALUES, min_size=3, max_size=3), st.lists(VALUES, min_size=3, max_size=3))
def test_values_keep_their_types_whatever_another_session_has(
    first: list[Value], second: list[Value]
) -> None:
    for values in (first, second, first):
        fields = dict(zip(("a", "b", "c"), values, strict=True))
        again = unfold_fields(fold_fields(fields))
        assert repr(list(again.items())) == repr(list(fields.items()))


def test_an_odd_session_is_not_what_others_are_compared_with() -> None:
    odd: Fields = {"p": "odd", "q": 1, "r": "odder", "s": 2}
    usual: Fields = {"p": "x", "q": True, "r": None, "s": 0}
    assert [len(fold_fields(fields)) for fields in (odd, usual, usual, odd)] == [2, 6, 2, 6]
    folded = [fold_fields(odd if n % 2 else usual) for n in range(50)]
    assert len({id(one[0]) for one in folded}) <= RENEWALS
    assert [unfold_fields(one) for one in folded] == [odd if n % 2 else usual for n in range(50)]


def test_a_large_value_is_not_kept_for_others() -> None:
    large = "x" * 10_000
    fold_fields({"large.text": large, "large.list": [large]})
    shape = fold_fields({"large.text": "a", "large.list": []})[0]
    assert shape.values == [None, None]


def test_names_that_nobody_has_any_more_are_forgotten() -> None:
    for number in range(5_000):
        folded = fold_fields({f"name.{number}": number})
        assert unfold_fields(folded) == {f"name.{number}": number}

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import encode
from smtpids.alerts.line import TEMPLATES, Lines
from smtpids.alerts.record import Observer, record
from smtpids.alerts.veil import Mode, Veil
from smtpids.rules.rule import Match
from smtpids.smtp.events import Event, part_of
from tests.unit.alerts.samples import NOON, RULE, event, match, together

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

SENSOR = Observer(name="sensor1", interface="eth1")
ACTIONS = ("message", "session_end", "anomaly")


def lines_of(found: list[Match], observer: Observer = SENSOR) -> Lines:
    """Write alerts, hold each against the general way, and return what wrote them."""
    lines = Lines(observer)
    for one in found:
        assert lines.alert(one) == encode(alert(one, observer))
    return lines


def records_of(seen: list[Event], observer: Observer = SENSOR) -> Lines:
    lines = Lines(observer)
    for one in seen:
        assert lines.record(one) == encode(record(one, observer))
    return lines


@pytest.mark.parametrize("action", [*ACTIONS, "auth", "greeting", "command", "reply"])
def test_alerts_on_events_of_the_same_names_are_written_at_once(action: str) -> None:
    assert lines_of([match(action, at=NOON + n) for n in range(4)]).at_once == 3


@pytest.mark.parametrize("action", ACTIONS)
def test_records_of_the_same_names_are_written_at_once(action: str) -> None:
    assert records_of([event(action, at=NOON + n) for n in range(4)]).at_once == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"source__ip": "2001:db8::1", "tls__client__server_name": "mx.example"},
        {"source__bytes": 5, "destination__bytes": 6, "session__packets": 7},
        {"network__direction": "inbound", "email__subject": "x"},
        {"session__start": NOON, "session__duration": 5},
        {"smtp__auth__outcome": "failure", "smtp__helo": "[192.0.2.1]"},
        {"history__server__first_seen": NOON, "history__server__sessions": 0},
        {"smtpids__pcap__file": "-"},
        {"smtpids__pcap__file": None, "source__ip": None},
        {"nobody__knows": 1.5, "smtp__rcpt_to": ["a", "b"]},
    ],
)
def test_whatever_an_event_tells_its_line_is_that_of_the_general_way(changes: Any) -> None:
    assert lines_of([match("auth", at=NOON + n, **changes) for n in range(3)]).at_once == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"smtp__helo": 'a"b'},
        {"smtp__helo": "\u202e"},
        {"smtp__helo": "\x7f"},
        {"smtp__helo": "\ud800"},
        {"smtp__helo": "x" * 40_000},
        {"smtp__ehlo__keywords": ["\x1b"]},
        {"smtp__size_limit": 2**70},
        {"smtp__helo__more": "clash"},
        {"event__reason": "another"},
        {"observer__name": "another"},
        {"smtp__odd": {"a": 1}},
    ],
)
def test_what_is_unusual_goes_the_general_way(changes: Any) -> None:
    assert lines_of([match("auth", **changes) for _ in range(3)]).at_once == 0


def test_as_many_names_that_are_others_or_in_another_order_are_told_apart() -> None:
    seen: list[Fields] = [
        {"smtp.helo": "mx", "smtp.quit": True, "session.id": "1f3c"},
        {"smtp.quit": True, "smtp.helo": "mx", "session.id": "1f3c"},
        {"smtp.helo": "mx", "smtp.state": "open", "session.id": "1f3c"},
    ]
    found = [Match(RULE, Event("auth", NOON, 7, dict(fields))) for fields in seen * 3]
    assert lines_of(found).at_once == 6


def test_what_lies_beside_an_event_stands_where_its_own_fields_would() -> None:
    own: Fields = {"session.id": "1f3c", "source.ip": "192.0.2.1"}
    before: Fields = {"history.age": 5, "history.server.known": True}
    found = [Match(RULE, Event("auth", NOON, 7, dict(own))) for _ in range(3)]
    for one in found[:2]:
        one.event.beside = [part_of({name: value}) for name, value in before.items()]
    found[2].event.fields.update(before)
    lines = Lines(SENSOR)
    assert len({lines.alert(one) for one in found}) == 1
    assert lines.at_once == 1


def test_a_packet_that_a_field_names_is_the_event_s_and_stands_where_the_field_leads() -> None:
    found = []
    for packet in (7, 7, 8, 300):
        fields: Fields = {"smtpids.pcap.packet": 7, "session.id": "1f3c", "source.ip": "192.0.2.1"}
        found.append(Match(RULE, Event("auth", NOON, packet, fields)))
    assert lines_of(found).at_once == 3


def test_a_correlation_says_what_matched_together() -> None:
    found = together(values=("ann", "bob"), group=(("source.ip", "192.0.2.10"),))
    assert lines_of([found] * 3).at_once == 2


def test_rules_are_told_apart_though_they_have_one_name() -> None:
    other = replace(RULE, title="Another", references=(), tags=(), sid=0, author="")
    found = [Match(rule, event()) for rule in (RULE, RULE, other, other, RULE)]
    assert lines_of(found).at_once == 4


def test_a_rule_with_a_title_in_no_plain_text_goes_the_general_way() -> None:
    odd = replace(RULE, title="A\u202eB")
    assert lines_of([Match(odd, event())] * 3).at_once == 0


def test_names_are_veiled_as_in_the_general_way() -> None:
    observer = Observer(veil=Veil(Mode.HASH, Mode.MASK, b"key"))
    assert lines_of([match("message")] * 3, observer).at_once == 2
    assert records_of([event("message")] * 3, observer).at_once == 2


def test_a_live_line_says_when_it_was_made() -> None:
    observer = Observer(clock=lambda: NOON + 5)
    assert lines_of([match("session_end")] * 3, observer).at_once == 2
    assert records_of([event("session_end")] * 3, observer).at_once == 2


def test_a_line_keeps_its_limit() -> None:
    lines = Lines(SENSOR, 4096)
    seen = event("session_end", smtp__ehlo__keywords=["K" * 50] * 90)
    for _ in range(3):
        assert lines.record(seen) == encode(record(seen, SENSOR), 4096)
    assert lines.at_once == 0


def test_an_identity_that_is_known_is_not_made_again() -> None:
    lines = Lines(SENSOR)
    assert [b'"id":"0123"' in lines.alert(match(), "0123") for _ in range(3)] == [False, True, True]


def test_more_names_than_are_kept_change_nothing() -> None:
    seen = [event("anomaly", **{f"x__y{n % (TEMPLATES + 3)}": 1}) for n in range(2 * TEMPLATES)]
    lines = Lines(SENSOR)
    assert all(lines.record(one) == encode(record(one, SENSOR)) for one in seen)

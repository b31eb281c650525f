"""A line that is written at once is, octet for octet, the one that the general way makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import encode
from smtpids.alerts.line import Lines
from smtpids.alerts.record import Observer, record
from smtpids.fields import FIELDS
from smtpids.smtp.events import part_of
from tests.unit.alerts.samples import event, match

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

SENSOR = Observer(name="tap1")
PAST: list[Fields] = [
    {"history.server.known": True, "history.server.sessions": 0},
    {"history.client.known": False},
]
TEXT = st.text(max_size=12) | st.sampled_from(["a%s", '"', "\\", "\x7f", "\u2028", "\ud800", "é"])
VALUE = st.one_of(
    st.none(),
    st.booleans(),
    TEXT,
    st.integers(-(2**65), 2**65) | st.integers(0, 600),
    st.floats(),
    st.lists(TEXT, max_size=3),
    st.lists(st.dictionaries(TEXT, TEXT | st.none(), max_size=2), max_size=2),
)
#: Names of events, names that lead into what records add, and names that are in each other's way.
KNOWN = st.sampled_from(sorted(FIELDS.keys() - {"source.bytes", "destination.bytes"}))
NAMES = KNOWN | st.sampled_from(
    ["event.kind", "rule", "related.ip", "observer.name", "a", "a.b", "smtp.helo.x", "ecs"]
)
CHANGES = st.dictionaries(NAMES, VALUE, max_size=6)
PLAIN = st.dictionaries(KNOWN, st.integers(0, 600) | TEXT, max_size=6)


@given(ages=st.lists(st.sampled_from([0, 1, 300, None, True]), min_size=3, max_size=6))
def test_a_line_is_the_same_whether_the_past_lies_beside_the_event_or_in_it(
    ages: list[Any],
) -> None:
    lines = Lines(SENSOR)
    for age in ages:
        found, other = match("session_end"), match("session_end")
        parts: list[Fields] = [{"history.age": age}, *PAST]
        found.event.beside = [part_of(part) for part in parts]
        for part in parts:
            other.event.fields.update(part)
        line = lines.alert(found)
        assert line == encode(alert(other, SENSOR)) == encode(alert(found, SENSOR))
        assert found.event.fields == other.event.fields


@pytest.mark.slow
@pytest.mark.parametrize("action", ["message", "session_end", "anomaly", "auth"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=PLAIN | CHANGES, second=CHANGES, others=st.lists(VALUE, max_size=3))
def test_a_line_is_that_of_the_general_way(
    action: str, first: dict[str, Any], second: dict[str, Any], others: list[Any]
) -> None:
    lines = Lines(SENSOR)
    again = [dict.fromkeys(first, other) for other in others]  # the same names, other values
    for fields in (first, first, *again, second, first, *again):
        found = match(action)
        found.event.fields.update(fields)
        assert lines.alert(found) == encode(alert(found, SENSOR))
        if action != "auth":
            seen = event(action)
            seen.fields.update(fields)
            assert lines.record(seen) == encode(record(seen, SENSOR))

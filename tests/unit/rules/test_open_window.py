"""A window that is judged when it is over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtpids.config import SECOND
from smtpids.rules.correlation import AllOf, Kind, NoneOf, Seen
from smtpids.rules.hits import Found, Hit
from smtpids.rules.open_window import OpenWindow
from tests.support.correlations import auth, made


def judged(*hits: Hit, again: bool = False, **settings: Any) -> Found | None:
    correlation = made(**settings)
    window = OpenWindow(correlation, ("192.0.2.1",), hits[0].ts_ns)
    for hit in hits:
        window.add(hit, auth(hit.ts_ns / SECOND))
    if again:
        window = OpenWindow.restored(correlation, json.loads(json.dumps(window.plain())))
        assert window.group == ("192.0.2.1",)
        assert window.event.ts_ns == hits[-1].ts_ns
    assert window.end_ns == hits[0].ts_ns + 10 * SECOND
    return window.judge()


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(
    ("settings", "measure"),
    [
        ({"ask": ("lt", 4)}, 3),
        ({"ask": ("lt", 3)}, None),
        ({"ask": ("eq", 3)}, 3),
        ({"ask": ("neq", 3)}, None),
        ({"kind": Kind.VALUE_COUNT, "field": "x", "ask": ("lte", 2)}, 2),
        ({"kind": Kind.VALUE_COUNT, "field": "x", "ask": ("lte", 1)}, None),
        ({"kind": Kind.VALUE_SUM, "field": "x", "ask": ("lt", 13)}, 12),
        ({"kind": Kind.VALUE_AVG, "field": "x", "ask": ("lte", 4)}, 4),
        ({"kind": Kind.VALUE_AVG, "field": "x", "ask": ("lte", 4), "min_values": 3}, 4),
        ({"kind": Kind.VALUE_AVG, "field": "x", "ask": ("lte", 4), "min_values": 4}, None),
        ({"kind": Kind.VALUE_AVG, "field": "x", "ask": ("neq", 5), "min_values": 4}, None),
    ],
)
def test_what_was_counted_is_compared(
    settings: dict[str, Any], measure: float | None, again: bool
) -> None:
    hits = [Hit(5, 1, "a", (3,)), Hit(6, 2, "a", (3,)), Hit(7, 3, "a", (6,))]
    found = judged(*hits, again=again, **settings)
    assert (None if found is None else found.measure) == measure


def test_an_event_that_two_rules_match_counts_once() -> None:
    found = judged(Hit(5, 1, "a"), Hit(5, 1, "b"), rules=("a", "b"), ask=("lt", 2))
    assert found == Found(1, 5, ("a", "b"))


def test_what_did_not_happen_is_found() -> None:
    wanted = AllOf((Seen("a"), NoneOf(Seen("b"))))
    ask: dict[str, Any] = {"kind": Kind.TEMPORAL, "rules": ("a", "b"), "wanted": wanted}
    assert judged(Hit(5, 1, "a"), **ask) == Found(1, 5, ("a",))
    assert judged(Hit(5, 1, "a"), Hit(6, 2, "b"), **ask) is None


def test_a_sum_of_nothing_is_none() -> None:
    assert judged(Hit(5, 1, "a", ("x",)), kind=Kind.VALUE_SUM, field="x", ask=("lt", 3)) is None
    assert judged(Hit(5, 1, "a", ("x",)), kind=Kind.VALUE_AVG, field="x", ask=("lt", 3)) is None

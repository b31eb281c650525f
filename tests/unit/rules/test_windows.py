"""What is remembered of one group; that every kind is right is shown against an oracle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import SECOND
from smtpids.rules.correlation import AnyOf, Kind, Seen
from smtpids.rules.hits import SAMPLES, Found, Hit
from smtpids.rules.windows import window_for
from tests.support.correlations import made

if TYPE_CHECKING:
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.windows import Window


def window(most: int = 100, **settings: Any) -> Window:
    return window_for(made(**settings), most)()


def hits(*at: float, rule: str = "a", number: int = 0, values: tuple[Any, ...] = ()) -> list[Hit]:
    return [Hit(int(one * SECOND), number + place, rule, values) for place, one in enumerate(at)]


def added(found: Window, *some: Hit) -> list[Found | None]:
    return [found.add(hit) for hit in some]


def test_a_window_is_closed_on_both_sides() -> None:
    at_ten, beyond = (window(ask=("gte", 2)) for _ in range(2))
    assert added(at_ten, *hits(0, 10))[-1] == Found(2, 0, ("a",))
    assert added(beyond, *hits(0, 10.001))[-1] is None


def test_one_hit_is_enough_where_one_is_asked_for() -> None:
    assert added(window(ask=("gte", 1)), *hits(1, 2)) == [
        Found(1, SECOND, ("a",)),
        Found(1, 2 * SECOND, ("a",)),
    ]


def test_an_event_that_two_rules_match_counts_once() -> None:
    both = window(rules=("a", "b"), ask=("gte", 2))
    assert added(both, *hits(1), *hits(1, rule="b")) == [None, None]
    assert both.add(Hit(2 * SECOND, 1, "b")) == Found(2, SECOND, ("a", "b"))


def test_values_are_told_the_newest_last_and_not_all() -> None:
    users = window(kind=Kind.VALUE_COUNT, ask=("gte", 7), field="smtp.auth.user")
    told = added(users, *(Hit(n, n, "a", (f"user{n}",)) for n in range(7)))[-1]
    assert told == Found(7, 0, ("a",), tuple(f"user{n}" for n in range(2, 7)))
    assert SAMPLES == 5


def test_a_sum_holds_no_more_matches_than_it_may() -> None:
    total = window(3, kind=Kind.VALUE_SUM, ask=("gte", 0), field="x", span_s=1000)
    told = added(total, *(Hit(n, n, "a", (1,)) for n in range(9)))[-1]
    assert told == Found(3, 6, ("a",))
    assert len(total.plain()[1]) == 3


def test_a_text_is_not_added() -> None:
    total = window(kind=Kind.VALUE_SUM, ask=("gte", 0), field="x")
    assert total.add(Hit(0, 0, "a", ("12",))) is None


def average(min_values: int, most: int = 100) -> Window:
    return window(most, kind=Kind.VALUE_AVG, ask=("gte", 4), field="x", min_values=min_values)


def test_an_average_of_too_few_values_is_no_answer() -> None:
    assert added(average(1), *hits(0, 1, 2, values=(5,))) == [
        Found(5, 0, ("a",)),
        Found(5, 0, ("a",)),
        Found(5, 0, ("a",)),
    ]
    assert added(average(3), *hits(0, 1, 2, values=(5,))) == [None, None, Found(5, 0, ("a",))]


def test_the_values_of_an_average_are_counted_not_the_matches() -> None:
    assert average(3).add(Hit(0, 0, "a", (5, 5, "x"))) is None
    assert average(3).add(Hit(0, 0, "a", (5, 5, 5))) == Found(5, 0, ("a",))


def test_values_that_left_the_window_do_not_count() -> None:
    assert added(average(3), *hits(0, 9, 10.5, 11, values=(9,))) == [
        *[None] * 3,
        Found(9, 9 * SECOND, ("a",)),
    ]


def test_a_window_that_may_hold_no_more_values_than_it_has_waits_for_none() -> None:
    assert added(average(3, most=2), *hits(0, 1, values=(5,))) == [None, Found(5, 0, ("a",))]


def test_one_event_takes_one_step_of_a_chain() -> None:
    chain = window(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b"))
    same = [Hit(0, 7, "a"), Hit(0, 7, "b")]
    assert added(chain, *same) == [None, None]
    assert chain.add(Hit(SECOND, 8, "b")) == Found(2, 0, ("a", "b"))


def test_a_chain_begins_as_late_as_it_can() -> None:
    chain = window(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b"))
    found = added(chain, *hits(0, 9), Hit(12 * SECOND, 5, "b"))[-1]
    assert found == Found(2, 9 * SECOND, ("a", "b"))


def test_alternatives_are_true_at_once() -> None:
    either = window(kind=Kind.TEMPORAL, rules=("a", "b"), wanted=AnyOf((Seen("a"), Seen("b"))))
    assert either.add(Hit(0, 0, "b")) == Found(1, 0, ("b",))


@pytest.mark.parametrize(
    "correlation",
    [
        made(ask=("gte", 3)),
        made(rules=("a", "b"), ask=("gte", 3)),
        made(kind=Kind.VALUE_COUNT, ask=("gte", 2), field="x"),
        made(kind=Kind.VALUE_AVG, ask=("gt", 1), field="x"),
        made(kind=Kind.VALUE_AVG, ask=("gt", 1), field="x", min_values=4),
        made(kind=Kind.TEMPORAL, rules=("a", "b")),
        made(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b")),
    ],
    ids=[
        "count",
        "count of two rules",
        "distinct",
        "average",
        "average of four",
        "together",
        "in order",
    ],
)
def test_a_state_that_was_written_down_goes_on(correlation: Correlation) -> None:
    new = window_for(correlation, 100)
    some = [
        Hit(n * SECOND, n, "ab"[n % 2], (n,)) for n in range(8) if "ab"[n % 2] in correlation.rules
    ]
    whole, first, second = new(), new(), new()
    expected = added(whole, *some)
    assert added(first, *some[:2]) == expected[:2]
    second.fill(json.loads(json.dumps(first.plain())))
    assert added(second, *some[2:]) == expected[2:]
    assert any(expected)


def test_a_chain_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        window(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b")).fill([])

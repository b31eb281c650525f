"""The groups of a correlation: whose match counts for which, and how many are remembered."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import SECOND, Limits
from smtpids.rules.correlation import Kind
from smtpids.rules.groups import Fired, Groups
from tests.support.correlations import auth, made

if TYPE_CHECKING:
    from smtpids.smtp import Event


def groups(limits: Limits | None = None, **settings: Any) -> Groups:
    return Groups(made(**settings), limits or Limits())


def taken(counted: Groups, number: int, at_s: float, ip: Any, **fields: Any) -> list[Fired]:
    event = auth(at_s, ip, **fields)
    return [*take(counted, event, number)]


def take(counted: Groups, event: Event, number: int = 1, rule: str = "a") -> tuple[Fired, ...]:
    return counted.take(counted.hit(event.ts_ns, number, rule, event.fields), event)


def shown(fired: list[Fired]) -> list[tuple[tuple[str, str], ...]]:
    return [one.correlated.group for one in fired]


def test_each_value_counts_by_itself() -> None:
    counted = groups(ask=("gte", 2))
    assert taken(counted, 1, 0, "192.0.2.1") == taken(counted, 2, 1, "192.0.2.2") == []
    assert shown(taken(counted, 3, 2, "192.0.2.1")) == [(("source.ip", "192.0.2.1"),)]
    assert len(counted) == 2


def test_a_list_counts_for_each_of_its_elements() -> None:
    counted = groups(by=("smtp.rcpt_to", "source.ip"), ask=("gte", 2))
    taken(counted, 1, 0, "x", smtp__rcpt_to=["a", "b", "a"])
    assert shown(taken(counted, 2, 1, "x", smtp__rcpt_to=["b", "c"])) == [
        (("smtp.rcpt_to", "b"), ("source.ip", "x"))
    ]
    assert len(counted) == 3


def test_a_list_counts_for_no_more_groups_than_the_limit() -> None:
    counted = groups(Limits(correlation_keys=5), by=("smtp.rcpt_to",), ask=("gte", 2))
    taken(counted, 1, 0, "x", smtp__rcpt_to=[str(n) for n in range(100)])
    assert len(counted) == 5


@pytest.mark.parametrize("value", [None, []])
def test_a_match_without_the_field_is_not_counted_and_that_is_said(value: Any) -> None:
    counted = groups(ask=("gte", 1))
    assert taken(counted, 1, 0, value) == []
    assert (counted.without_group, len(counted)) == (1, 0)


def test_a_number_and_its_text_are_one_group_and_a_flag_is_a_word() -> None:
    counted = groups(by=("source.ip", "tls.established"), ask=("gte", 2))
    taken(counted, 1, 0, 25, tls__established=True)
    told = taken(counted, 2, 1, "25", tls__established=True)
    assert shown(told) == [(("source.ip", "25"), ("tls.established", "true"))]


def test_long_values_are_told_apart_by_their_digest() -> None:
    counted = groups(ask=("gte", 2))
    long = "x" * 1000
    assert taken(counted, 1, 0, long) == taken(counted, 2, 0, long + "y") == []
    assert shown(taken(counted, 3, 0, long)) == [(("source.ip", long),)]


def test_an_alias_reads_another_field_of_each_rule() -> None:
    named = made(rules=("a", "b"), by=("peer",), ask=("gte", 2))._replace(
        aliases={"peer": {"a": "source.ip", "b": "destination.ip"}},
    )
    counted = Groups(named, Limits())
    event = auth(0, "x", destination__ip="y")
    assert take(counted, event) == ()
    other = auth(1, "z", destination__ip="x")
    assert shown([*take(counted, other, 2, "b")]) == [(("peer", "x"),)]


def test_groups_that_nobody_came_back_to_are_forgotten() -> None:
    counted = groups(ask=("gte", 2))
    for number in range(100):
        taken(counted, number, number, f"192.0.2.{number}")
    assert len(counted) == 11
    assert counted.evicted == 0


@pytest.mark.parametrize("ask", [("gte", 2), ("lt", 2)])
def test_a_flood_of_groups_is_bounded_and_told(ask: tuple[str, int]) -> None:
    counted = groups(Limits(groups=50, correlation_windows=50), ask=ask)
    for number in range(1000):
        taken(counted, number, 0, f"client{number}")
    assert (len(counted), counted.evicted) == (50, 950)


def test_the_group_that_was_left_alone_for_longest_goes() -> None:
    counted = groups(Limits(groups=2), ask=("gte", 2))
    for number, ip in enumerate(["old", "new", "old", "third"]):
        taken(counted, number, number, ip)
    assert taken(counted, 9, 4, "new") == []
    assert counted.evicted == 2


def test_an_open_window_ends_in_order() -> None:
    counted = groups(ask=("lt", 2))
    assert counted.next_end_ns is None
    taken(counted, 1, 0, "x")
    taken(counted, 2, 1, "y")
    taken(counted, 3, 2, "y")
    assert counted.next_end_ns == 10 * SECOND
    first = counted.end_first()
    assert first is not None
    assert (first.ts_ns, first.correlated.last_ns, first.group) == (
        10 * SECOND,
        10 * SECOND,
        {"source.ip": "x"},
    )
    assert counted.end_first() is None


def test_a_sum_is_of_no_more_matches_than_the_limit() -> None:
    size = "smtp.message.size"
    counted = groups(Limits(correlation_values=3), kind=Kind.VALUE_SUM, field=size, ask=("gte", 0))
    sums = [taken(counted, n, n / 10, "x", smtp__message__size=1)[0] for n in range(5)]
    assert [one.correlated.measure for one in sums] == [1, 2, 3, 3, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"ask": ("gte", 10)}, 1_200),
        ({"kind": Kind.VALUE_COUNT, "field": "smtp.auth.user", "ask": ("gte", 5)}, 3_600),
        ({"kind": Kind.TEMPORAL_ORDERED, "rules": ("a", "b", "c")}, 1_200),
    ],
    ids=["ten events", "five users", "three in order"],
)
def test_a_group_takes_few_octets(settings: dict[str, Any], most: int) -> None:
    """So that 50 000 groups of ten events are less than 60 MB."""
    many = 2_000
    counted = groups(span_s=3600, **settings)
    tracemalloc.start()
    try:
        for number in range(9 * many):
            ip = f"2001:db8::{number % many:x}"
            taken(counted, number, number / 1000, ip, smtp__auth__user=f"user{number}")
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(counted) == many
    assert held < most * many


def test_groups_are_forgotten_by_when_they_were_last_used_whatever_came_between() -> None:
    counted = groups(ask=("gte", 9), span_s=10)
    for number, (at, ip) in enumerate([(0, "a"), (1, "b"), (9, "a"), (11.5, "c"), (12, "a")]):
        taken(counted, number, at, ip)
    assert [key for (key,), *_ in counted.plain()[0]] == ["c", "a"]
    taken(counted, 9, 30, "d")
    assert [key for (key,), *_ in counted.plain()[0]] == ["d"]

"""The correlator against a plain reading of Sigma: all matches kept, every window searched."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from smtpids.config import SECOND, Limits
from smtpids.rules.correlation import AllOf, AnyOf, Kind, NoneOf, Seen, holds
from smtpids.rules.correlator import Correlator
from tests.support.correlations import made, rule, set_of
from tests.support.rules import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from smtpids.rules.correlation import Correlation
    from smtpids.rules.rule import Match
    from smtpids.smtp import Event

SIZE = "smtp.message.size"
LATENESS = 2
NAMES = ("a", "b", "c")


class Given(NamedTuple):
    """An event, and the rules that match it."""

    at: int
    rules: tuple[str, ...]
    keys: tuple[str, ...]
    value: int | None

    @property
    def event(self) -> Event:
        fields = {"source.ip": list(self.keys) or None, SIZE: self.value}
        return event("message", fields, ts_ns=self.at * SECOND)


class Hit(NamedTuple):
    at: int
    number: int
    rule: str
    value: int | None


# -- the oracle: told, by group, when a correlation is true, with its measure ----------------------


def expected(correlation: Correlation, events: Sequence[Given]) -> list[tuple[str, int, float]]:
    groups: dict[str, list[Hit]] = defaultdict(list)
    for number, one in enumerate(sorted(events, key=lambda one: one.at)):
        for name in (name for name in one.rules if name in correlation.rules):
            if one.value is not None or not correlation.value_field:
                for key in dict.fromkeys(one.keys):
                    groups[key].append(Hit(one.at, number, name, one.value))
    judge = at_end if correlation.at_end else at_once
    return sorted((key, *told) for key, hits in groups.items() for told in judge(correlation, hits))


def at_once(correlation: Correlation, hits: list[Hit]) -> Iterator[tuple[int, float]]:
    span = correlation.timespan_ns // SECOND
    for place, hit in enumerate(hits):
        again = any(earlier.number == hit.number for earlier in hits[:place])
        if again and correlation.threshold and correlation.kind is not Kind.VALUE_COUNT:
            continue  # one event counts once
        within = [one for one in hits[: place + 1] if one.at >= hit.at - span]
        measure = measured(correlation, within)
        if is_so(correlation, measure, within):
            yield hit.at, shown(correlation, measure)


def at_end(correlation: Correlation, hits: list[Hit]) -> Iterator[tuple[int, float]]:
    span = correlation.timespan_ns // SECOND
    while hits:
        end = hits[0].at + span
        within = [hit for hit in hits if hit.at <= end]
        measure = measured(correlation, within)
        if is_so(correlation, measure, within):
            yield end, measure
        hits = [hit for hit in hits if hit.at > end]


def values_of(hits: list[Hit]) -> list[int]:
    return list({hit.number: hit.value or 0 for hit in hits}.values())


def measured(correlation: Correlation, hits: list[Hit]) -> float:
    values = values_of(hits)
    return {
        Kind.EVENT_COUNT: len(values),
        Kind.VALUE_COUNT: len(set(values)),
        Kind.VALUE_SUM: sum(values),
        Kind.VALUE_AVG: sum(values) / len(values),
    }.get(correlation.kind, len({hit.rule for hit in hits}))


def is_so(correlation: Correlation, measure: float, hits: list[Hit]) -> bool:
    if correlation.threshold is not None:
        enough = len(values_of(hits)) >= correlation.min_values
        return enough and correlation.threshold.is_met(measure)
    seen = {hit.rule for hit in hits}
    if correlation.wanted is not None:
        return holds(correlation.wanted, seen)
    if correlation.kind is Kind.TEMPORAL:
        return len(seen) == len(correlation.rules)
    return any(
        tuple(hit.rule for hit in chain) == correlation.rules
        and len({hit.number for hit in chain}) == len(chain)
        and chain[-1] is hits[-1]
        for chain in combinations(hits, len(correlation.rules))
    )


def shown(correlation: Correlation, measure: float) -> float:
    """Return a measure as far as it is counted: what is more than enough is not."""
    threshold = correlation.threshold
    if threshold is None or correlation.kind not in {Kind.EVENT_COUNT, Kind.VALUE_COUNT}:
        return len(correlation.rules) if correlation.kind is Kind.TEMPORAL_ORDERED else measure
    return min(measure, max(threshold.number + (threshold.op == "gt"), 1))


# -- what is given ---------------------------------------------------------------------------------

givens = st.lists(
    st.builds(
        Given,
        at=st.integers(0, 40),
        rules=st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map(
            lambda names: tuple(sorted(names))
        ),
        keys=st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
        value=st.none() | st.integers(-1, 3),
    ),
    max_size=24,
)
spans = st.integers(1, 12)
some_rules = st.lists(st.sampled_from(NAMES), min_size=1, unique=True).map(tuple)
operators = st.sampled_from(["gt", "gte", "lt", "lte", "eq", "neq"])
wanted = st.recursive(
    st.sampled_from(NAMES).map(Seen),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, min_size=1, max_size=2).map(lambda parts: AnyOf(tuple(parts)))
        | inner.map(NoneOf)
    ),
    max_leaves=4,
)


@st.composite
def correlations(draw: st.DrawFn) -> Correlation:
    kind = draw(st.sampled_from(list(Kind)))
    span, rules = draw(spans), draw(some_rules)
    if kind in {Kind.TEMPORAL, Kind.TEMPORAL_ORDERED}:
        condition = draw(st.none() | wanted) if kind is Kind.TEMPORAL else None
        return made(
            kind=kind, rules=rules if condition is None else NAMES, span_s=span, wanted=condition
        )
    field = SIZE if kind is not Kind.EVENT_COUNT else ""
    ask = draw(operators), draw(st.integers(0, 4))
    least = draw(st.integers(1, 4)) if kind is Kind.VALUE_AVG else 1
    return made(kind=kind, rules=rules, span_s=span, ask=ask, field=field, min_values=least)


LIMITS = Limits(correlation_lateness_ns=LATENESS * SECOND)


def fed(correlator: Correlator, events: Sequence[Given]) -> list[Match]:
    found: list[Match] = []
    for one in events:
        event = one.event
        for name in one.rules:
            found += correlator.matched(rule(name), event)
    return found


def outcome(matches: Sequence[Match]) -> list[tuple[str, int, float]]:
    return sorted(
        (match.correlated.group[0][1], match.correlated.last_ns // SECOND, match.correlated.measure)
        for match in matches
        if match.correlated is not None
    )


def in_order(events: Iterable[Given]) -> list[Given]:
    return sorted(events, key=lambda one: one.at)


@given(correlations(), givens)
def test_every_kind_finds_what_a_search_of_every_window_finds(
    correlation: Correlation, events: list[Given]
) -> None:
    correlator = Correlator(set_of(correlation), LIMITS)
    found = fed(correlator, in_order(events)) + correlator.finish()
    assert expected(correlation, events) == outcome(found)
    assert correlator.late == 0


@given(correlations(), givens, st.randoms(use_true_random=False))
def test_events_within_the_lateness_count_as_if_they_came_in_order(
    correlation: Correlation, events: list[Given], chance: object
) -> None:
    # distinct moments: of equal ones, whichever comes first is the first
    distinct = in_order({one.at: one for one in events}.values())
    delays = {one.at: one.at + chance.uniform(0, LATENESS) for one in distinct}  # type: ignore[attr-defined]
    arriving = sorted(distinct, key=lambda one: delays[one.at])
    correlator = Correlator(set_of(correlation), LIMITS)
    found = fed(correlator, arriving) + correlator.finish()
    assert expected(correlation, distinct) == outcome(found)
    assert correlator.late == 0


@given(correlations(), givens, st.integers(0, 24))
def test_what_is_written_down_and_read_again_goes_on_as_if_nothing_had_happened(
    correlation: Correlation, events: list[Given], cut: int
) -> None:
    events = in_order(events)
    first, second = (Correlator(set_of(correlation), LIMITS) for _ in range(2))
    found = fed(first, events[:cut])
    assert second.restore(json.loads(json.dumps(first.snapshot()))) == []
    found += fed(second, events[cut:]) + second.finish()
    assert expected(correlation, events) == outcome(found)


@given(givens, st.integers(1, 3), st.integers(1, 3), spans, spans)
def test_a_correlation_of_a_correlation_counts_each_of_its_matches(
    events: list[Given], few: int, many: int, short: int, long: int
) -> None:
    inner = made("inner", rules=("a", "b"), span_s=short, ask=("gte", few))
    outer = made("outer", rules=("inner",), span_s=long, ask=("gte", many))
    ordered = in_order(events)
    correlator = Correlator(set_of(inner, outer), LIMITS)
    found = fed(correlator, ordered) + correlator.finish()
    again: dict[int, list[str]] = defaultdict(list)
    for number, one in enumerate(ordered):
        for key in dict.fromkeys(one.keys):
            before = [it for it in ordered[: number + 1] if key in it.keys]
            told = [at for _, at, _ in expected(inner, only(before, key))]
            if (
                {"a", "b"} & set(one.rules)
                and told
                and len(told) > len([at for _, at, _ in expected(inner, only(before[:-1], key))])
            ):
                again[number].append(key)
    inputs = [
        Given(ordered[number].at, ("inner",), tuple(keys), None) for number, keys in again.items()
    ]
    assert expected(outer, inputs) == outcome([m for m in found if m.rule.name == "outer"])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xyz")), max_size=60),
    st.sampled_from([Kind.EVENT_COUNT, Kind.VALUE_COUNT, Kind.VALUE_AVG]),
    st.integers(1, 12),
)
def test_each_alert_tells_the_event_that_was_the_last(
    given_: list[tuple[int, str]], kind: Kind, few: int
) -> None:
    number = few if kind is not Kind.VALUE_AVG else 0
    field = SIZE if kind is not Kind.EVENT_COUNT else ""
    correlation = made(kind=kind, span_s=9, ask=("gte", number), field=field, min_values=few)
    events: list[Event] = []
    at = 0
    for pause, key in given_:
        at += pause
        events.append(Given(at, ("a",), (key,), len(events)).event)
    correlator = Correlator(set_of(correlation), LIMITS)
    found = [match for event in events for match in correlator.matched(rule("a"), event)]
    for match in [*found, *correlator.finish()]:
        assert match.correlated is not None
        assert match.event.ts_ns == match.correlated.last_ns
        assert match.event.fields["source.ip"] == [match.correlated.group[0][1]]


def only(events: Sequence[Given], key: str) -> list[Given]:
    return [one._replace(keys=(key,)) for one in events]

"""Matches counted together: in order, in chains, within limits, across restarts."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from smtpids.config import SECOND, Limits
from smtpids.mime.digests import MD5
from smtpids.rules import kept_event
from smtpids.rules.correlation import AllOf, Kind, NoneOf, Seen
from smtpids.rules.correlator import LATE_SHARE, VERSION, Correlator
from smtpids.rules.groups import NEVER
from smtpids.rules.rule import Level
from tests.support.correlations import auth, correlator_of, made, rule, set_of, silent, times, told

if TYPE_CHECKING:
    from smtpids.smtp import Event

MOST_LATE_OCTETS = Limits().sessions_octets // LATE_SHARE
TWO = made(ask=("gte", 2))


def test_a_match_is_told_when_no_earlier_one_can_come() -> None:
    correlator = correlator_of(TWO)
    assert told(correlator, ("a", auth(0)), ("a", auth(1)), end=False) == []
    assert correlator.due_ns == 2 * SECOND + 1
    assert correlator.tick(3 * SECOND) == []
    assert times(correlator.tick(3 * SECOND + 1)) == [("many", 1)]
    assert correlator.due_ns == NEVER


def test_the_end_of_input_tells_what_is_held() -> None:
    assert times(told(correlator_of(TWO), ("a", auth(0)), ("a", auth(1)))) == [("many", 1)]


def test_a_match_holds_the_last_event_and_what_was_counted() -> None:
    last = auth(1)
    (match,) = told(correlator_of(TWO), ("a", auth(0)), ("a", last))
    assert match.event is last
    correlated = match.correlated
    assert correlated is not None
    assert (correlated.kind, correlated.measure, correlated.rules) == (Kind.EVENT_COUNT, 2, ("a",))
    assert (correlated.first_ns, correlated.last_ns) == (0, SECOND)


class Known:
    """Notes for which events what was known before is put off."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put_off(self, event: Event) -> None:
        self.events.append(event)


def test_what_was_known_before_is_put_off_for_events_that_an_alert_may_tell() -> None:
    past, events = Known(), [auth(n) for n in range(20)]
    correlator = correlator_of(made(ask=("gte", 20)))
    for event in events:
        correlator.matched(rule("a"), event, past)
    assert past.events == events[9:]


def test_matches_are_counted_in_the_order_of_their_times() -> None:
    chain = made(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b"))
    late, early = ("b", auth(2)), ("a", auth(1))
    assert times(told(correlator_of(chain), late, early)) == [("many", 2)]
    first = correlator_of(chain)
    assert told(first, late, early, end=False) == []
    again = correlator_of(chain)
    assert again.restore(json.loads(json.dumps(first.snapshot()))) == []
    assert times(again.finish()) == [("many", 2)]


def test_rules_that_nobody_names_are_not_counted() -> None:
    assert told(correlator_of(TWO), ("other", auth(0)), ("other", auth(1))) == []


def test_a_match_that_comes_too_late_is_said_and_not_counted() -> None:
    correlator = correlator_of(TWO)
    assert told(correlator, ("a", auth(9)), ("a", auth(6))) == []
    assert correlator.late == 1


def test_time_that_runs_far_back_is_another_capture() -> None:
    correlator = correlator_of(TWO)
    matches = told(correlator, ("a", auth(100)), ("a", auth(1)), ("a", auth(2)))
    assert times(matches) == [("many", 2)]
    assert correlator.late == 0


def test_a_window_that_waits_is_judged_by_the_time_of_others() -> None:
    few = made(ask=("lt", 2))
    correlator = correlator_of(few)
    assert told(correlator, ("a", auth(0)), end=False) == []
    assert correlator.tick(12 * SECOND) == []
    assert times(correlator.tick(12 * SECOND + 1)) == [("many", 10)]


def test_a_window_that_is_open_at_the_end_is_judged_as_if_it_were_over() -> None:
    wanted = AllOf((Seen("a"), NoneOf(Seen("b"))))
    absent = made(kind=Kind.TEMPORAL, rules=("a", "b"), wanted=wanted)
    assert times(told(correlator_of(absent), ("a", auth(0)))) == [("many", 10)]


def test_an_inner_correlation_counts_though_it_is_silent() -> None:
    inner = made("inner", by=("source.ip", "smtp.auth.user"), ask=("gte", 2))
    outer = made("outer", rules=("inner",), ask=("gte", 2))
    correlator = Correlator(silent(set_of(inner, outer), "inner"))
    matches = told(
        correlator,
        *[("a", auth(n, smtp__auth__user=user)) for n, user in enumerate("xxyy")],
    )
    assert times(matches) == [("outer", 3)]
    assert correlator.silent >= {"inner", "a"}


def test_the_group_of_an_inner_correlation_is_a_field_of_its_match() -> None:
    inner = made("inner", by=("smtp.rcpt_to",), ask=("gte", 2))
    outer = made("outer", rules=("inner",), by=("smtp.rcpt_to",), ask=("gte", 1))
    matches = told(
        correlator_of(inner, outer),
        ("a", auth(0, smtp__rcpt_to=["x"])),
        ("a", auth(1, smtp__rcpt_to=["x", "y"])),
    )
    groups = [match.correlated.group for match in matches if match.correlated is not None]
    assert groups == [(("smtp.rcpt_to", "x"),)] * 2


def test_a_window_that_is_over_counts_for_an_outer_correlation() -> None:
    inner = made("inner", ask=("lt", 2))
    outer = made("outer", rules=("inner",), span_s=100, ask=("gte", 2))
    matches = told(correlator_of(inner, outer), ("a", auth(0)), ("a", auth(20)))
    assert times(matches) == [("inner", 10), ("inner", 30), ("outer", 30)]


def test_a_correlation_without_alert_is_run_only_for_others() -> None:
    quiet = made("quiet", ask=("gte", 1), level=Level.INFORMATIONAL)
    assert correlator_of(quiet).named == frozenset()
    loud = made("loud", rules=("quiet",), ask=("gte", 1))
    assert times(told(correlator_of(quiet, loud), ("a", auth(0)))) == [("loud", 0)]


def test_no_more_matches_are_held_than_the_limit() -> None:
    correlator = correlator_of(TWO, limits=Limits(correlation_held=3))
    matches = told(correlator, *[("a", auth(n / 10)) for n in range(6)], end=False)
    assert times(matches) == [("many", 0.1), ("many", 0.2)]
    assert correlator.overflowed == 3


def test_what_is_held_goes_on_after_a_restart() -> None:
    first, second = correlator_of(TWO), correlator_of(TWO)
    told(first, ("a", auth(0)), ("a", auth(5)), end=False)
    assert second.restore(json.loads(json.dumps(first.snapshot()))) == []
    assert second.due_ns == first.due_ns
    assert times(second.finish()) == [("many", 5)]


@pytest.mark.parametrize("change", [{"timespan_ns": 20 * SECOND}, {"min_values": 2}], ids=str)
def test_a_correlation_that_changed_begins_anew(change: dict[str, Any]) -> None:
    kept, changed = made("kept", ask=("gte", 2)), made("changed", ask=("gte", 2))
    first = correlator_of(kept, changed)
    told(first, ("a", auth(0)))
    second = correlator_of(kept, changed._replace(**change))
    assert second.restore(first.snapshot()) == ["changed"]
    assert times(told(second, ("a", auth(1)))) == [("kept", 1)]


def test_a_snapshot_in_which_each_match_has_its_event_is_taken_over() -> None:
    kept = {**correlator_of(TWO).snapshot(), "version": 1, "now_ns": SECOND, "counted_ns": 0}
    kept["held"] = [[n, "a", kept_event.plain(auth(n))] for n in range(2)]
    correlator = correlator_of(TWO)
    assert correlator.restore(json.loads(json.dumps(kept))) == []
    assert times(correlator.finish()) == [("many", 1)]


def test_a_snapshot_of_another_version_is_dropped() -> None:
    data = correlator_of(TWO).snapshot()
    assert correlator_of(TWO).restore({**data, "version": VERSION + 1}) == ["many"]


@pytest.mark.parametrize("key", ["held", "now_ns", "correlations", "version"])
def test_what_is_no_snapshot_is_refused(key: str) -> None:
    data = correlator_of(TWO).snapshot()
    del data[key]
    with pytest.raises(KeyError):
        correlator_of(TWO).restore(data)


def test_figures_do_not_fall_when_another_correlator_takes_over() -> None:
    limits = Limits(groups=1)
    first, second = (correlator_of(TWO, limits=limits) for _ in range(2))
    told(first, ("a", auth(0, "x")), ("a", auth(0, "y")), ("a", auth(0, None)), ("a", auth(9)))
    told(first, ("a", auth(1)), end=False)
    second.take_over(first)
    assert (second.late, second.evicted, second.without_group) == (1, {"many": 2}, {"many": 1})
    assert second.groups == {"many": 1}


def test_one_rule_feeds_all_correlations_that_name_it() -> None:
    correlator = correlator_of(made("x", ask=("gte", 1)), made("y", ask=("gte", 1)))
    assert times(told(correlator, ("a", auth(0)))) == [("x", 0), ("y", 0)]
    assert correlator.matched(rule("b"), auth(1)) == []


def message(at_s: float, octets: int = 1) -> Event:
    """Return an event that keeps so many octets for a hash."""
    made = auth(at_s)
    made.late = partial(dict, {MD5: "0f"})
    made.late_octets = octets
    return made


def test_what_is_dear_in_an_event_is_left_to_whoever_tells_it() -> None:
    last = message(1)
    (match,) = told(correlator_of(TWO), ("a", message(0)), ("a", last))
    assert match.event is last
    assert MD5 not in last.fields


def test_a_hash_that_a_correlation_reads_is_made_at_once() -> None:
    first = message(0)
    correlator = correlator_of(made(by=(MD5,), ask=("gte", 2)))
    assert times(told(correlator, ("a", first), ("a", message(1)))) == [("many", 1)]
    assert first.fields[MD5] == "0f"


def test_held_matches_keep_no_more_of_messages_than_the_limit() -> None:
    half = MOST_LATE_OCTETS // 2
    correlator = correlator_of(TWO)
    events = [message(0, half), message(0, half), message(1, half)]
    told(correlator, *[("a", event) for event in events], end=False)
    assert [event.late is None for event in events] == [True, False, False]


def test_what_is_counted_leaves_room_for_the_next() -> None:
    most = MOST_LATE_OCTETS
    correlator = correlator_of(TWO, made("other", rules=("b",), ask=("gte", 9)))
    first, second = message(0, most), message(3, most)
    told(correlator, ("a", first), ("b", first), ("a", second), end=False)
    assert second.late is not None
    assert first.late is None  # they were held together for a moment
    third = message(9, most)
    correlator.tick(6 * SECOND)
    told(correlator, ("a", third), end=False)
    assert third.late is not None
    assert second.late is not None


def test_what_goes_to_a_file_is_whole() -> None:
    correlator = correlator_of(TWO)
    told(correlator, ("a", message(0)), end=False)
    assert json.loads(json.dumps(correlator.snapshot()))["held"][0][2]["fields"][MD5] == "0f"


TEN = made(ask=("gte", 10))


def held(correlator: Correlator) -> list[dict[str, Any]]:
    """Return what is kept of the events of the matches that are held, in order of time."""
    return [plain for _, _, plain in json.loads(json.dumps(correlator.snapshot()))["held"]]


def test_far_from_what_is_asked_for_held_matches_keep_what_is_counted_alone() -> None:
    correlator = correlator_of(TEN)
    told(correlator, *[("a", auth(n / 10, session__id="x")) for n in range(6)], end=False)
    kept = held(correlator)
    assert [event["fields"]["session.id"] for event in kept[4:]] == ["x", "x"]
    far = {"ts_ns": 0, "hits": {"many": [[], [[["192.0.2.1"], ["192.0.2.1"]]]]}}
    assert kept[:4] == [{**far, "ts_ns": n * SECOND // 10} for n in range(4)]


def test_a_match_without_its_event_counts_on_after_a_restart() -> None:
    first, second = correlator_of(TEN), correlator_of(TEN)
    told(first, *[("a", auth(n / 10)) for n in range(5)], end=False)
    assert second.restore(json.loads(json.dumps(first.snapshot()))) == []
    assert held(second) == held(first)
    assert times(told(second, *[("a", auth(n / 10)) for n in range(5, 10)])) == [("many", 0.9)]


def test_a_correlation_that_changed_counts_no_match_without_its_event() -> None:
    first, second = correlator_of(TEN), correlator_of(TEN._replace(timespan_ns=SECOND))
    told(first, *[("a", auth(n / 10)) for n in range(4)], end=False)
    assert second.restore(json.loads(json.dumps(first.snapshot()))) == ["many"]
    assert second.finish() == []
    assert second.groups == {"many": 0}


def test_an_alert_tells_the_last_event_though_some_come_out_of_order() -> None:
    last = auth(1)
    early = [auth(n / 10) for n in range(9)]
    (match,) = told(correlator_of(TEN), *[("a", each) for each in [*early[:4], last, *early[4:]]])
    assert match.event is last


def test_if_very_many_come_out_of_order_an_alert_tells_the_one_that_made_it_true() -> None:
    early = [auth(n / 10) for n in range(9)]
    (match,) = told(correlator_of(TEN), *[("a", each) for each in [auth(1), *early]])
    assert match.event is early[-1]
    assert match.correlated is not None
    assert match.correlated.last_ns == SECOND


def test_an_alert_tells_the_match_of_a_rule_though_those_of_a_correlation_came_before_it() -> None:
    inner = made("inner", ask=("gte", 1), level=Level.INFORMATIONAL)
    outer = made("outer", rules=("inner", "b"), ask=("gte", 6))
    last = auth(1)
    early = [auth(n / 10) for n in range(5)]
    matches = told(correlator_of(inner, outer), *[("a", each) for each in early], ("b", last))
    assert [match.event for match in matches if match.rule.name == "outer"] == [last]


def test_octets_are_kept_only_where_an_alert_is_near() -> None:
    correlator = correlator_of(TEN)
    events = [message(n / 10, MOST_LATE_OCTETS) for n in range(6)]
    told(correlator, *[("a", event) for event in events], end=False)
    assert [event.late is None for event in events] == [False] * 4 + [True, False]


def test_no_step_of_a_chain_but_the_last_keeps_its_event() -> None:
    correlator = correlator_of(made(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b")))
    told(correlator, ("a", auth(0)), ("b", auth(1)), end=False)
    assert ["action" in event for event in held(correlator)] == [False, True]


def test_a_step_of_a_chain_counts_for_very_many_groups_after_a_restart() -> None:
    chain = made(kind=Kind.TEMPORAL_ORDERED, rules=("a", "b"), by=("smtp.rcpt_to",))
    first, second = correlator_of(chain), correlator_of(chain)
    many = [f"u{n}@a.example" for n in range(100)]
    told(first, ("a", auth(0, smtp__rcpt_to=many)), end=False)
    assert second.restore(json.loads(json.dumps(first.snapshot()))) == []
    assert times(told(second, ("b", auth(1, smtp__rcpt_to=many[9:10])))) == [("many", 1)]


def test_a_match_of_very_many_groups_keeps_its_event_and_no_key() -> None:
    by_recipient = made(by=("smtp.rcpt_to",), ask=("gte", 10))
    many = [f"u{n}@a.example" for n in range(100)]
    correlator = correlator_of(by_recipient)
    listed = [auth(n / 10, smtp__rcpt_to=many) for n in range(6)]
    alone = [auth(n / 10, smtp__rcpt_to=many[:1]) for n in range(6, 10)]
    told(correlator, *[("a", event) for event in [*listed, *alone]], end=False)
    assert all("action" in event for event in held(correlator))
    (match,) = correlator.finish()
    assert match.event is alone[-1]
    assert correlator.groups == {"many": 100}


def test_if_those_out_of_order_are_of_very_many_groups_the_last_of_them_is_told() -> None:
    correlator = correlator_of(made(by=("smtp.rcpt_to",), ask=("gte", 10)))
    many = [f"u{n}@a.example" for n in range(100)]
    early = [auth(n / 10, smtp__rcpt_to=many) for n in range(9)]
    alone = auth(1, smtp__rcpt_to=many[:1])
    (match,) = told(correlator, *[("a", event) for event in [alone, *early]])
    assert match.event is early[-1]

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from smtpids.mime.digests import MD5
from smtpids.rules.correlation import Correlated, Kind
from smtpids.rules.rule import Level, Rule, Suppress
from smtpids.rules.suppress import Suppressor
from tests.support.rules import event

MINUTE = 60 * 10**9
RULE = Rule("probe", "Probe", Level.HIGH)
TEN_MINUTES = replace(RULE, suppress=Suppress(("source.ip",), 10 * MINUTE))
ONCE = replace(RULE, once_per="session.id")


def admitted(suppressor: Suppressor, rule: Rule, *happenings: tuple[int, str]) -> list[int | None]:
    """Offer matches at some minutes from some clients."""
    return [
        suppressor.admit(rule, event("auth", {"source.ip": client}, ts_ns=minute * MINUTE))
        for minute, client in happenings
    ]


def test_a_rule_without_settings_always_alerts() -> None:
    assert admitted(Suppressor(), RULE, (0, "a"), (0, "a")) == [0, 0]


def test_matches_within_the_time_are_held_back_and_counted() -> None:
    suppressor = Suppressor()
    times = [(0, "a"), (1, "a"), (9, "a"), (10, "a"), (11, "a"), (20, "a")]
    assert admitted(suppressor, TEN_MINUTES, *times) == [0, None, None, 2, None, 1]
    assert suppressor.suppressed == {"probe": 3}


def test_each_value_has_a_time_of_its_own() -> None:
    assert admitted(Suppressor(), TEN_MINUTES, (0, "a"), (1, "b"), (2, "a")) == [0, 0, None]


def test_each_rule_has_groups_of_its_own() -> None:
    suppressor = Suppressor()
    other = replace(TEN_MINUTES, name="other")
    assert admitted(suppressor, TEN_MINUTES, (0, "a")) == [0]
    assert admitted(suppressor, other, (0, "a")) == [0]


def test_a_missing_field_is_a_value_of_its_own() -> None:
    suppressor = Suppressor()
    without = event("auth")
    assert (
        suppressor.admit(TEN_MINUTES, without),
        suppressor.admit(TEN_MINUTES, without),
    ) == (0, None)
    assert admitted(suppressor, TEN_MINUTES, (0, "a")) == [0]


def test_a_list_is_a_value_too() -> None:
    rule = replace(RULE, suppress=Suppress(("smtp.rcpt_to",), MINUTE))
    suppressor = Suppressor()
    happening = event("auth", {"smtp.rcpt_to": ["a", "b"]})
    assert (suppressor.admit(rule, happening), suppressor.admit(rule, happening)) == (0, None)


def test_a_capture_of_another_time_is_not_held_back_by_a_later_one() -> None:
    times = [(100, "a"), (95, "a"), (50, "a")]
    assert admitted(Suppressor(), TEN_MINUTES, *times) == [0, None, 1]


def test_once_is_once_however_long_ago() -> None:
    suppressor = Suppressor()
    first = event("auth", {"session.id": "s1"})
    later = event("auth", {"session.id": "s1"}, ts_ns=10**6 * MINUTE)
    other = event("auth", {"session.id": "s2"})
    assert [suppressor.admit(ONCE, each) for each in (first, later, other)] == [0, None, 0]


def test_of_too_many_groups_the_one_unused_longest_is_forgotten() -> None:
    suppressor = Suppressor(most_groups=2)
    times = [(0, "a"), (1, "b"), (2, "a"), (3, "c"), (4, "a"), (5, "b")]
    assert admitted(suppressor, TEN_MINUTES, *times) == [0, 0, None, 0, None, 0]
    assert suppressor.evicted == {"probe": 2}


def test_long_values_are_told_apart() -> None:
    rule = replace(RULE, suppress=Suppress(("smtp.helo",), MINUTE))
    suppressor = Suppressor()
    names = ["a" * 500, "a" * 499 + "b", "a" * 500]
    told = [suppressor.admit(rule, event("auth", {"smtp.helo": name})) for name in names]
    assert (told, suppressor.groups) == ([0, 0, None], 2)


def test_a_correlation_is_quiet_by_its_group_and_its_own_time() -> None:
    suppressor = Suppressor()
    last = event("auth", {"source.ip": "the last of all"})
    found = [
        suppressor.admit(
            TEN_MINUTES,
            last,
            Correlated(Kind.EVENT_COUNT, 1, (("source.ip", ip),), 0, minute * MINUTE, ()),
        )
        for minute, ip in [(0, "a"), (1, "b"), (9, "a"), (10, "a")]
    ]
    assert found == [0, 0, None, 1]


def test_what_was_held_back_goes_on_in_another_run() -> None:
    first, second = Suppressor(), Suppressor()
    assert admitted(first, TEN_MINUTES, (0, "a"), (1, "a"), (1, "x" * 100)) == [0, None, 0]
    second.restore(json.loads(json.dumps(first.snapshot())))
    assert admitted(second, TEN_MINUTES, (2, "a"), (3, "x" * 100), (11, "a")) == [None, None, 2]
    assert admitted(second, TEN_MINUTES, (4, "b")) == [0]


def test_what_did_not_match_again_is_kept_all_the_same() -> None:
    first, second = Suppressor(), Suppressor()
    admitted(first, TEN_MINUTES, (0, "a"))
    second.restore(first.snapshot())
    assert second.snapshot() == first.snapshot() != {}


def test_with_other_settings_nothing_was_held_back() -> None:
    first, second = Suppressor(), Suppressor()
    admitted(first, TEN_MINUTES, (0, "a"))
    second.restore(first.snapshot())
    longer = replace(RULE, suppress=Suppress(("source.ip",), 20 * MINUTE))
    assert admitted(second, longer, (1, "a")) == [0]


def test_what_is_once_in_a_session_is_not_kept() -> None:
    suppressor = Suppressor()
    assert suppressor.admit(ONCE, event("auth", {"session.id": "a"})) == 0
    assert suppressor.snapshot() == {}


def test_a_group_may_be_a_hash_that_is_made_late() -> None:
    rule = replace(RULE, suppress=Suppress((MD5,), 10 * MINUTE))
    suppressor = Suppressor()
    held: list[int | None] = []
    for body in ("a", "b", "a"):
        message = event("message", {}, ts_ns=0)
        message.late = partial(dict, {MD5: body})
        held.append(suppressor.admit(rule, message))
    assert held == [0, 0, None]


def test_who_groups_by_something_else_has_no_hash_made() -> None:
    message = event("message", {"source.ip": "a"}, ts_ns=0)
    message.late = partial(dict, {MD5: "0f"})
    assert Suppressor().admit(TEN_MINUTES, message) == 0
    assert message.fields.keys() == {"event.action", "source.ip"}

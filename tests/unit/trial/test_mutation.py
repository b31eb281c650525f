from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smtpids.rules.correlation import Correlation, Kind, Threshold
from smtpids.rules.rule import Level, Match, Rule
from smtpids.trial.bench import Bench
from smtpids.trial.mutation import Tried, untested, untested_parts
from tests.support.rules import ruleset
from tests.support.trials import bench_of, file_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpids.rules import RuleSet
    from smtpids.smtp.events import Event

RULE = "{event.action: auth, tls.established: false, smtp.auth.outcome: failure}"
HIT = "{name: a, events: [{event.action: auth, smtp.auth.outcome: failure}], expect: [clear]}"
IN_TLS = (
    "{name: b, events: [{event.action: auth, smtp.auth.outcome: failure, tls.established: true}],"
    " expect: []}"
)
SUCCESS = "{name: c, events: [{event.action: auth, smtp.auth.outcome: success}], expect: []}"


class Counter:
    """Counts matches of any rule, and alerts at the threshold of its one correlation."""

    def __init__(self, rules: RuleSet) -> None:
        (self.correlation,) = rules.correlations
        self.count = 0

    def matched(self, rule: Rule, event: Event) -> Sequence[Match]:
        self.count += rule.name in self.correlation.rules
        threshold = self.correlation.threshold
        assert threshold is not None
        return [Match(self.correlation.rule, event)] if self.count == threshold.number else []

    def tick(self, ts_ns: int) -> Sequence[Match]:
        return []

    def finish(self) -> Sequence[Match]:
        return []


def tried(text: str, bench: Bench) -> Tried:
    file = file_of(text, *bench.rules)
    return Tried(file, [(trial, bench.run(trial)) for trial in file.trials])


def told(text: str) -> list[str]:
    bench = bench_of(clear=RULE)
    return [error.message for error in untested(tried(text, bench), bench)]


def test_a_condition_that_no_test_misses_is_untested() -> None:
    assert told(f"tests: [{HIT}, {IN_TLS}]") == ["untested: smtp.auth.outcome: failure"]
    assert told(f"tests: [{HIT}]") == [
        "untested: tls.established: false",
        "untested: smtp.auth.outcome: failure",
    ]


def test_near_misses_test_conditions() -> None:
    assert told(f"tests: [{HIT}, {IN_TLS}, {SUCCESS}]") == []


def test_a_message_tests_conditions_too() -> None:
    held = HIT.replace("[clear]}", "[clear], messages: {clear: Clear}}")
    assert told(f"tests: [{held}, {IN_TLS}, {SUCCESS}]") == []


def test_what_is_needless_may_be_untested_and_must_be() -> None:
    needless = "needless: [smtp.auth.outcome]\n"
    assert told(f"{needless}tests: [{HIT}, {IN_TLS}]") == []
    assert told(f"{needless}tests: [{HIT}, {IN_TLS}, {SUCCESS}]") == [
        "needed: a test misses 'smtp.auth.outcome'; take it out of 'needless'"
    ]


def bench_with_correlation() -> Bench:
    rule = Rule("many", "Many", Level.HIGH)
    many = Correlation(rule, Kind.EVENT_COUNT, ("clear",), 1, threshold=Threshold("gte", 3))
    rules = ruleset(clear=RULE)
    quiet = tuple(
        one._replace(rule=replace(one.rule, level=Level.INFORMATIONAL)) for one in rules.sources
    )
    return Bench(replace(rules, sources=quiet, correlations=(many,)), Counter)


def many(count: int, expect: str, fields: str = "smtp.auth.outcome: failure") -> str:
    events = f"{{event.action: auth, {fields}, repeat: {count}}}"
    return f"{{name: n{count}, events: [{events}], expect: {expect}}}"


def test_the_threshold_of_a_correlation_needs_a_test_on_both_sides() -> None:
    bench = bench_with_correlation()
    enough, less = many(3, "[many]"), many(2, "[]")

    def found(*tests: str) -> list[str]:
        text = f"rule: many\ntests: [{', '.join(tests)}]"
        return [error.message for error in untested(tried(text, bench), bench)]

    assert found(many(9, "[many]")) == ["untested: gte: 3 (not 2)", "untested: gte: 3 (not 4)"]
    assert found(enough) == ["untested: gte: 3 (not 2)"]
    assert found(enough, less) == []


def test_a_building_block_is_tested_by_the_last_of_those_that_ask_for_it() -> None:
    bench = bench_with_correlation()
    success = many(3, "[]", "smtp.auth.outcome: success")
    one = tried(f"rule: many\ntests: [{many(3, '[many]')}, {success}]", bench)
    assert [
        error.message for error in untested_parts(one.file, {"many": one}, ["many"], bench)
    ] == ["untested: tls.established: false"]
    assert untested_parts(one.file, {"many": one}, ["many", "clear"], bench) == []


def test_a_building_block_is_untested_only_if_none_of_its_correlations_notices() -> None:
    bench = bench_with_correlation()
    (first,) = bench.correlations.values()
    second = first._replace(rule=replace(first.rule, name="more"))
    both = Bench(replace(bench.ruleset, correlations=(first, second)), Counter)
    in_tls = many(3, "[]", "smtp.auth.outcome: failure, tls.established: true")
    success = many(3, "[]", "smtp.auth.outcome: success")
    one = tried(f"rule: many\ntests: [{many(3, '[many]')}, {success}]", bench)
    text = f"rule: more\ntests: [{in_tls}]"
    file = file_of(text, "more")
    two = Tried(file, [(trial, bench.run(trial)) for trial in file.trials])
    assert untested_parts(two.file, {"many": one, "more": two}, ["many", "more"], both) == []

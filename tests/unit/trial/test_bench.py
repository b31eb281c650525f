from __future__ import annotations

from dataclasses import replace

from smtpids.fields import ALL, FIELDS
from smtpids.rules import RuleSet
from smtpids.rules.correlation import Correlation, Kind
from smtpids.rules.rule import Level, Rule
from smtpids.trial.bench import CONTEXT, Bench, all_on, events_of, frames_of, numbered, with_parts
from tests.support.rules import ruleset
from tests.support.trials import CLEAR, LOGIN, bench_of, trial_of

DIALOG = "tests:\n  - name: login\n    dialog: |\n" + "".join(
    f"      {line}\n" for line in LOGIN.splitlines()
)


def alerts(text: str, bench: Bench | None = None) -> list[str]:
    outcome = (bench or bench_of()).run(trial_of(text, *(bench.rules if bench else ())))
    return [match.rule.name for match in outcome.alerts]


def test_a_dialogue_runs_through_the_whole_engine() -> None:
    outcome = bench_of().run(trial_of(DIALOG + "    expect: [clear]\n"))
    assert [match.rule.name for match in outcome.alerts] == ["clear"]
    assert [event.action for event in outcome.events] == [
        "greeting", "command", "reply", "command", "reply", "auth", "session_end",
    ]  # fmt: skip
    assert outcome.events[0].fields["source.ip"] == "198.51.100.7"
    assert outcome.events[5].fields["smtp.auth.user"] == "alice"


def test_a_dialogue_runs_over_ipv6() -> None:
    ends = "    client: 2001:db8::1\n    server: 2001:db8::2\n    expect: [clear]\n"
    assert alerts(DIALOG + ends) == ["clear"]


def test_events_by_hand_go_straight_to_the_rules() -> None:
    text = "tests: [{name: a, events: [{event.action: auth, repeat: 3}], expect: {clear: 3}}]"
    assert alerts(text) == ["clear"] * 3


def test_an_event_by_hand_is_one_of_an_ordinary_session() -> None:
    text = "tests: [{name: a, events: [{event.action: auth, at: 2s}], expect: []}]"
    (event,) = events_of(trial_of(text))
    assert event.fields["event.action"] == "auth"
    assert event.fields["@timestamp"] == event.ts_ns == CONTEXT["session.start"] + 2 * 10**9
    assert {name for name in CONTEXT if FIELDS[name].actions != ALL} == set()


def test_what_is_repeated_has_its_number_in_texts() -> None:
    assert numbered({"a": "u{n}", "b": ["{n}"], "c": 5}, 7) == {"a": "u7", "b": ["7"], "c": 5}


def test_sessions_overlap_in_the_order_of_their_packets() -> None:
    sessions = trial_of("""\
        tests:
          - name: two
            dialogs:
              - {at: 1s, client: '192.0.2.{n}', repeat: 2, dialog: 'C: NOOP'}
              - {client: 192.0.2.9, dialog: "C: NOOP\\n== wait 5\\nC: QUIT"}
            expect: []
        """).sessions
    frames = frames_of(sessions)
    assert [frame[0] for frame in frames] == sorted(frame[0] for frame in frames)
    clients = [b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02", b"\xc0\x00\x02\x09"]
    assert [any(client in frame[2] for frame in frames) for client in clients] == [True] * 3


def test_a_rule_that_is_off_runs_only_in_its_own_tests() -> None:
    rules = ruleset(clear=CLEAR, other=CLEAR)
    off = tuple(
        source._replace(rule=replace(source.rule, enabled=False)) for source in rules.sources
    )
    bench = Bench(replace(rules, sources=off))
    assert alerts(DIALOG + "    expect: [clear]\n", bench) == ["clear"]
    assert {rule.enabled for rule in all_on(bench.ruleset).rules} == {True}


def test_what_was_said_is_held_back() -> None:
    rules = ruleset(clear=CLEAR)
    once = tuple(
        source._replace(rule=replace(source.rule, once_per="session.id"))
        for source in rules.sources
    )
    text = "tests: [{name: a, events: [{event.action: auth, repeat: 3}], expect: [clear]}]"
    assert alerts(text, Bench(replace(rules, sources=once))) == ["clear"]


def test_a_correlation_comes_with_the_rules_that_it_asks_for() -> None:
    def named(name: str, *parts: str) -> Correlation:
        return Correlation(Rule(name, name, Level.HIGH), Kind.EVENT_COUNT, parts, 1)

    rules = RuleSet(
        ruleset(clear=CLEAR, other=CLEAR).sources,
        correlations=(named("inner", "clear"), named("outer", "inner")),
    )
    assert with_parts("outer", rules) == {"outer", "inner", "clear"}
    part = Bench(rules).part("outer")
    assert [rule.name for rule in part.rules] == ["clear", "inner", "outer"]

"""From packets to the alerts of correlations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smtpids.config import Config
from smtpids.history import Past
from smtpids.metrics import Counts
from smtpids.mime.digests import MD5
from smtpids.pipeline import Pipeline
from smtpids.rules import Correlator, Matcher, Suppressor, load
from smtpids.rules.rule import Level
from smtpids.smtp.events import Event
from smtpids.verdicts import Verdicts
from tests.support.correlations import GUESSING, correlator_of, files, made, rule
from tests.support.engine import told_of_frames
from tests.support.visits import Visit

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.capture import Frame
    from smtpids.rules import RuleSet
    from smtpids.rules.correlation import Correlation
    from smtpids.rules.rule import Match, Rule
    from smtpids.smtp.events import Fields, Value

CLIENT = "192.0.2.7"


def visit(at: float, *logins: bool, client: str = CLIENT) -> list[Frame]:
    users = tuple((f"user{at}", succeeds) for succeeds in logins)
    return Visit(at=at, client=client, client_port=50000 + int(at), logins=users).frames


def failures(sessions: int, at: float = 0) -> list[Frame]:
    """Return sessions, ten seconds apart, in each of which two logins fail."""
    return [frame for n in range(sessions) for frame in visit(at + n * 10, False, False)]


class Run:
    """A pipeline with rules, and its alerts."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.counts = Counts()
        self.alerts: list[Match] = []
        self.pipeline = Pipeline(
            Config(strict=True),
            counts=self.counts,
            matcher=Matcher(ruleset),
            correlator=Correlator(ruleset),
            on_alert=self.alerts.append,
        )

    def read(self, frames: list[Frame]) -> None:
        for frame in frames:
            self.pipeline.frame(*frame)

    @property
    def names(self) -> list[str]:
        return [match.rule.name for match in self.alerts]


@pytest.fixture
def ruleset(tmp_path: Path) -> RuleSet:
    return load([files(tmp_path)])


def test_ten_failed_logins_in_several_sessions_are_one_alert(ruleset: RuleSet) -> None:
    told = told_of_frames(failures(5), ruleset)
    (match,) = told.alerts
    assert match.rule.name == "guessing"
    assert match.correlated is not None
    assert match.correlated.measure == 10
    assert dict(match.correlated.group)["source.ip"] == CLIENT


def test_nine_failed_logins_are_none(ruleset: RuleSet) -> None:
    assert told_of_frames([*failures(4), *visit(50, False)], ruleset).rules == []


def test_ten_failed_logins_of_two_clients_are_none(ruleset: RuleSet) -> None:
    other = visit(60, False, False, client="192.0.2.8")
    assert told_of_frames([*failures(4), *other], ruleset).rules == []


def test_a_login_after_guessing_is_told_and_one_before_it_is_not(ruleset: RuleSet) -> None:
    assert told_of_frames([*failures(5), *visit(60, True)], ruleset).rules == [
        "guessed",
        "guessing",
    ]
    assert told_of_frames([*visit(0, True), *failures(5, 10)], ruleset).rules == ["guessing"]


def test_more_of_the_same_is_counted_for_the_next_alert(ruleset: RuleSet) -> None:
    run = Run(ruleset)
    run.read(failures(7))
    run.read(failures(5, 600))
    run.pipeline.finish()
    assert [match.suppressed for match in run.alerts] == [0, 4]
    assert run.counts.alerts_suppressed["guessing", "suppression"] == 4
    assert run.counts.alerts["guessing", "medium", "other"] == 2
    assert run.counts.matches["login_failed"] == 24


def test_time_passes_for_correlations_while_no_packet_comes(ruleset: RuleSet) -> None:
    run = Run(ruleset)
    run.read(failures(5))
    assert run.names == []
    run.pipeline.tick(run.pipeline.last_ns + 3 * 10**9)
    assert run.names == ["guessing"]


def test_an_alert_of_a_correlation_is_shown_with_its_past(ruleset: RuleSet) -> None:
    (match,) = told_of_frames(failures(5), ruleset).alerts
    assert any(name.startswith("history.") for name in match.event.fields)


def test_a_correlation_counts_by_what_was_known_before(tmp_path: Path) -> None:
    by = "group-by: [source.ip, history.client.known]"
    changed = GUESSING.replace("group-by: [source.ip, destination.ip]", by)
    (match,) = told_of_frames(failures(6), load([files(tmp_path, guessing=changed)])).alerts
    assert match.correlated is not None
    assert dict(match.correlated.group) == {"source.ip": CLIENT, "history.client.known": "true"}


def test_a_correlation_is_held_back_by_what_was_known_before(tmp_path: Path) -> None:
    by = "    suppress: {by: [history.client.known], for: 1h}\n"
    changed = GUESSING.replace("gte: 10", "gte: 2") + by
    told = told_of_frames(failures(3), load([files(tmp_path, guessing=changed)]))
    known = [match.event.fields["history.client.known"] for match in told.alerts]
    assert known == [False, True]


def test_other_rules_go_on_counting_where_the_former_were(ruleset: RuleSet, tmp_path: Path) -> None:
    run = Run(ruleset)
    run.read(failures(4))
    again = load([tmp_path])
    run.pipeline.swap(Matcher(again), Correlator(again))
    run.read(failures(1, 50))
    run.pipeline.finish()
    assert run.names == ["guessing"]


def test_a_correlation_that_changed_forgets(ruleset: RuleSet, tmp_path: Path) -> None:
    run = Run(ruleset)
    run.read(failures(4))
    changed = load([files(tmp_path, guessing=GUESSING.replace("5m", "6m"))])
    run.pipeline.swap(Matcher(changed), Correlator(changed))
    run.read(failures(1, 50))
    run.pipeline.finish()
    assert run.names == []


def test_a_rule_that_is_silent_alerts_when_a_correlation_lets_it(ruleset: RuleSet) -> None:
    loud = tuple(
        source._replace(rule=replace(source.rule, level=Level.LOW)) for source in ruleset.sources
    )
    run = Run(replace(ruleset, sources=loud, silenced=frozenset({"login_failed"})))
    run.read([*visit(0, False, True)])
    run.pipeline.finish()
    assert run.names == ["login_passed"]


def test_a_bug_of_ours_behind_what_is_counted_together_is_counted(ruleset: RuleSet) -> None:
    def broken(_: Match) -> None:
        raise RuntimeError("broken")

    counts = Counts()
    pipeline = Pipeline(
        Config(),
        counts=counts,
        matcher=Matcher(ruleset),
        correlator=Correlator(ruleset),
        on_alert=broken,
    )
    for frame in failures(5):
        pipeline.frame(*frame)
    assert counts.internal_errors["rules"] == 0
    pipeline.finish()
    assert counts.internal_errors["rules"] == 1


class Letter:
    """A message's event, asked by rules that are all true of it, and its alerts."""

    def __init__(self, level: Level, correlation: Correlation | None = None) -> None:
        self.event = Event("message", 0, 0, {"source.ip": CLIENT})
        self.event.late = self._hash
        self.hashed = 0
        self.history: frozenset[str] = frozenset()
        self.fields: frozenset[str] = frozenset()
        self.hashes: list[Value] = []
        self._rule = rule("a", level)
        correlator = None if correlation is None else correlator_of(correlation)
        verdicts = Verdicts(Counts(), Suppressor(), self, correlator, self._alert)
        verdicts.judge(self.event, Past("", "", 0, None, None, 0))
        self.judged = self.hashed
        verdicts.finish()

    def match(self, _event: Event) -> list[Rule]:
        return [self._rule]

    def _hash(self) -> Fields:
        self.hashed += 1
        return {MD5: "0f"}

    def _alert(self, match: Match) -> None:
        self.hashes.append(match.event.fields[MD5])


def test_a_message_is_hashed_for_an_alert() -> None:
    letter = Letter(Level.LOW)
    assert (letter.hashes, letter.hashed) == (["0f"], 1)


def test_a_message_that_is_only_counted_is_not_hashed() -> None:
    letter = Letter(Level.INFORMATIONAL, made(ask=("gte", 2)))
    assert (letter.hashes, letter.hashed) == ([], 0)


def test_a_message_is_hashed_when_what_counted_it_alerts() -> None:
    letter = Letter(Level.INFORMATIONAL, made(ask=("gte", 1)))
    assert (letter.judged, letter.hashes, letter.hashed) == (0, ["0f"], 1)

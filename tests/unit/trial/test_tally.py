from __future__ import annotations

from smtpids.rules import Matcher
from smtpids.rules.correlation import Correlated, Kind
from smtpids.rules.rule import Level, Match, Rule
from smtpids.trial.tally import Tally
from tests.support.rules import event, ruleset

RULES = ruleset(all="{event.action: auth}", few="{event.action: auth, tls.mode: none}")


def test_matches_sessions_and_alerts_are_counted_the_busiest_first() -> None:
    tally = Tally(Matcher(RULES))
    for session, mode in (("a", "none"), ("a", "implicit"), ("b", "implicit")):
        found = event("auth", {"session.id": session, "tls.mode": mode})
        for rule in tally.match(found)[:1]:
            tally.alert(Match(rule, found))
    told = [
        (one.rule.name, one.matches, one.alerts, len(one.sessions), one.first_packet)
        for one in tally.busiest()
    ]
    assert told == [("all", 3, 3, 2, 1), ("few", 1, 0, 1, 1)]


def test_a_correlation_that_alerts_has_matched() -> None:
    tally = Tally(Matcher(RULES))
    rule = Rule("many", "Many", Level.HIGH)
    tally.alert(Match(rule, event("auth"), 2, Correlated(Kind.EVENT_COUNT, 3, (), 0, 0, ("all",))))
    (count,) = tally.busiest()
    assert (count.matches, count.alerts) == (3, 1)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.cli.ruleset import load_rules, matcher_of
from smtpids.errors import ConfigSetError, RuleSetError
from smtpids.rules import Cost, Matcher, Profiler
from smtpids.rules.rule import Level
from smtpids.settings import load
from tests.support.command import login_rule
from tests.support.rules import event, ruleset

if TYPE_CHECKING:
    from pathlib import Path


def test_the_rules_come_from_where_the_configuration_says_and_as_it_says(tmp_path: Path) -> None:
    login_rule(tmp_path)
    path = tmp_path / "site.conf"
    path.write_text("rules: {paths: [shipped, .], level: {login_without_tls: low}}\n")
    rules = {rule.name: rule for rule in load_rules(load(str(path), {})).rules}
    assert rules["login_without_tls"].level is Level.LOW
    assert "auth_before_tls" in rules


def test_faults_rise_by_their_kind(tmp_path: Path) -> None:
    rule, path = login_rule(tmp_path), tmp_path / "site.conf"
    path.write_text("rules: {paths: [.], enable: [nothing_like_it]}\n")
    with pytest.raises(ConfigSetError, match="unknown rule 'nothing_like_it'"):
        load_rules(load(str(path), {}))
    rule.write_text("title: x\n")
    with pytest.raises(RuleSetError):
        load_rules(load(str(path), {}))


def test_the_time_of_rules_is_taken_where_it_is_asked_for() -> None:
    costs: dict[str, Cost] = {}
    rules = ruleset(a="event.action: auth")
    assert isinstance(matcher_of(rules, load(None, {}), costs), Matcher)
    assert costs == {}
    asking = matcher_of(rules, load(None, {"SMTPIDS_RULES_PROFILE": "true"}), costs)
    assert isinstance(asking, Profiler)
    asking.match(event("auth"))
    assert (costs["a"].events, costs["a"].matches, costs["a"].ns > 0) == (1, 1, True)

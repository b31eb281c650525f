from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtpids.errors import ConfigSetError
from smtpids.rules.correlation import Correlation, Kind, Threshold
from smtpids.rules.rule import Level, Rule, Suppress
from smtpids.rules.ruleset import RuleSet, RuleSource
from smtpids.rules.tree import TRUE
from smtpids.settings import SiteRules, apply, load

if TYPE_CHECKING:
    from pathlib import Path

BY_CLIENT = Suppress(("source.ip",), 3600 * 10**9)


def rule(name: str, **facts: object) -> Rule:
    return Rule(name, name.title(), Level.HIGH, **facts)  # type: ignore[arg-type]


RULES = RuleSet(
    sources=(
        RuleSource(rule("login", actions=frozenset({"auth"}), once_per="session.id"), TRUE),
        RuleSource(rule("quiet", enabled=False), TRUE),
        RuleSource(rule("talk", suppress=BY_CLIENT), TRUE),
    ),
    correlations=(
        Correlation(
            rule("many_logins"), Kind.EVENT_COUNT, ("login",), 60 * 10**9,
            threshold=Threshold("gte", 5),
        ),
    ),
)  # fmt: skip


def site(folder: Path, text: str) -> SiteRules:
    path = folder / "site.yml"
    path.write_text(text)
    return load(str(path), {}).site()


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigSetError) as caught:
        apply(RULES, site(folder, text))
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.errors]


def test_without_settings_rules_stay_as_they_are() -> None:
    assert apply(RULES, SiteRules()) == RULES


def test_rules_and_correlations_become_as_the_site_wants_them(tmp_path: Path) -> None:
    text = """\
rules:
  disable: [login]
  enable: [quiet]
  level: {talk: informational, many_logins: critical}
  suppress: {many_logins: {by: [source.ip], for: 1h}}
"""
    changed = {rule.name: rule for rule in apply(RULES, site(tmp_path, text)).rules}
    assert {name: (rule.enabled, rule.level) for name, rule in changed.items()} == {
        "login": (False, Level.HIGH),
        "quiet": (True, Level.HIGH),
        "talk": (True, Level.INFORMATIONAL),
        "many_logins": (True, Level.CRITICAL),
    }
    assert changed["many_logins"].suppress == BY_CLIENT
    assert changed["talk"].suppress == BY_CLIENT


def test_suppression_by_the_site_replaces_once_per(tmp_path: Path) -> None:
    text = "rules: {suppress: {login: {by: [source.ip], for: 1h}}}\n"
    changed = apply(RULES, site(tmp_path, text)).rules[0]
    assert (changed.name, changed.suppress, changed.once_per) == ("login", BY_CLIENT, "")


def test_names_that_no_rule_has_are_told_all_at_once(tmp_path: Path) -> None:
    text = """\
rules:
  disable: [logni, talk]
  enable: [quite]
  level: {many_login: low}
  suppress: {nothing_of_the_kind: {by: [source.ip], for: 1h}}
"""
    assert faults_of(tmp_path, text) == [
        "site.yml:2:13: error: unknown rule 'logni', did you mean 'login'?",
        "site.yml:3:12: error: unknown rule 'quite', did you mean 'quiet'?",
        "site.yml:4:11: error: unknown rule 'many_login', did you mean 'many_logins'?",
        "site.yml:5:14: error: unknown rule 'nothing_of_the_kind'",
    ]


def test_suppression_by_what_the_events_lack_is_refused(tmp_path: Path) -> None:
    text = "rules: {suppress: {login: {by: [smtp.helo, smtp.command.verb], for: 1h}}}\n"
    assert faults_of(tmp_path, text) == [
        (
            "site.yml:1:20: error: 'smtp.command.verb' is not in the events of 'login'; it comes"
            " with command"
        )
    ]


def test_paths_are_seen_from_the_folder_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_text("rules: {paths: [shipped, own/, ../b.yml, /abs, ./shipped]}\n")
    assert load(str(path), {})["rules.paths"] == (
        "shipped",
        f"{tmp_path}/own",
        f"{tmp_path}/../b.yml",
        "/abs",
        f"{tmp_path}/shipped",
    )


def test_a_folder_called_shipped_beside_the_file_is_no_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yml").write_text("rules: {paths: [./shipped]}\n")
    assert load("site.yml", {})["rules.paths"] == (str(tmp_path / "shipped"),)

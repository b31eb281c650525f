"""The shipped rules as they are kept, beside the same rules read from their files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from smtpids.fields import ALL
from smtpids.rules.loader import load
from smtpids.rules.matcher import Matcher
from smtpids.rules.prepared import NAME, digest, main, read, text
from smtpids.rules.shipped_rules import folder
from tests.support.rules import PROBE, written

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.rules.ruleset import RuleSet

#: Conditions and values of each kind that a rule can have.
DETECTIONS = (
    "{a: {smtp.helo: ['x*y?z', plain], source.ip: 192.0.2.1}, condition: a}",
    "{a: {smtp.helo|cased|endswith: Abc}, b: {destination.port|gte: 25}, condition: a and not b}",
    "{a: {smtp.helo|re: '^a.b$', tls.established: false}, condition: a}",
    "{a: {'@timestamp|hour': 3, smtp.helo: null}, condition: a}",
)
COUNTED = """\
title: Counted
name: {name}
description: A correlation for tests.
level: high
correlation:
    type: {kind}
    rules: [rule_0, rule_1]
    group-by: [who]
    aliases: {{who: {{rule_0: source.ip, rule_1: destination.ip}}}}
    timespan: 5m
    condition: {condition}
smtpids: {{message: 'of {{who}}', suppress: {{by: [who], for: 1h}}{least}}}
"""
CONDITIONS = {
    "event_count": "{gte: 10}",
    "value_avg": "{field: smtp.auth.attempts, gte: 2.5}",
    "temporal": "rule_0 and not rule_1",
    "temporal_ordered": "{}",
}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a folder with rules of every kind, and what is prepared of them."""
    for number, detection in enumerate(DETECTIONS):
        lines = PROBE.splitlines(keepends=True)
        head = "".join(line for line in lines[:5] if not line.startswith(("id:", "name:")))
        rule = f"{head}name: rule_{number}\nlevel: low\ndetection: {detection}\n"
        written(tmp_path, f"auth/rule_{number}.yml", rule)
    for kind, condition in CONDITIONS.items():
        least = ", min_values: 10" if kind == "value_avg" else ""
        counted = COUNTED.format(name=kind, kind=kind, condition=condition, least=least)
        if condition == "{}":
            counted = counted.replace("    condition: {}\n", "")
        written(tmp_path, f"auth/{kind}.yml", counted)
    (tmp_path / NAME).write_text(text(replace(load([tmp_path]), warnings=()), tmp_path))
    return tmp_path


def sources(ruleset: RuleSet) -> list[str]:
    """Return the Python for all rules, with those that are off turned on."""
    on = tuple(one._replace(rule=replace(one.rule, enabled=True)) for one in ruleset.sources)
    matcher = Matcher(replace(ruleset, sources=on))
    return [matcher.source(action) for action in sorted(ALL)]


@pytest.mark.slow
def test_the_committed_file_is_fresh() -> None:
    """Else: python -m smtpids.rules.prepared > rules/prepared.json."""
    assert main() == (folder() / NAME).read_text()


@pytest.mark.slow
def test_the_shipped_rules_are_the_same_however_they_are_read() -> None:
    """Equal rules and the same Python of them: no transcript or capture can tell the two apart."""
    quick, whole = read(folder()), load([folder()])
    assert quick is not None
    assert quick == whole
    assert sources(quick) == sources(whole)
    assert [one.fingerprint for one in quick.correlations] == [
        one.fingerprint for one in whole.correlations
    ]


def test_every_kind_of_rule_is_kept_as_it_is(own: Path) -> None:
    quick, whole = read(own), replace(load([own]), warnings=())
    assert quick == whole
    assert sources(quick) == sources(whole)


def test_an_edit_of_a_rule_is_seen(own: Path) -> None:
    path = own / "auth/rule_0.yml"
    before = path.read_text()
    path.write_text(before.replace("192.0.2.1", "192.0.2.2"))
    assert read(own) is None
    path.write_text(before)
    assert read(own) is not None


@pytest.mark.parametrize("name", ["auth/added.yml", "other/added.yaml"])
def test_a_new_rule_is_seen(own: Path, name: str) -> None:
    written(own, name)
    assert read(own) is None


def test_a_rule_that_is_renamed_or_gone_is_seen(own: Path) -> None:
    (own / "auth/rule_0.yml").rename(own / "auth/rule_9.yml")
    assert read(own) is None
    (own / "auth/rule_9.yml").unlink()
    assert read(own) is None


def test_what_is_beside_the_rules_does_not_matter(own: Path) -> None:
    (own / "README.md").write_text("# Rules\n")
    (own / "auth/rule_0.test.yml").write_text("tests: []\n")
    assert read(own) is not None


@pytest.mark.parametrize("wrong", ["", "[]", "{", '{"digest": 1}', '{"digest": "%s"}', "\udcff"])
def test_a_file_that_is_damaged_is_not_used(own: Path, wrong: str) -> None:
    octets = wrong.replace("%s", digest(own)).encode("utf-8", "surrogateescape")
    (own / NAME).write_bytes(octets)
    assert read(own) is None


def test_a_folder_without_the_file_is_read_the_long_way(tmp_path: Path) -> None:
    written(tmp_path, "a.yml")
    assert read(tmp_path) is None

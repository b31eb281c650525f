from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import ExitCode, RuleSetError
from smtpids.rules.loader import MOST_OCTETS, load
from smtpids.rules.matcher import Matcher
from tests.support.rules import PROBE, event, spoiled, written

if TYPE_CHECKING:
    from pathlib import Path

    from smtpids.rules.ruleset import RuleSet

FILTER = """\
title: A Printer
logsource: {product: smtpids, category: smtp}
filter:
    rules: [probe]
    selection: {source.ip: 192.0.2.1}
    condition: not selection
"""
IN_CLEAR = {"tls.established": False}


def faults_of(*paths: Path, today: dt.date | None = None) -> list[str]:
    """Load rules that are faulty; return what is said, without the folder."""
    with pytest.raises(RuleSetError) as caught:
        load(paths, today=today)
    return [str(fault).replace(f"{paths[0].parent}/", "") for fault in caught.value.errors]


def warnings_of(ruleset: RuleSet, folder: Path) -> list[str]:
    return [str(fault).replace(f"{folder}/", "") for fault in ruleset.warnings]


def test_a_folder_is_read_with_its_subfolders_and_without_tests(tmp_path: Path) -> None:
    written(tmp_path, "a.yml")
    written(tmp_path, "deep/er/b.yaml")
    written(tmp_path, "deep/a.test.yml", "tests: []")
    written(tmp_path, "deep/.hidden/c.yml")
    written(tmp_path, "README.md", "# Rules")
    assert [rule.name for rule in load([tmp_path]).rules] == ["a", "b"]


def test_the_folder_of_a_rule_is_its_category(tmp_path: Path) -> None:
    written(tmp_path, "own/a.yml")
    written(tmp_path, "transport/b.yml")
    written(tmp_path, "c.yml")
    categories = {rule.name: rule.category for rule in load([tmp_path]).rules}
    assert categories == {"a": "own", "b": "transport", "c": ""}


def test_a_shipped_category_counts_when_the_folder_or_file_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, "transport/b.yml")
    for path in (file, file.parent):
        assert [rule.category for rule in load([path]).rules] == ["transport"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    file = written(tmp_path, "a.yml")
    assert len(load([tmp_path, file, str(file)]).rules) == 1


def test_the_rules_of_a_run_know_their_events(tmp_path: Path) -> None:
    (rule,) = load([written(tmp_path, "probe.yml", PROBE)]).rules
    assert {"auth"} == rule.actions


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "rules/a.yml", "title: A\n")
    written(tmp_path, "rules/b.yml", "a: [\n")
    told = faults_of(tmp_path / "rules")
    assert told == [
        "rules/a.yml:1:1: error: no detection; add 'detection:' with selections and a condition",
        (
            "rules/a.yml:1:1: error: no level; add 'level:' and one of informational, low, medium,"
            " high, critical"
        ),
        "rules/a.yml:1:1: error: no logsource; add 'logsource: {product: smtpids, category: smtp}'",
        "rules/a.yml:1:1: error: no name; add 'name: a'",
        "rules/b.yml:2:1: error: not YAML: did not find expected node content",
    ]


def test_faulty_rules_end_with_their_own_exit_code(tmp_path: Path) -> None:
    with pytest.raises(RuleSetError) as caught:
        load([tmp_path / "none.yml"])
    assert ExitCode.RULES is caught.value.exit_code


@pytest.mark.parametrize(
    ("octets", "fault"),
    [
        (b"", "1:1: error: the file is empty; a rule begins with 'title:'"),
        (b"# only a comment\n", "1:1: error: the file is empty; a rule begins with 'title:'"),
        (
            "title: ä\n".encode() + b"name: b\xff",
            "2:8: error: the octet 0xff is not UTF-8; save as UTF-8",
        ),
        (b"\xff\xfet\0i\0", "1:1: error: the octet 0xff is not UTF-8; save as UTF-8"),
        (b"[\n" * 900, "33:1: error: nested deeper than 32 levels"),
        (b"#" * (MOST_OCTETS + 1), " error: is larger than 1048576 octets"),
    ],
)
def test_a_file_that_is_no_rule_is_told_with_its_place(
    tmp_path: Path, octets: bytes, fault: str
) -> None:
    (tmp_path / "probe.yml").write_bytes(octets)
    assert [f"probe.yml:{fault}"] == faults_of(tmp_path / "probe.yml")


def test_a_file_that_is_only_nested_is_told_whoever_finds_it_first(tmp_path: Path) -> None:
    (tmp_path / "probe.yml").write_bytes(b"[" * 200_000)
    (fault,) = faults_of(tmp_path / "probe.yml")
    assert fault.endswith(": error: nested deeper than 32 levels")


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "probe.yml").write_bytes(b"\xef\xbb\xbf" + PROBE.encode())
    assert len(load([tmp_path]).rules) == 1


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "none.yml") == ["none.yml: error: there is no such file or folder"]


def test_a_folder_without_rules_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    assert faults_of(tmp_path / "rules") == [
        "rules: error: the folder holds no rules (*.yml, *.yaml)"
    ]


def test_what_is_not_a_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "probe.yml")
    assert faults_of(tmp_path / "probe.yml") == ["probe.yml: error: is not a file"]


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/probe.yml").symlink_to(tmp_path / "gone.yml")
    assert faults_of(tmp_path / "rules") == ["rules/probe.yml: error: is not a file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    written(tmp_path, "probe.yml").chmod(0)
    advice = "let the user that smtpids runs as read it"
    assert faults_of(tmp_path / "probe.yml") == [
        f"probe.yml: error: cannot be read: Permission denied; {advice}"
    ]


def test_a_name_an_id_and_a_number_belong_to_one_rule(tmp_path: Path) -> None:
    rule = PROBE + "smtpids: {sid: 7}\n"
    written(tmp_path, "rules/a/probe.yml", rule)
    written(tmp_path, "rules/b/probe.yml", rule)
    first = tmp_path / "rules/a/probe.yml"
    assert [
        (
            f"rules/b/probe.yml:2:5: error: the id '7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11' is taken"
            f" by {first}:2"
        ),
        f"rules/b/probe.yml:3:7: error: the name 'probe' is taken by {first}:3",
        f"rules/b/probe.yml:12:10: error: the sid '7' is taken by {first}:12",
    ] == [
        fault.replace("taken by rules", f"taken by {tmp_path}/rules")
        for fault in faults_of(tmp_path / "rules")
    ]


def test_a_file_holds_one_rule(tmp_path: Path) -> None:
    other = PROBE.replace("7d0f1f3a", "8d0f1f3a")
    file = written(tmp_path, "probe.yml", f"{PROBE}---\n{other}")
    assert "probe.yml:13:1: error: a file holds one rule; give this one a file of its own" in (
        faults_of(file)
    )


def test_a_filter_lets_pass_what_it_names(tmp_path: Path) -> None:
    written(tmp_path, "probe.yml", PROBE)
    written(tmp_path, "exceptions/printer.yml", FILTER)
    matcher = Matcher(load([tmp_path]))
    passing = event("auth", {**IN_CLEAR, "source.ip": "192.0.2.1"})
    other = event("auth", {**IN_CLEAR, "source.ip": "192.0.2.2"})
    assert [*matcher.match(passing)] == []
    assert [rule.name for rule in matcher.match(other)] == ["probe"]


def test_a_filter_may_stand_in_the_file_of_its_rule(tmp_path: Path) -> None:
    ruleset = load([written(tmp_path, "probe.yml", f"{PROBE}---\n{FILTER}")])
    assert Matcher(ruleset).match(event("auth", {**IN_CLEAR, "source.ip": "192.0.2.1"})) == ()


@pytest.mark.parametrize(
    "target", ["7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11", "7D0F1F3A-3C5E-4D2B-9A55-5A1D3F0B6C11"]
)
def test_a_filter_may_name_a_rule_by_its_id(tmp_path: Path, target: str) -> None:
    written(tmp_path, "probe.yml", PROBE)
    written(tmp_path, "filter.yml", FILTER.replace("probe", target))
    ruleset = load([tmp_path])
    assert Matcher(ruleset).match(event("auth", {**IN_CLEAR, "source.ip": "192.0.2.1"})) == ()


def test_a_filter_for_any_rule_is_for_all(tmp_path: Path) -> None:
    written(tmp_path, "probe.yml", PROBE)
    written(tmp_path, "filter.yml", FILTER.replace("[probe]", "any"))
    ruleset = load([tmp_path])
    assert Matcher(ruleset).match(event("auth", {**IN_CLEAR, "source.ip": "192.0.2.1"})) == ()


def test_a_filter_that_names_no_rule_is_told(tmp_path: Path) -> None:
    written(tmp_path, "rules/probe.yml", PROBE)
    written(tmp_path, "rules/filter.yml", FILTER.replace("[probe]", "[prboe]"))
    assert (faults_of(tmp_path / "rules")) == [
        "rules/filter.yml:4:13: error: unknown rule 'prboe', did you mean 'probe'?"
    ]


def test_a_filter_for_a_faulty_rule_is_no_second_fault(tmp_path: Path) -> None:
    written(tmp_path, "rules/probe.yml", spoiled("level: high", "level: hihg"))
    written(tmp_path, "rules/filter.yml", FILTER)
    assert faults_of(tmp_path / "rules") == [
        "rules/probe.yml:11:8: error: unknown level 'hihg', did you mean 'high'?"
    ]


@pytest.mark.parametrize(
    ("selection", "warning"),
    [
        (
            "{smtp.message.size: 5}",
            "filter.yml:3:1: warning: the filter has no effect: events of 'probe' lack its fields",
        ),
        (
            "{event.action: auth}",
            "filter.yml:3:1: warning: the filter silences 'probe'; set 'enabled: false' there",
        ),
    ],
)
def test_a_filter_that_does_nothing_or_all_is_pointed_out(
    tmp_path: Path, selection: str, warning: str
) -> None:
    written(tmp_path, "probe.yml", PROBE)
    written(tmp_path, "filter.yml", FILTER.replace("{source.ip: 192.0.2.1}", selection))
    assert [warning] == warnings_of(load([tmp_path]), tmp_path)


@pytest.mark.parametrize(
    ("today", "rules"), [(None, []), (dt.date(2027, 6, 30), []), (dt.date(2027, 7, 1), ["probe"])]
)
def test_a_filter_ends_after_its_last_day(
    tmp_path: Path, today: dt.date | None, rules: list[str]
) -> None:
    written(tmp_path, "probe.yml", PROBE)
    written(tmp_path, "filter.yml", FILTER + "smtpids: {expires: 2027-06-30}\n")
    matcher = Matcher(load([tmp_path], today=today))
    happening = event("auth", {**IN_CLEAR, "source.ip": "192.0.2.1"})
    assert rules == [rule.name for rule in matcher.match(happening)]


def test_a_rule_that_is_over_is_off_and_pointed_out(tmp_path: Path) -> None:
    written(tmp_path, "probe.yml", PROBE + "smtpids: {expires: 2026-01-31}\n")
    ruleset = load([tmp_path], today=dt.date(2026, 2, 1))
    assert [rule.enabled for rule in ruleset.rules] == [False]
    assert warnings_of(ruleset, tmp_path) == [
        (
            "probe.yml:1:1: warning: expired on 2026-01-31 and is not used; remove it or set a"
            " later date"
        )
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            spoiled("event.action: auth", "event.action|neq: anomaly").replace(
                "    condition: selection",
                "    only: {smtp.anomaly.kind: gap}\n    condition: selection and only",
            ),
            (
                "probe.yml:7:5: error: the rule can never be true: smtp.anomaly.kind comes with"
                " anomaly"
            ),
        ),
        (
            PROBE + "smtpids: {message: '{smtp.message.size}'}\n",
            (
                "probe.yml:12:20: error: 'smtp.message.size' is not in the events of this rule; it"
                " comes with message"
            ),
        ),
        (
            PROBE + "smtpids: {once_per: smtp.message.hash.md5}\n",
            (
                "probe.yml:12:21: error: 'smtp.message.hash.md5' is not in the events of this rule;"
                " it comes with message"
            ),
        ),
        (
            PROBE + "smtpids: {suppress: {by: [tls.alert], for: 1h}}\n",
            (
                "probe.yml:12:21: error: 'tls.alert' is not in the events of this rule; it comes"
                " with tls"
            ),
        ),
    ],
)
def test_what_no_event_of_the_rule_has_is_told(tmp_path: Path, text: str, fault: str) -> None:
    assert [fault] == faults_of(written(tmp_path, "probe.yml", text))


def test_a_rule_that_is_off_is_checked_all_the_same(tmp_path: Path) -> None:
    off = "smtpids: {enabled: false}\n"
    file = written(tmp_path, "probe.yml", spoiled("smtpids, ", "smtpid, ") + off)
    assert len(faults_of(file)) == 1
    assert [rule.enabled for rule in load([written(tmp_path, "probe.yml", PROBE + off)]).rules] == [
        False
    ]


def test_the_warnings_of_a_sound_rule_come_with_it(tmp_path: Path) -> None:
    file = written(tmp_path, "probe.yml", spoiled("        event.action: auth\n", ""))
    assert warnings_of(load([file]), tmp_path) == [
        (
            "probe.yml:7:5: warning: the rule is asked of every event; add 'event.action' to each"
            " selection"
        )
    ]

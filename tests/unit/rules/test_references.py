"""What correlations say of rules in other files."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from smtpids.errors import RuleSetError
from smtpids.rules.loader import load
from tests.support.correlations import FAILED, GUESSED, GUESSING, files

if TYPE_CHECKING:
    from pathlib import Path

GREETED = (
    FAILED.replace("login_failed", "greeted")
    .replace("c01", "c09")
    .replace(
        "        event.action: auth\n        smtp.auth.outcome: failure\n",
        "        event.action: greeting\n",
    )
)


def faults(folder: Path, **changed: str) -> list[str]:
    with pytest.raises(RuleSetError) as caught:
        load([files(folder, **changed)])
    return [str(fault).replace(f"{folder}/", "") for fault in caught.value.errors]


def warnings(folder: Path, **changed: str) -> list[str]:
    found = load([files(folder, **changed)]).warnings
    return [str(fault).replace(f"{folder}/", "") for fault in found]


def test_what_a_correlation_names_stands_before_it(tmp_path: Path) -> None:
    loaded = load([files(tmp_path)])
    assert loaded.warnings == ()
    assert [one.rule.name for one in loaded.correlations] == ["guessing", "guessed"]
    assert loaded.correlations[1].rules == ("guessing", "login_passed")
    assert frozenset({"auth"}) == loaded.correlations[1].rule.actions


def test_a_rule_that_is_let_alert_by_one_correlation_alerts(tmp_path: Path) -> None:
    assert load([files(tmp_path)]).silenced == {"login_failed"}
    assert [rule.name for rule in load([tmp_path]).alerting] == ["guessed", "guessing"]


def test_rules_may_be_named_by_their_ids(tmp_path: Path) -> None:
    ids = GUESSED.replace(
        "[guessing, login_passed]", "[guessing, 0D8F4F0E-6f4e-4d2c-8a55-5a1d3f0b6c02]"
    )
    assert load([files(tmp_path, guessed=ids)]).correlations[1].rules == (
        "guessing",
        "login_passed",
    )


def test_conditions_and_aliases_know_rules_by_their_ids(tmp_path: Path) -> None:
    uuid = "0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c02"
    text = (
        GUESSED.replace("temporal_ordered", "temporal")
        .replace("[guessing, login_passed]", f"[login_failed, {uuid}]")
        .replace("[source.ip]", "[peer]")
        .replace("generate: true", f"condition: login_failed and not {uuid}")
        .replace("level: critical", "level: high")
        + "\n"
    ).replace(
        "level: high",
        f"    aliases: {{peer: {{login_failed: source.ip, {uuid}: source.ip}}}}\nlevel: high",
    )
    found = load([files(tmp_path, guessed=text)]).correlations[0]
    assert found.aliases == {"peer": {"login_failed": "source.ip", "login_passed": "source.ip"}}
    assert "login_passed" in str(found.wanted)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"guessing": GUESSING.replace("[login_failed]", "[login_faild]")},
            ["guessing.yml:7:13: error: unknown rule 'login_faild', did you mean 'login_failed'?"],
        ),
        (
            {"guessing": GUESSING.replace("[login_failed]", "[guessing]")},
            ["guessing.yml:7:13: error: 'guessing' is the correlation itself"],
        ),
        (
            {"guessing": GUESSING.replace("[login_failed]", "[login_failed, guessed]")},
            [
                "guessed.yml:7:12: error: 'guessed' names itself: guessed -> guessing -> guessed",
            ],
        ),
        (
            {
                "guessing": GUESSING.replace(
                    "[login_failed]", "[login_failed, 0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c01]"
                )
            },
            [
                (
                    "guessing.yml:7:27: error: '0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c01' is"
                    " 'login_failed'; name each rule once"
                )
            ],
        ),
        (
            {"guessing": GUESSING.replace("[source.ip, dest", "[tls.outcome, dest")},
            [
                (
                    "guessing.yml:8:15: error: 'tls.outcome' is not in the events of these rules;"
                    " it comes with tls"
                )
            ],
        ),
        (
            {
                "guessing": GUESSING.replace("event_count", "value_count").replace(
                    "{gte", "{field: email.subject, gte"
                )
            },
            [
                (
                    "guessing.yml:10:16: error: 'email.subject' is not in the events of these"
                    " rules; it comes with message"
                )
            ],
        ),
        (
            {"guessing": GUESSING.replace("{source.ip}", "{email.subject}")},
            [
                (
                    "guessing.yml:13:14: error: 'email.subject' is not in the events of these"
                    " rules; it comes with message"
                )
            ],
        ),
        (
            {"guessing": GUESSING.replace("c03", "c01")},
            [
                (
                    "guessing.yml:2:5: error: the id '0d8f4f0e-6f4e-4d2c-8a55-5a1d3f0b6c01' is"
                    " taken by login_failed.yml:2"
                ),
            ],
        ),
        (
            {
                "exception": "title: X\nlogsource: {product: smtpids, category: smtp}\n"
                "filter:\n    rules: [guessing]\n    selection: {source.ip: 192.0.2.1}\n"
                "    condition: not selection\n"
            },
            [
                (
                    "exception.yml:4:13: error: 'guessing' is a correlation;"
                    " name the rules that it names"
                )
            ],
        ),
    ],
)
def test_a_fault_between_files_has_its_place(
    changed: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    assert [line.replace(f"{tmp_path}/", "") for line in faults(tmp_path, **changed)] == told


def test_a_chain_of_correlations_has_an_end(tmp_path: Path) -> None:
    chain = {"guessed": ""}
    for number in range(9):
        inner = "login_failed" if not number else f"c{number - 1}"
        chain[f"c{number}"] = (
            GUESSING.replace("name: guessing", f"name: c{number}")
            .replace("6c03", f"6c1{number}")
            .replace("[login_failed]", f"[{inner}]")
        )
    assert faults(tmp_path, **chain) == [
        "c8.yml:7:12: error: correlations name each other more than 8 deep"
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"login_failed": FAILED.replace("informational", "low")},
            [
                (
                    "guessing.yml:7:13: warning: silences the rule 'login_failed' (level low);"
                    " write 'generate: true' here, or 'level: informational' there"
                )
            ],
        ),
        (
            {"login_failed": FAILED + "smtpids: {enabled: false}\n"},
            [
                (
                    "guessing.yml:7:13: warning: the rule 'login_failed' is off, so it counts for"
                    " nothing"
                )
            ],
        ),
        (
            {
                "greeted": GREETED,
                "guessing": GUESSING.replace("[login_failed]", "[login_failed, greeted]").replace(
                    "destination.ip]", "smtp.auth.mechanism]"
                ),
            },
            [
                (
                    "guessing.yml:8:15: warning: the events of 'greeted' never have"
                    " 'smtp.auth.mechanism', so they are not counted"
                )
            ],
        ),
    ],
)
def test_what_is_unwise_between_files_is_a_warning(
    changed: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    assert warnings(tmp_path, **changed) == told


def test_a_correlation_that_is_off_silences_nothing(tmp_path: Path) -> None:
    off = GUESSING.replace("smtpids:\n", "smtpids:\n    enabled: false\n")
    loud = FAILED.replace("informational", "low")
    loaded = load([files(tmp_path, guessing=off, login_failed=loud, guessed="")])
    assert loaded.warnings == ()
    assert loaded.silenced == frozenset()
    assert loaded.running == ()


def test_an_expired_correlation_is_off(tmp_path: Path) -> None:
    over = GUESSING.replace("smtpids:\n", "smtpids:\n    expires: 2026-01-01\n")
    folder = files(tmp_path, guessing=over, guessed="")
    (found,) = load([folder], today=dt.date(2026, 6, 1)).correlations
    assert not found.rule.enabled
    assert load([folder], today=dt.date(2025, 6, 1)).correlations[0].rule.enabled


def test_a_group_of_an_inner_correlation_is_a_field_of_its_matches(tmp_path: Path) -> None:
    inner = GUESSING.replace("[source.ip, destination.ip]", "[peer]").replace(
        "    condition", "    aliases: {peer: {login_failed: source.ip}}\n    condition"
    )
    outer = GUESSED.replace("[source.ip]", "[peer]").replace(
        "    generate",
        "    aliases: {peer: {guessing: peer, login_passed: source.ip}}\n    generate",
    )
    assert load([files(tmp_path, guessing=inner, guessed=outer)]).warnings == ()

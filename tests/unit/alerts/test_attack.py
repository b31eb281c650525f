from __future__ import annotations

import pytest

from smtpids.alerts.attack import TACTICS, threat


def test_tactics_and_techniques_are_named_as_ecs_wants_them() -> None:
    assert threat(["attack.credential-access", "attack.t1110.003", "attack.t1110"]) == {
        "framework": "MITRE ATT&CK",
        "tactic": {"id": ["TA0006"], "name": ["Credential Access"]},
        "technique": {
            "id": ["T1110"],
            "name": ["Brute Force"],
            "subtechnique": {"id": ["T1110.003"], "name": ["Password Spraying"]},
        },
    }


@pytest.mark.parametrize("tag", ["attack.credential_access", "attack.Credential-Access"])
def test_older_spellings_of_a_tactic_are_known(tag: str) -> None:
    assert threat([tag])["tactic"]["id"] == ["TA0006"]


@pytest.mark.parametrize("tag", ["cve.2023-51764", "attack.s0002", "attack.t11", "attack", "x"])
def test_other_tags_are_passed_over(tag: str) -> None:
    assert threat([tag]) == {}


def test_a_tactic_is_listed_once() -> None:
    assert threat(["attack.initial-access", "attack.initial_access"])["tactic"]["id"] == ["TA0001"]


def test_each_tactic_has_its_own_identifier() -> None:
    assert len(TACTICS) == len({number for number, _ in TACTICS.values()})


def test_a_technique_without_a_known_name_is_named_by_its_number() -> None:
    said = threat(["attack.t1002", "attack.t1110"])["technique"]
    assert said == {"id": ["T1002", "T1110"], "name": ["T1002", "Brute Force"]}

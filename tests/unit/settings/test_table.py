from __future__ import annotations

import pytest

from smtpids.config import Config
from smtpids.document import read_documents
from smtpids.faults import Faults
from smtpids.settings.table import KEYS, SECTIONS

#: Settings that only the command line gives.
OPTIONS_ONLY = {"verify_checksums", "fast_lane", "strict"}


def test_every_setting_of_the_engine_has_a_key() -> None:
    names = set(Config._fields) - OPTIONS_ONLY
    assert names - KEYS.keys() - set(SECTIONS) == set()


def test_the_sections_hold_keys_and_are_none() -> None:
    assert SECTIONS == ("rules", "privacy", "alerts", "metrics", "limits")
    assert set(SECTIONS) & KEYS.keys() == set()


@pytest.mark.parametrize("name", KEYS)
def test_a_key_has_a_sentence_and_an_example_that_can_be_read(name: str) -> None:
    key, faults = KEYS[name], Faults()
    assert key.sentence.endswith(".")
    assert key.sentence[0].isupper() or key.sentence.startswith("auto")
    (value,) = read_documents(key.example or key.kind.write(key.default), "site.yml", faults)
    found = key.kind.read(value, name, faults)
    assert (found is None, faults.errors) == (False, [])
    assert key.example == "" or found != key.default


def test_only_single_values_have_a_variable() -> None:
    assert KEYS["sensor"].variable == "SMTPIDS_SENSOR"
    assert KEYS["limits.groups"].variable == "SMTPIDS_LIMITS_GROUPS"
    assert KEYS["home_nets"].variable == KEYS["rules.paths"].variable == ""


def test_no_variable_is_one_that_means_something_else() -> None:
    taken = {"SMTPIDS_CONFIG", "SMTPIDS_FAST_LANE", "SMTPIDS_FUZZ_SECONDS"}
    assert taken & {key.variable for key in KEYS.values()} == set()

from __future__ import annotations

import pytest

from smtpids.config import KIB, OutputConfig
from smtpids.settings.options import (
    DIALECTS,
    FACILITIES,
    NETWORK,
    OPTIONS,
    SYSLOG_RECORD,
    TARGETS,
    TLS_KEYS,
    TYPES,
    Option,
    either,
    taken,
)

each_option = pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))


@each_option
def test_a_key_is_a_field_and_has_a_sentence(option: Option) -> None:
    assert option.field in OutputConfig._fields
    assert option.types <= set(TYPES)
    assert option.dialects <= set(DIALECTS)
    assert (option.sentence[-1], option.sentence[0].isupper()) == (".", True)
    assert option.takes


@each_option
def test_a_key_fits_into_a_table_of_markdown_and_into_a_line(option: Option) -> None:
    row = (option.name, option.told_types, option.takes, option.default_word, option.sentence)
    assert "|" not in "".join(row)
    assert max(map(len, row)) < 140


def test_the_types_take_what_they_are_made_for() -> None:
    assert taken("stdout", "") == ["name", "format", "events", "level", "record_size"]
    assert "labels" in taken("http", "loki")
    assert "labels" not in taken("http", "elastic")
    assert {type_ for type_, key in TARGETS.items() if key in taken(type_, "webhook")} == (
        set(TYPES) - {"stdout"}
    )
    for type_ in NETWORK:
        assert set(TLS_KEYS) - {"server_name"} <= set(taken(type_, "webhook"))


def test_defaults_are_those_of_the_engine() -> None:
    assert OPTIONS["queue_size"].default_word == "64M"
    assert OPTIONS["events"].default_word == "[alert]"
    assert OPTIONS["gzip"].default_word == "true"
    assert OPTIONS["record_size"].default_word == "32K, 7K (syslog)"
    file = OutputConfig(type="file", target="a", name="a")
    assert (file.record_octets, SYSLOG_RECORD) == (32 * KIB, 7 * KIB)
    assert OPTIONS["url"].default_word == OPTIONS["labels"].default_word == ""


def test_a_choice_is_told_as_people_say_it() -> None:
    assert (either("a"), either("ab"), either("abc")) == ("a", "a or b", "a, b or c")
    assert OPTIONS["index"].takers == "type http, dialect elastic or splunk_hec"


def test_the_facilities_are_those_that_have_a_name_everywhere() -> None:
    assert len(FACILITIES) == len(set(FACILITIES)) == 20

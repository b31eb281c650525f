from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtpids.alerts.alert import alert
from smtpids.alerts.encode import DEPTH, EVE, LONG_MAX, RECORD_OCTETS, clean, encode
from smtpids.alerts.eve import eve_alert, eve_record
from smtpids.alerts.record import Observer, record
from smtpids.alerts.text import escape
from tests.unit.alerts.samples import event, match

TEXT = st.text(st.characters(codec=None, categories=None), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXT, inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)
RECORDS = st.dictionaries(TEXT, VALUES, max_size=6)


def read(line: bytes) -> Any:
    return json.loads(line)


def test_a_plain_record_is_written_as_it_is() -> None:
    assert encode({"a": {"b": [1, True, None, "x"]}}) == b'{"a":{"b":[1,true,null,"x"]}}\n'


@settings(max_examples=50)
@given(RECORDS)
def test_whatever_a_record_holds_the_line_is_one_line_of_json_without_controls(
    record: dict[str, Any],
) -> None:
    text = encode(record).decode()
    assert text.endswith("\n")
    assert "\n" not in text[:-1]
    assert text[:-1] == escape(text[:-1])
    assert isinstance(read(text.encode()), dict)


@given(st.dictionaries(TEXT, st.integers() | TEXT | st.lists(TEXT), max_size=5))
def test_the_short_way_gives_what_the_careful_one_gives(record: dict[str, Any]) -> None:
    assert orjson.dumps(clean(record), option=orjson.OPT_APPEND_NEWLINE) == encode(record)


def test_no_unsafe_character_takes_the_short_way() -> None:
    codes = [*range(0x10000), *range(0xE0000, 0xE0100)]
    unsafe = [ch for ch in map(chr, codes) if escape(ch) != ch]
    assert len(unsafe) > 2000
    assert [ch for ch in unsafe if read(encode({"v": ch})) != {"v": escape(ch)}] == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\x1b[0m", "a\\x1b[0m"),
        ("\ud800", "\\ud800"),
        ("\x85\u202e", "\\x85\\u202e"),
        ("Grüße “日本”", "Grüße “日本”"),
        ('say "x"\\', 'say "x"\\'),
        (b"\xff\x00a", "\\xff\\x00a"),
        (2**64, LONG_MAX),
        (2**63, LONG_MAX),
        (-(2**70), -LONG_MAX - 1),
        (2**60, 2**60),
        (float("nan"), None),
        ((1, 2), [1, 2]),
        ({3}, [3]),
        (object(), "<object>"),
    ],
)
def test_values_that_json_has_not_are_replaced(value: object, written: object) -> None:
    assert {"v": written} == read(encode({"v": value}))


def test_a_structure_without_end_is_cut() -> None:
    loop: dict[str, Any] = {}
    loop["self"] = loop
    line = encode(loop)
    assert line.count(b"self") == DEPTH


def test_names_are_made_safe_too() -> None:
    assert read(encode({"a\nb": 1, 3: 2})) == {"a\\x0ab": 1, "3": 2}  # type: ignore[dict-item]


def test_a_long_record_gives_up_its_evidence_first() -> None:
    big = alert(match(), Observer())
    big["smtpids"]["evidence"] = [{"line": "x" * 1000}] * 40
    seen = read(encode(big))
    assert "evidence" not in seen["smtpids"]
    assert seen["smtpids"]["truncated"] is True
    assert seen["smtp"]["ehlo"]["keywords"] == ["PIPELINING", "STARTTLS", "AUTH"]


@pytest.mark.parametrize(("octets", "kept"), [(20, 256), (300, 64), (1000, 16)])
def test_then_its_lists_are_shortened_no_more_than_it_takes(octets: int, kept: int) -> None:
    many = [f"user{n}@example.org".rjust(octets, "x") for n in range(5000)]
    seen = read(encode(record(event("message", smtp__rcpt_to=many), Observer())))
    assert many[:kept] == seen["smtp"]["rcpt_to"]
    assert seen["event"]["dataset"] == "smtpids.message"


def test_then_the_lists_go() -> None:
    long = ["x" * 4000] * 10
    seen = read(encode(record(event("message", smtp__rcpt_to=long), Observer())))
    assert "rcpt_to" not in seen["smtp"]
    assert seen["event"]["category"] == ["email", "network"]


def test_then_the_texts_are_cut() -> None:
    seen = read(encode(record(event("message", email__subject="x" * 40_000), Observer())))
    assert seen["email"]["subject"] == "x" * 127 + "…"
    assert seen["source"]["ip"] == "192.0.2.10"


def test_at_last_only_what_names_the_event_is_left() -> None:
    full = alert(match(), Observer())
    full["smtp"] |= {f"name{n}": "x" * 100 for n in range(1000)}
    seen = read(encode(full))
    assert "smtp" not in seen
    assert full["event"]["id"] == seen["event"]["id"]
    assert full["rule"]["id"] == seen["rule"]["id"]
    assert seen["session"] == {"id": "1f3c"}


def test_a_caller_may_ask_for_shorter_lines() -> None:
    assert len(encode(record(event("message"), Observer()), 1500)) <= 1500


def test_a_long_line_of_eve_gives_up_its_evidence_first_and_says_so() -> None:
    big = eve_alert(match(), Observer())
    big["alert"]["metadata"]["smtpids_evidence"] = ["x" * 1000] * 40
    metadata = read(encode(big, form=EVE))["alert"]["metadata"]
    assert "smtpids_evidence" not in metadata
    assert metadata["smtpids_truncated"] == ["true"]
    assert metadata["smtpids_rule"] == ["auth_before_tls"]


def test_a_mail_in_eve_has_no_place_to_say_that_it_was_cut() -> None:
    long = ["x" * 4000] * 10
    seen = read(encode(eve_record(event("message", smtp__rcpt_to=long), Observer()), form=EVE))
    assert "rcpt_to" not in seen["smtp"]
    assert "alert" not in seen


def test_of_a_line_of_eve_the_rule_and_the_two_ends_are_left_at_last() -> None:
    full = eve_alert(match(), Observer())
    full["email"] = {f"name{n}": "x" * 100 for n in range(1000)}
    seen = read(encode(full, form=EVE))
    assert "email" not in seen
    assert seen["alert"]["signature_id"] == 9_001_001
    assert (seen["src_ip"], seen["flow"]["dest_port"]) == ("192.0.2.10", 587)


@settings(max_examples=30)
@given(st.dictionaries(TEXT, st.lists(TEXT, max_size=3) | TEXT, max_size=5), st.integers(1, 4000))
def test_no_line_is_longer_than_the_limit(fields: dict[str, Any], times: int) -> None:
    big = alert(match(), Observer())
    big["smtp"] |= {name: value * times for name, value in fields.items()}
    assert len(encode(big)) <= RECORD_OCTETS

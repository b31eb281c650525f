from __future__ import annotations

import datetime as dt

import pytest

from smtpids.document import MOST_DEPTH, MOST_VALUES, Items, Mapping, Scalar
from smtpids.errors import Location
from tests.support.rules import document


def scalar(text: str) -> Scalar:
    found, told = document(text)
    assert told == []
    assert isinstance(found, Scalar)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("high", "high"),
        ("25", 25),
        ("'25'", "25"),
        ("1.5", 1.5),
        ("true", True),
        ("NO", False),
        ("null", None),
        ("2026-11-23", dt.date(2026, 11, 23)),
    ],
)
def test_a_plain_scalar_means_what_pyyaml_says(text: str, value: object) -> None:
    assert value == scalar(text).value


def test_every_value_knows_its_place() -> None:
    found, _ = document("a:\n  - b\n  - {c: d}\n")
    assert isinstance(found, Mapping)
    items = found.get("a")
    assert isinstance(items, Items)
    assert [Location("probe.yml", 2, 5), Location("probe.yml", 3, 5)] == [
        item.place for item in items.items
    ]
    assert Location("probe.yml", 1, 1) == found.key("a")


def test_an_absent_key_has_the_place_of_the_mapping() -> None:
    found, _ = document("a: {b: c}")
    assert isinstance(found, Mapping)
    assert (None, found.place) == (found.get("x"), found.key("x"))


@pytest.mark.parametrize(
    ("text", "column"),
    [("abc and", 5), ("'abc and'", 6), ("|\n  abc and", 1), ("'it''s a'", 1), ('"\\x41bc "', 1)],
)
def test_a_place_within_a_text_is_as_exact_as_it_can_be(text: str, column: int) -> None:
    assert column == scalar(text).within(4).column


def test_an_alias_repeats_its_anchor() -> None:
    found, told = document("a: &x [1, 2]\nb: *x\n")
    assert isinstance(found, Mapping)
    assert (found.get("a"), []) == (found.get("b"), told)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sel: 1\nsel: 2\n", "2:1: error: duplicate key 'sel' (first at line 1)"),
        ("? [a]\n: b\n", "1:3: error: a key must be a word, not a list or mapping"),
        (
            "a:\n\t- b\n",
            (
                "2:1: error: a value cannot begin with this character; YAML indents by blanks, not"
                " tabs, and values that begin with one of `%@ need quotes"
            ),
        ),
        (
            "a: b: c\n",
            (
                "1:5: error: not YAML: mapping values are not allowed in this context; a value that"
                " holds ': ' needs quotes"
            ),
        ),
        (
            "a: [b, c\nd: e\n",
            (
                "2:2: error: not YAML: did not find expected ',' or ']'; the '[' in line 1 is"
                " not closed"
            ),
        ),
        (
            "a: *x\n",
            (
                "1:4: error: no anchor '&x' before this alias; a text that begins with '*' needs"
                " quotes"
            ),
        ),
        ("a: &x [*x]\n", "1:8: error: the alias '*x' repeats itself"),
        (
            "a: !!python/name:os.system\n",
            (
                "1:4: error: the YAML tag 'tag:yaml.org,2002:python/name:os.system' means nothing"
                " in a rule; remove it"
            ),
        ),
        (
            "a: 2026-13-45\n",
            ("1:4: error: '2026-13-45' is no day that exists; a text needs quotes"),
        ),
        (
            "a: b\nc: \x07\n",
            (
                "2:4: error: the character U+0007 is not allowed in YAML; remove it, or write it as"
                " an escape in double quotes"
            ),
        ),
        (
            "[" * (MOST_DEPTH + 1),
            f"1:{MOST_DEPTH + 1}: error: nested deeper than {MOST_DEPTH} levels",
        ),
    ],
)
def test_a_fault_of_the_text_has_its_place(text: str, fault: str) -> None:
    _, told = document(text)
    assert [f"probe.yml:{fault}"] == told


def test_a_hundred_thousand_brackets_do_no_harm() -> None:
    _, told = document("[" * 100_000)
    assert len(told) == 1


def test_aliases_cannot_multiply_without_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    _, told = document("\n".join(lines))
    assert [f"more than {MOST_VALUES} values in one file"] == [
        fault.split("error: ")[1] for fault in told
    ]


def test_a_merge_key_is_a_key_like_others() -> None:
    found, _ = document("<<: {a: b}\n")
    assert isinstance(found, Mapping)
    assert list(found.entries) == ["<<"]

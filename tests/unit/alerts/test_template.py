from __future__ import annotations

import orjson

from smtpids.alerts.template import Template, gap, template, text_gap


def filled(made: Template | None, texts: list[str]) -> str:
    assert made is not None
    parts = ["> "]
    made.fill(parts, texts)
    assert parts.pop(0) == "> "
    return "".join(parts)


def test_values_stand_where_the_gaps_are() -> None:
    made = template(orjson.dumps({"a": {"b": gap(1), "100%": "%s"}, "c": [gap(0), text_gap(2)]}))
    assert filled(made, ["true", "[]", "x"]) == '{"a":{"b":[],"100%":"%s"},"c":[true,"x"]}'


def test_a_value_is_taken_as_it_stands() -> None:
    assert filled(template(orjson.dumps([gap(0)])), ['"%d %s\n"']) == '["%d %s\n"]'


def test_values_that_are_settled_leave_no_gap() -> None:
    made = template(orjson.dumps([gap(3), text_gap(7), gap(8), gap(3), gap(1)]))
    assert made is not None
    settled = made.settled({3: "true", 8: "[]"}).ended("\n")
    assert filled(settled, list("0123456x8")) == '[true,"x",[],true,1]\n'
    assert filled(made, list("012345678")) == '[3,"7",8,3,1]'


def test_a_text_that_must_be_cleaned_makes_no_template() -> None:
    assert template(orjson.dumps({"a\u202e": gap(0)})) is None
    assert template(orjson.dumps({"a\n": gap(0)})) is None

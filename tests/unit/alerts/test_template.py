from __future__ import annotations

import orjson

from smtpids.alerts.template import gap, template, text_gap


def test_values_stand_where_the_gaps_are() -> None:
    made = template(orjson.dumps({"a": {"b": gap(1), "100%": "%s"}, "c": [gap(0), text_gap(2)]}))
    assert made is not None
    assert made.fill(["true", "[]", "x"]) == '{"a":{"b":[],"100%":"%s"},"c":[true,"x"]}'


def test_a_value_is_taken_as_it_stands() -> None:
    made = template(orjson.dumps([gap(0)]))
    assert made is not None
    assert made.fill(['"%d %s\n"']) == '["%d %s\n"]'


def test_a_text_that_must_be_cleaned_makes_no_template() -> None:
    assert template(orjson.dumps({"a\u202e": gap(0)})) is None
    assert template(orjson.dumps({"a\n": gap(0)})) is None

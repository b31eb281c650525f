"""The document of a correlation: what it says, and what is told of each mistake in it."""

from __future__ import annotations

import pytest

from smtpids.config import SECOND
from smtpids.rules.correlation import AllOf, AnyOf, Kind, NoneOf, Seen, Threshold
from smtpids.rules.correlation_document import CorrelationDocument
from smtpids.rules.rule import Level, Suppress
from tests.support.rules import PROBE, rule_document

MANY = """\
title: Many
id: 7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11
name: probe
description: A correlation for tests.
level: high
correlation:
    type: event_count
    rules: [a, b]
    group-by: [source.ip]
    timespan: 5m
    condition: {gte: 10}
"""


def changed(old: str, new: str) -> str:
    assert MANY.count(old) == 1
    return MANY.replace(old, new)


def temporal(condition: str) -> str:
    return changed("event_count", "temporal").replace("{gte: 10}", condition)


def sound(text: str) -> CorrelationDocument:
    document, told = rule_document(text)
    assert told == []
    assert isinstance(document, CorrelationDocument)
    assert document.sound
    return document


def test_a_correlation_holds_what_its_file_says() -> None:
    document = sound(
        MANY + "smtpids: {message: '{smtpids.correlation.count} of {source.ip}', sid: 9000001}\n"
    )
    found = document.correlation
    assert (found.kind, found.rules, found.group_by) == (
        Kind.EVENT_COUNT,
        ("a", "b"),
        ("source.ip",),
    )
    assert (found.timespan_ns, found.threshold) == (300 * SECOND, Threshold("gte", 10))
    assert (found.rule.name, found.rule.level, found.rule.sid) == ("probe", Level.HIGH, 9000001)
    assert not found.generate


def test_a_group_is_quiet_for_the_timespan_unless_the_file_says_otherwise() -> None:
    assert Suppress(("source.ip",), 300 * SECOND) == sound(MANY).correlation.rule.suppress
    longer = sound(MANY + "smtpids: {suppress: {for: 1h}}\n").correlation.rule
    assert Suppress(("source.ip",), 3600 * SECOND) == longer.suppress
    once = sound(MANY + "smtpids: {once_per: source.ip}\n").correlation.rule
    assert (once.suppress, once.once_per) == (None, "source.ip")


def test_an_alias_stands_for_a_field_of_each_rule() -> None:
    text = (
        changed("[source.ip]", "[peer]")
        + "    aliases:\n        peer: {a: source.ip, b: destination.ip}\n"
    )
    found = sound(
        text + "smtpids: {message: 'by {peer}', suppress: {by: [peer], for: 1h}}\n"
    ).correlation
    assert found.aliases == {"peer": {"a": "source.ip", "b": "destination.ip"}}
    assert frozenset({"source.ip", "destination.ip"}) == found.fields


def test_a_temporal_condition_is_made_of_names_of_rules() -> None:
    found = sound(temporal("a and not b")).correlation
    assert AllOf((Seen("a"), NoneOf(Seen("b")))) == found.wanted
    assert found.at_end
    either = sound(temporal("1 of them")).correlation
    assert AnyOf((Seen("a"), Seen("b"))) == either.wanted
    assert not either.at_end


def test_the_values_of_a_field_are_counted() -> None:
    text = changed("event_count", "value_count").replace(
        "{gte: 10}", "{field: smtp.auth.user, gt: 3}"
    )
    found = sound(text).correlation
    assert (found.value_field, found.threshold) == ("smtp.auth.user", Threshold("gt", 3))


AVERAGE = changed("event_count", "value_avg").replace(
    "{gte: 10}", "{field: smtp.message.size, gte: 10}"
)


def test_an_average_may_wait_for_some_values() -> None:
    assert sound(AVERAGE).correlation.min_values == 1
    assert sound(AVERAGE + "smtpids: {min_values: 10}\n").correlation.min_values == 10
    assert sound(AVERAGE + "smtpids: {min_values: 10000}\n").correlation.min_values == 10_000


@pytest.mark.parametrize("number", ["0", "-1", "10001", "2.5", "'10'", "true", "[10]", ""])
def test_an_average_waits_for_a_whole_number_of_values(number: str) -> None:
    _, told = rule_document(AVERAGE + f"smtpids: {{min_values: {number}}}\n")
    assert told == ["probe.yml:12:23: error: 'min_values' takes a whole number from 1 to 10000"]


@pytest.mark.parametrize(
    "text",
    [
        MANY,
        AVERAGE.replace("value_avg", "value_sum"),
        AVERAGE.replace("value_avg", "value_count"),
        temporal("a and b"),
    ],
    ids=["event_count", "value_sum", "value_count", "temporal"],
)
def test_what_is_no_average_has_no_least_number_of_values(text: str) -> None:
    _, told = rule_document(text + "smtpids: {min_values: 10}\n")
    assert told == [
        "probe.yml:12:11: error: 'min_values' is for correlations of type 'value_avg'; remove it"
    ]


def test_a_misspelt_average_is_not_told_to_wait_for_nothing() -> None:
    text = changed("event_count", "value_agv")
    _, told = rule_document(text + "smtpids: {min_values: 10}\n")
    assert told == ["probe.yml:7:11: error: unknown type 'value_agv', did you mean 'value_avg'?"]


def test_generate_at_the_top_counts_and_is_moved() -> None:
    document, told = rule_document(MANY + "generate: true\n")
    assert isinstance(document, CorrelationDocument)
    assert document.correlation.generate
    assert told == [
        (
            "probe.yml:12:1: warning: 'generate' is passed over here by pySigma;"
            " write it under 'correlation:'"
        )
    ]


COUNTED = "event_count, value_count, value_sum, value_avg, temporal, temporal_ordered"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            MANY[: MANY.index("correlation:")] + "correlation: []\n",
            "6:14: error: 'correlation' takes keys: type, rules, group-by, timespan, condition",
        ),
        (
            changed("group-by:", "groupby:"),
            "9:5: error: unknown key of 'correlation' 'groupby', did you mean 'group-by'?",
        ),
        (MANY + "scoep: [x]\n", "12:1: error: unknown key 'scoep', did you mean 'scope'?"),
        (
            changed("type: event_count", "type: event_cuont"),
            "7:11: error: unknown type 'event_cuont', did you mean 'event_count'?",
        ),
        (
            changed("type: event_count", "type: burst"),
            f"7:11: error: unknown type 'burst'; it is one of {COUNTED}",
        ),
        (
            changed("    type: event_count\n", ""),
            f"7:5: error: no type; add 'type:' and one of {COUNTED}",
        ),
        (
            changed("type: event_count", "type: value_median"),
            (
                "7:11: error: 'value_median' is not supported: a median needs every value of the"
                " window; use value_avg or value_count"
            ),
        ),
        (
            changed("type: event_count", "type: value_percentile"),
            (
                "7:11: error: 'value_percentile' is not supported: a percentile needs every value"
                " of the window, and Sigma's specification and its tools mean two different things"
                " by it; use value_avg or value_count"
            ),
        ),
        (
            changed("    rules: [a, b]\n", ""),
            "7:5: error: no rules; add 'rules:' and the names of those whose matches count",
        ),
        (
            changed("[a, b]", "[]"),
            "8:12: error: no rules; add 'rules:' and the names of those whose matches count",
        ),
        (changed("[a, b]", "[a, a]"), "8:16: error: 'a' stands here twice; name each rule once"),
        (
            changed("[a, b]", "[{a: b}]"),
            "8:13: error: 'rules' takes names or ids of rules, as in [login_failed]",
        ),
        (
            changed("[source.ip]", "[source.pi]"),
            "9:16: error: unknown field 'source.pi', did you mean 'source.ip'?",
        ),
        (
            changed("[source.ip]", "[source.ip, source.ip]"),
            "9:27: error: 'source.ip' stands here twice; name each field once",
        ),
        (
            changed("timespan: 5m", "timespan: 5 minutes"),
            "10:15: error: 'timespan' takes a time such as 30s, 10m, 1h or 1d",
        ),
        (
            changed("    timespan: 5m\n", ""),
            "7:5: error: 'timespan' takes a time such as 30s, 10m, 1h or 1d",
        ),
        (
            changed("    condition: {gte: 10}\n", ""),
            "7:5: error: 'event_count' needs a condition such as {gte: 10}",
        ),
        (
            changed("{gte: 10}", "a and b"),
            "11:16: error: 'event_count' needs a condition such as {gte: 10}",
        ),
        (
            changed("{gte: 10}", "{get: 10}"),
            "11:17: error: unknown key of 'condition' 'get', did you mean 'gt'?",
        ),
        (
            changed("{gte: 10}", "{gt: 5, lte: 10}"),
            "11:16: error: the condition takes only one of gt, gte, lt, lte, eq, neq",
        ),
        (
            changed("{gte: 10}", "{gte: '10'}"),
            "11:22: error: 'gte' takes a whole number",
        ),
        (
            changed("{gte: 10}", "{gte: 10001}"),
            "11:22: error: 'gte' takes a number from 0 to 10000",
        ),
        (changed("{gte: 10}", "{lt: 1}"), "11:21: error: no count is ever lt 1"),
        (
            changed("{gte: 10}", "{gt: 0}"),
            "11:21: warning: every match is counted as one, so this is always true",
        ),
        (
            changed("{gte: 10}", "{field: smtp.helo, gte: 10}"),
            "11:17: error: 'event_count' counts events, not the values of a field",
        ),
        (
            changed("event_count", "value_count"),
            "11:16: error: 'value_count' needs 'field:', the field whose values it takes",
        ),
        (
            changed("event_count", "value_sum").replace("{gte", "{field: smtp.helo, gte"),
            "11:24: error: 'smtp.helo' is keyword; 'value_sum' needs a number",
        ),
        (
            changed("event_count", "temporal"),
            "11:16: error: the condition of 'temporal' is a text, as in 'a and not b'",
        ),
        (temporal("a and c"), "11:22: error: unknown rule 'c'; there is a, b"),
        (temporal("a and"), "11:21: error: expected the name of a rule before the end"),
        (temporal("a"), "8:12: warning: the condition does not use 'b'"),
        (
            changed("event_count", "temporal_ordered").replace("{gte: 10}", "a and b"),
            "11:16: error: 'temporal_ordered' takes no condition: all its rules, in their order",
        ),
        (
            changed("    group-by: [source.ip]\n", ""),
            (
                "7:5: warning: no group-by: the events of all clients count together;"
                " add 'group-by: [source.ip]'"
            ),
        ),
        (
            MANY + "    aliases: [peer]\n",
            (
                "12:14: error: 'aliases' takes, by alias, the field of each rule:"
                " {peer: {a: source.ip, b: ...}}"
            ),
        ),
        (
            changed("[source.ip]", "[p]") + "    aliases: {p: {a: source.ip}}\n",
            "12:15: error: the alias 'p' says nothing of the rule 'b'",
        ),
        (
            MANY + "    generate: always\n",
            "12:15: error: 'generate' is true or false",
        ),
        (
            MANY + "logsource: {product: smtpids, category: smtp}\n",
            "12:1: error: a correlation has no logsource, its rules have; remove it",
        ),
        (
            MANY + "detection: {}\n",
            "12:1: error: a correlation has no 'detection'; that is another document",
        ),
        (
            MANY + "smtpids: {message: '{smtpids.correlation.coutn}'}\n",
            (
                "12:22: error: unknown field 'smtpids.correlation.coutn',"
                " did you mean 'smtpids.correlation.count'?"
            ),
        ),
        (
            AVERAGE + "smtpids: {min_value: 10}\n",
            "12:11: error: unknown setting 'min_value', did you mean 'min_values'?",
        ),
        (
            AVERAGE + "    min_values: 10\n",
            "12:5: error: 'min_values' is not of Sigma; write it under 'smtpids:'",
        ),
        (
            AVERAGE.replace("gte: 10", "gte: 10, min_values: 10"),
            "11:52: error: 'min_values' is not of Sigma; write it under 'smtpids:'",
        ),
        (
            MANY + "smtpids: {suppress: {by: [source.pi], for: 1h}}\n",
            "12:27: error: unknown field 'source.pi', did you mean 'source.ip'?",
        ),
    ],
)
def test_a_mistake_has_its_place_and_what_to_write_instead(text: str, fault: str) -> None:
    _, told = rule_document(text)
    assert told == [f"probe.yml:{fault}"]


def test_only_a_correlation_may_speak_of_one() -> None:
    _, told = rule_document(PROBE + "smtpids: {message: '{smtpids.correlation.count}'}\n")
    assert told == ["probe.yml:12:22: error: unknown field 'smtpids.correlation.count'"]

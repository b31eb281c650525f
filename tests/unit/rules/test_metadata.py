"""What a rule says of itself, each piece spoiled once."""

from __future__ import annotations

import datetime as dt

import pytest

from smtpids.document import Mapping
from smtpids.faults import Faults
from smtpids.rules import metadata
from smtpids.rules.rule import Suppress
from tests.support.rules import document, rule_document, said, spoiled


def settings(text: str) -> str:
    return spoiled("level: high\n", f"level: high\nsmtpids:\n    {text}\n")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (spoiled("title: Probe\n", ""), "1:1: error: no title; add 'title: What Is Found'"),
        (
            spoiled("title: Probe", "title: 5"),
            "1:8: error: 'title' takes a text; write it in quotes",
        ),
        (spoiled("title: Probe", "title:"), "1:7: error: 'title' takes a text; write one"),
        (
            spoiled("title: Probe", f"title: {'x' * 257}"),
            "1:1: error: the title is longer than 256 characters",
        ),
        (spoiled("name: probe\n", ""), "1:1: error: no name; add 'name: probe'"),
        (
            spoiled("name: probe", "name: other"),
            "3:7: error: the rule 'other' stands in 'probe'; name both alike",
        ),
        (
            spoiled("name: probe", "name: My-Probe"),
            "3:7: error: the name 'My-Probe' must be lower-case letters, digits and '_'",
        ),
        (
            spoiled("7d0f1f3a-3c5e-4d2b-9a55-5a1d3f0b6c11", "7d0f1f3a"),
            "2:5: error: '7d0f1f3a' is not a UUID",
        ),
        (
            spoiled("level: high\n", ""),
            (
                "1:1: error: no level; add 'level:' and one of informational, low, medium, high,"
                " critical"
            ),
        ),
        (
            spoiled("level: high", "level: hgih"),
            "11:8: error: unknown level 'hgih', did you mean 'high'?",
        ),
        (
            spoiled("level: high", "level: 3"),
            "11:8: error: 'level' takes a text; write it in quotes",
        ),
        (
            spoiled("level: high", "level: urgent"),
            (
                "11:8: error: unknown level 'urgent'; it is one of informational, low, medium,"
                " high, critical"
            ),
        ),
        (
            spoiled("level: high", "level: high\nlevle: low"),
            "12:1: error: unknown key 'levle', did you mean 'level'?",
        ),
        (
            spoiled("level: high", "level: high\nstatus: stabel"),
            "12:9: error: unknown status 'stabel', did you mean 'stable'?",
        ),
        (
            spoiled("level: high", "level: high\nstatus: done"),
            (
                "12:9: error: unknown status 'done'; it is one of stable, test, experimental,"
                " deprecated, unsupported"
            ),
        ),
        (
            spoiled("level: high", "level: high\ndate: 2026/11/23"),
            "12:7: error: 'date' takes a date such as 2026-11-23",
        ),
        (
            spoiled("level: high", "level: high\ndate: 2026-11-23 10:00:00"),
            "12:7: error: 'date' takes a date such as 2026-11-23",
        ),
        (
            spoiled("level: high", "level: high\ndate: 2026-02-30"),
            ("12:7: error: '2026-02-30' is no day that exists; a text needs quotes"),
        ),
        (
            spoiled("level: high", "level: high\nreferences: https://example.com"),
            "12:13: error: 'references' takes a list; put '- ' before each entry",
        ),
        (
            spoiled("level: high", "level: high\nfalsepositives: [none, 5]"),
            "12:24: error: 'falsepositives' takes a list of texts; write this one in quotes",
        ),
        (
            spoiled("level: high", "level: high\ntags: [T1040]"),
            "12:8: error: the tag 'T1040' is not like 'attack.t1040' or 'cve.2011-0411'",
        ),
        (
            spoiled("logsource: {product: smtpids, category: smtp}\n", ""),
            "1:1: error: no logsource; add 'logsource: {product: smtpids, category: smtp}'",
        ),
        (
            spoiled("product: smtpids", "product: zeek"),
            (
                "5:22: error: the rule is for other logs; write"
                " 'logsource: {product: smtpids, category: smtp}'"
            ),
        ),
        (
            spoiled(", category: smtp}", "}"),
            (
                "5:12: error: the rule is for other logs; write"
                " 'logsource: {product: smtpids, category: smtp}'"
            ),
        ),
        (
            spoiled("category: smtp}", "category: smtp, service: mx}"),
            "5:47: error: unknown logsource key 'service'",
        ),
        (
            spoiled("level: high", "level: high\nsmtpids: on"),
            "12:10: error: 'smtpids' takes keys: message, sid, suppress, ...",
        ),
        (
            settings("supress: {by: [source.ip], for: 1h}"),
            "13:5: error: unknown setting 'supress', did you mean 'suppress'?",
        ),
        (settings("sid: 0"), "13:10: error: 'sid' takes a whole number from 1 to 999999999"),
        (settings("sid: '7'"), "13:10: error: 'sid' takes a whole number from 1 to 999999999"),
        (settings("enabled: 'no'"), "13:14: error: 'enabled' is true or false"),
        (settings("suppress: 10m"), "13:15: error: 'suppress' takes {by: [source.ip], for: 10m}"),
        (
            settings("suppress: {by: [source.ip], for: ten}"),
            "13:38: error: 'for' takes a time such as 30s, 10m, 1h or 1d",
        ),
        (
            settings("suppress: {by: [source.ip]}"),
            "13:15: error: 'for' takes a time such as 30s, 10m, 1h or 1d",
        ),
        (
            settings("suppress: {for: 1h}"),
            "13:15: error: 'by' takes a list of fields, as in {by: [source.ip], for: 10m}",
        ),
        (
            settings("suppress: {by: source.ip, for: 1h}"),
            "13:20: error: 'by' takes a list of fields, as in {by: [source.ip], for: 10m}",
        ),
        (
            settings("suppress: {by: [source.pi], for: 1h}"),
            "13:21: error: unknown field 'source.pi', did you mean 'source.ip'?",
        ),
        (
            settings("suppress: {by: [source.ip], for: 1h, per: x}"),
            "13:42: error: unknown key of 'suppress' 'per'",
        ),
        (
            settings("once_per: session"),
            "13:15: error: unknown field 'session', did you mean 'session.id'?",
        ),
        (
            settings("once_per: email.body.text"),
            "13:15: error: 'email.body.text' is never written; remove it from here",
        ),
        (
            settings("suppress: {by: [email.header.lines], for: 1h}"),
            "13:21: error: 'email.header.lines' is never written; remove it from here",
        ),
        (
            settings('message: "{email.body.text}"'),
            "13:16: error: 'email.body.text' is never written; remove it from the message",
        ),
        (
            settings("once_per: [session.id]"),
            "13:15: error: 'once_per' takes one field, such as session.id",
        ),
        (
            settings("once_per: session.id\n    suppress: {by: [source.ip], for: 1h}"),
            "13:5: error: 'once_per' and 'suppress' are two; keep one",
        ),
        (
            settings("message: 'by {source.pi}'"),
            "13:19: error: unknown field 'source.pi', did you mean 'source.ip'?",
        ),
        (
            settings("message: 'by {source.ip'"),
            "13:18: error: '{' stands alone; braces hold the name of a field",
        ),
        (settings("expires: soon"), "13:14: error: 'expires' takes a date such as 2026-11-23"),
    ],
)
def test_a_mistake_has_its_place_and_what_to_write_instead(text: str, fault: str) -> None:
    assert [f"probe.yml:{fault}"] == rule_document(text)[1]


def test_a_span_of_time_is_nanoseconds() -> None:
    spans = {"30s": 30, "10m": 600, "1h": 3600, "2d": 172_800}
    for text, seconds in spans.items():
        found, _ = document(f"suppress: {{by: [source.ip], for: {text}}}")
        assert isinstance(found, Mapping)
        faults = Faults()
        expected = Suppress(("source.ip",), seconds * 1_000_000_000)
        assert (expected, []) == (metadata.suppress(found, faults), said(faults))


@pytest.mark.parametrize("text", ["date: 2026-11-23", "date: '2026-11-23'"])
def test_a_date_may_stand_in_quotes(text: str) -> None:
    found, _ = document(text)
    assert isinstance(found, Mapping)
    assert dt.date(2026, 11, 23) == metadata.date(found, "date", Faults())


def test_the_fields_of_a_message_are_known() -> None:
    assert metadata.fields_in("{source.ip} met {smtp.helo}, {}") == ("source.ip", "smtp.helo")

from __future__ import annotations

import pytest

from smtpids.rules.tree import FALSE, And, Check, Node, Not, Op, Or
from tests.support.rules import judged, selection

A = Check("smtp.helo", Op.EQUALS, "a")
B = Check("smtp.helo", Op.EQUALS, "b")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("smtp.helo: a", A),
        ("smtp.helo: [a, b]", Or((A, B))),
        ("smtp.helo|all: [a, b]", And((A, B))),
        ("smtp.helo|neq: a", Not(A)),
        ("smtp.helo|neq: [a, b]", Not(Or((A, B)))),
        (
            "{smtp.helo: a, tls.established: true}",
            And((A, Check("tls.established", Op.EQUALS, True))),
        ),
        ("[{smtp.helo: a}, {smtp.helo: b}]", Or((A, B))),
        ("smtp.helo:", Check("smtp.helo", Op.NULL)),
        ("source.ip: 2001:DB8:0::1", Check("source.ip", Op.EQUALS, "2001:db8::1", cased=True)),
        ("tls.mode: STARTTLS", Check("tls.mode", Op.EQUALS, "starttls")),
        ("tls.mode: start*", Check("tls.mode", Op.STARTSWITH, "start")),
        ("smtp.dialogue|exists: true", Check("smtp.dialogue", Op.EXISTS, True)),
    ],
)
def test_a_selection_is_a_tree(text: str, node: Node) -> None:
    assert node == selection(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("smtp.helo2: x", "1:1: error: unknown field 'smtp.helo2', did you mean 'smtp.helo'?"),
        ("zebra: x", "1:1: error: unknown field 'zebra'; FIELDS.md lists the fields"),
        (
            "smtp.auth:\n    mechanism: PLAIN",
            "1:1: error: fields are written as a path; write 'smtp.auth.mechanism: ...'",
        ),
        ("smtp.helo: {a: b}", "1:12: error: 'smtp.helo' takes a value or a list of values"),
        ("smtp.helo: [a, [b]]", "1:16: error: a list of values cannot hold a list or mapping"),
        ("smtp.helo: [a, {b: c}]", "1:16: error: a list of values cannot hold a list or mapping"),
        (
            "smtp.helo: []",
            "1:12: error: an empty list is true of nothing; write null for 'missing'",
        ),
        ("{}", "1:1: error: the selection is empty"),
        ("[]", "1:1: error: the selection is empty"),
        (
            "smtp.helo|contians: x",
            "1:11: error: unknown modifier 'contians', did you mean 'contains'?",
        ),
        (
            "smtp.helo|expand: '%x%'",
            "1:19: error: the placeholder '%x%' has no value here",
        ),
        ("smtp.helo|contains|contains: x", "1:20: error: 'contains' is said twice"),
        (
            "smtp.helo|re|contains: x",
            (
                "1:14: error: 'contains' cannot follow 're'; write the place into the expression,"
                " as in '^mail' or '[.]example$'"
            ),
        ),
        ("smtp.helo|i: x", "1:11: error: 'i' is for expressions; write 'smtp.helo|re|i'"),
        (
            "source.ip|contains: 10.",
            (
                "1:11: error: 'contains' does not go with 'source.ip', which is an IP address;"
                " write 'source.ip|cidr: 192.0.2.0/24'"
            ),
        ),
        (
            "smtp.reply.code|startswith: '5'",
            (
                "1:17: error: 'startswith' does not go with 'smtp.reply.code', which is an integer;"
                " write 'smtp.reply.code|gte: 500', or list the numbers"
            ),
        ),
        (
            "smtp.helo|gt: 5",
            "1:11: error: 'gt' does not go with 'smtp.helo', which is a keyword",
        ),
        (
            "smtp.rcpt_to|cidr: 10.0.0.0/8",
            "1:14: error: 'cidr' does not go with 'smtp.rcpt_to', which is a list of keyword",
        ),
        ("smtp.helo: 25", "1:12: error: 25 is not a text in YAML; write it in quotes"),
        ("smtp.helo: NO", "1:12: error: NO is true or false in YAML; write it in quotes"),
        (
            "smtp.helo: 2026-11-23",
            "1:12: error: 2026-11-23 is not a text in YAML; write it in quotes",
        ),
        (
            "smtp.auth.outcome: sucess",
            "1:20: error: 'smtp.auth.outcome' is never 'sucess'; did you mean 'success'?",
        ),
        (
            "tls.mode: ssl",
            "1:11: error: 'tls.mode' is never 'ssl'; it is implicit or none or starttls",
        ),
        (
            "smtp.anomaly.kind: starttls_injected",
            (
                "1:20: error: 'smtp.anomaly.kind' is never 'starttls_injected'; did you mean"
                " 'starttls_injection'?"
            ),
        ),
        (
            "smtp.reply.code: 5*",
            (
                "1:18: error: 'smtp.reply.code' is an integer, '5*' is not; write a number, or"
                " 'smtp.reply.code|gte: 500'"
            ),
        ),
        (
            "smtp.reply.code: 5.5",
            (
                "1:18: error: 'smtp.reply.code' is an integer, '5.5' is not; write a number, or"
                " 'smtp.reply.code|gte: 500'"
            ),
        ),
        (
            "smtp.reply.code|gte: '500'",
            "1:22: error: 'gte' takes a number; write it without quotes",
        ),
        ("smtp.reply.code|gte: many", "1:22: error: 'gte' takes a number, not 'many'"),
        (
            "tls.established: 'false'",
            "1:18: error: 'tls.established' is true or false, not 'false'; write it without quotes",
        ),
        ("tls.established: 0", "1:18: error: 'tls.established' is true or false, not '0'"),
        ("smtp.helo|exists: yess", "1:19: error: 'exists' takes true or false, not 'yess'"),
        (
            "source.ip: 10.0.0.0/8",
            "1:12: error: '10.0.0.0/8' is not an IP address; write 'source.ip|cidr: 192.0.2.0/24'",
        ),
        ("source.ip: localhost", "1:12: error: 'localhost' is not an IP address"),
        (
            "source.ip|cidr: [10.0.0.0/8, 10.1.2.3/8]",
            (
                "1:30: error: '10.1.2.3/8' has bits set behind the prefix; write 10.0.0.0/8 or"
                " 10.1.2.3/32"
            ),
        ),
        (
            "source.ip|cidr: 10.0.0.0/33",
            "1:17: error: '10.0.0.0/33' is not a network; write 192.0.2.0/24 or 2001:db8::/32",
        ),
        (
            "smtp.helo|re: '(?=a)'",
            (
                "1:15: error: RE2 does not take the expression: invalid perl operator: (?= (it has"
                " no look-around and no back-references)"
            ),
        ),
        (
            "smtp.helo|fieldref: smtp.mail",
            "1:21: error: unknown field 'smtp.mail', did you mean 'smtp.mail_from'?",
        ),
        (
            "smtp.helo|fieldref: source.port",
            (
                "1:21: error: 'smtp.helo' is a keyword and 'source.port' an integer; they are never"
                " equal"
            ),
        ),
        ("'@timestamp|hour': 24", "1:20: error: 'hour' takes a whole number from 0 to 23"),
        (
            "'@timestamp': 5",
            "1:15: error: '@timestamp' is a time; compare a part of it, as in '@timestamp|hour: 3'",
        ),
        (
            "'@timestamp|gt': 5",
            (
                "1:13: error: 'gt' does not go with '@timestamp', which is a time; times are"
                " compared by minute, hour, day, week, month or year"
            ),
        ),
        (
            "smtp.dialogue: EHLO",
            (
                "1:16: error: 'smtp.dialogue' has values under names of its own; ask"
                " 'smtp.dialogue|exists: true'"
            ),
        ),
        (
            "smtp.helo|contains:",
            "1:20: error: there is no value here; write one, or '' for the empty text",
        ),
        (
            "smtp.helo|base64: a*",
            "1:19: error: base64 encoding of strings with wildcards is not allowed",
        ),
        ("'|exists': true", "1:3: error: 'exists' needs a field before the bar"),
        (
            "event.action: command\nsmtp.reply.code: 250",
            (
                "2:1: error: 'smtp.reply.code' is never in events whose event.action is command; it"
                " comes with auth or message or reply"
            ),
        ),
        (
            "smtp.auth.mechanism: PLAIN\nsmtp.message.size: 1",
            (
                "1:1: error: no event has all of these fields: smtp.auth.mechanism comes with auth,"
                " smtp.message.size comes with message"
            ),
        ),
    ],
)
def test_a_mistake_has_its_place_and_what_to_write_instead(text: str, fault: str) -> None:
    assert [f"probe.yml:{fault}"] == judged(text)[1]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("smtp.helo|all: x", "1:1: warning: 'all' has no effect on one value"),
        (
            "smtp.helo: '%hosts%'",
            (
                "1:12: warning: '%hosts%' is taken as it stands; for a placeholder write"
                " 'smtp.helo|expand'"
            ),
        ),
        (
            "destination.port: '25'",
            "1:19: warning: '25' is compared as a number; write it without quotes",
        ),
        (
            "[foo, bar]",
            (
                "1:1: warning: keywords search every value of the event and are slow; name the"
                " field, as in 'smtp.command.line|contains'"
            ),
        ),
    ],
)
def test_what_is_unwise_is_a_warning(text: str, warning: str) -> None:
    assert [f"probe.yml:{warning}"] == judged(text)[1]


def test_all_mistakes_of_a_selection_are_told() -> None:
    node, told = judged("smtp.helo2: x\nsmtp.helo|contians: x\ntls.mode: ssl\n")
    assert node == FALSE
    assert [int(fault.split(":")[1]) for fault in told] == [1, 2, 3]


def test_a_field_that_the_event_lacks_is_no_mistake_where_that_is_asked() -> None:
    assert selection("event.action: command\nsmtp.reply.code: null\n") != FALSE
    assert selection("event.action: command\nsmtp.reply.code|neq: 250\n") != FALSE


def test_a_wide_range_of_wildcards_is_refused_at_once() -> None:
    _, told = judged(f"smtp.helo: 'a*{'?x-' * 2000}'")
    assert ["it is longer than 4096 characters" in fault for fault in told] == [True]

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from smtpids.alerts.alert import alert
from smtpids.alerts.eve import eve_alert
from smtpids.alerts.record import Observer, identity, record
from smtpids.alerts.veil import Mode, Veil
from smtpids.rules.correlation import Correlated, Kind
from smtpids.rules.rule import Match
from smtpids.smtp.events import Event, Evidence, Line
from tests.unit.alerts.samples import MS, NOON, RULE, event, match, together

KEY = b"0123456789abcdef"
MASK = Veil(Mode.MASK, Mode.MASK)
HASH = Veil(Mode.HASH, Mode.HASH, KEY)
NONE = Veil(Mode.NONE, Mode.NONE)


def digits(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:16]


def said(*lines: str, action: str = "command", **changes: Any) -> list[str]:
    """Return the masked dialogue of lines that begin with C or S."""
    sides = {"C": "client", "S": "server"}
    evidence = [
        Line(number, sides[line[0]], line[3:], number, NOON)
        for number, line in enumerate(lines, start=1)
    ]
    made = event(action, smtp__auth__user=None, **changes)
    seen = Event(made.action, made.ts_ns, made.packet, made.fields, Evidence(evidence, 99))
    return [line.text for line in MASK.event(seen).evidence.lines(99)]


@pytest.mark.parametrize(
    ("clear", "masked"),
    [
        ("jane@example.com", "j***@example.com"),
        ("jane", "j***"),
        ("", ""),
        ('"jane doe"@example.com', "j***@example.com"),
        ("@a.example,@b.example:jane@example.com", "@a.example,@b.example:j***@example.com"),
        ("jane%example.org@example.com", "j***@example.com"),
        ("用户@例え.jp", "用***@例え.jp"),
        ("CORP\\jane", "C***"),
        ("@example.com", "@example.com"),
        ("a@b@example.com", "a***@example.com"),
    ],
)
def test_the_first_character_and_the_domain_stay(clear: str, masked: str) -> None:
    assert MASK.name(clear) == masked


def test_a_hash_is_keyed_and_the_same_for_the_same_name() -> None:
    assert HASH.name("Jane@Example.com") == f"{digits('jane')}@Example.com"
    assert HASH.name("jane") == digits("jane")
    assert HASH.name('"jane"@x.example') == f"{digits('jane')}@x.example"
    assert Veil(Mode.HASH, Mode.NONE, b"another key ....").name("jane") != digits("jane")


def test_a_subject_keeps_its_length_or_becomes_a_hash() -> None:
    assert MASK.subject("Grüße") == "*** (5 characters)"
    assert HASH.subject("Grüße") == digits("grüsse")
    assert MASK.subject("") == ""
    assert Veil(Mode.MASK, Mode.NONE).subject("Grüße") == "Grüße"


def test_without_a_mode_nothing_changes() -> None:
    for action in ("command", "auth", "message", "session_end"):
        clear = event(action)
        same = NONE.event(clear)
        assert clear.fields == same.fields
        lines = zip(clear.evidence.lines(), same.evidence.lines(), strict=True)
        assert all(one.text == other.text for one, other in lines)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("C: MAIL FROM:<jane@example.com> SIZE=10", "MAIL FROM:<j***@example.com> SIZE=10"),
        ("C: MAIL FROM:<> BODY=8BITMIME", "MAIL FROM:<> BODY=8BITMIME"),
        ("C: mail from: jane@example.com", "mail from: j***@example.com"),
        ("C: RCPT TO:<jane>", "RCPT TO:<j***>"),
        ("C: RCPT TO:<jane doe>", "RCPT TO:<j***>"),
        ('C: RCPT TO:<"jane> doe"@example.com>', "RCPT TO:<j***@example.com>"),
        ("C: RCPT TO:<jane.very.long…", "RCPT TO:<j***>"),
        ("C: RCPT TO jane", "RCPT TO j***"),
        ("C: VRFY jane", "VRFY j***"),
        ("C: VRFY Jane Doe", "VRFY J***"),
        ("C: EXPN staff", "EXPN s***"),
        ("C: USER jane", "USER j***"),
        (
            "C: MAIL FROM:<a@x.example> AUTH=jane@y.example",
            "MAIL FROM:<a***@x.example> AUTH=j***@y.example",
        ),
        (
            "C: RCPT TO:<a@x.example> ORCPT=rfc822;jane",
            "RCPT TO:<a***@x.example> ORCPT=rfc822;j***",
        ),
        ("C: XCLIENT LOGIN=jane NAME=mx.example", "XCLIENT LOGIN=j*** NAME=mx.example"),
        ("C: Subject: Invoice 17", "Subject: *** (10 characters)"),
        ("C: HELP jane@example.com", "HELP j***@example.com"),
        ("C: EHLO laptop.example", "EHLO laptop.example"),
        ("C: AUTH PLAIN <redacted>", "AUTH PLAIN <redacted>"),
        ("C: DATA", "DATA"),
        ("S: 250 <jane@example.com> ok", "250 <j***@example.com> ok"),
        ("S: 354 end with <CR><LF>.<CR><LF>", "354 end with <CR><LF>.<CR><LF>"),
        ("S: 220 mx.example ESMTP", "220 mx.example ESMTP"),
    ],
)
def test_a_line_of_the_dialogue_is_masked_where_a_name_stands(line: str, masked: str) -> None:
    assert said(line) == [masked]


def test_a_server_that_repeats_a_name_alone_is_masked_too() -> None:
    lines = said(
        "C: RCPT TO:<jane@example.com>",
        "S: 550 5.1.1 Jane: no such user, sorry jane.",
        "C: VRFY bob.stone",
        "S: 252 bob.stone may be here; janet is not",
    )
    assert lines[1] == "550 5.1.1 J***: no such user, sorry j***."
    assert lines[3] == "252 b*** may be here; janet is not"


def test_the_name_of_a_person_before_an_address_is_masked_after_vrfy_only() -> None:
    answer = "S: 250-2.1.5 Jane Doe 2 <jane@example.com> / Bob <bob@example.com>"
    assert (
        said("C: VRFY jane", answer)[1]
        == "250-2.1.5 *** <j***@example.com> / *** <b***@example.com>"
    )
    assert (
        said("C: RSET", answer)[1]
        == "250-2.1.5 Jane Doe 2 <j***@example.com> / Bob <b***@example.com>"
    )


@pytest.mark.parametrize(
    ("name", "clear", "masked"),
    [
        ("email.from.name", ["Jane Doe"], ["J***"]),
        ("email.received", ["by b for <jane@x.example>; now"], ["by b for <j***@x.example>; now"]),
        ("email.message_id", "17.jane@x.example", "1***@x.example"),
        ("email.authentication_results", ["smtp.mailfrom=jane@x.ex"], ["smtp.mailfrom=j***@x.ex"]),
        (
            "email.urls",
            ["https://x.example/?u=jane%40y.example&n=1"],
            ["https://x.example/?u=j***%40y.example&n=1"],
        ),
        ("smtp.reply.text", "alice is not here", "a*** is not here"),
        ("smtp.anomaly.detail", "MAIL FROM:<jane@x.example>", "MAIL FROM:<j***@x.example>"),
        ("smtp.command.parameters", ["AUTH=jane@x.example"], ["AUTH=j***@x.example"]),
        ("tls.server.subject", "emailAddress=jane@x.example", "e***@x.example"),
        ("smtp.mail_from_domain", "x.example", "x.example"),
        ("smtpids.pcap.file", "alice@x.pcap", "alice@x.pcap"),
        ("smtp.message.size", 17, 17),
    ],
)
def test_a_field_is_masked_by_what_it_holds(name: str, clear: Any, masked: Any) -> None:
    fields = {"smtp.auth.user": "alice", name: clear}
    seen = Event("message", NOON, 1, fields)
    assert MASK.event(seen).fields == {"smtp.auth.user": "a***", name: masked}


def test_names_of_attachments_are_looked_through() -> None:
    fields: dict[str, Any] = {"email.attachments": [{"file.name": "for jane@x.example.pdf"}]}
    seen = MASK.event(Event("message", NOON, 1, fields))
    assert seen.fields == {"email.attachments": [{"file.name": "for j***@x.example.pdf"}]}


def test_the_sentence_of_an_alert_and_related_users_are_masked() -> None:
    made = alert(match(), Observer(veil=MASK))
    reason = "192.0.2.10 authenticated as a***@example.net by PLAIN without TLS"
    assert made["event"]["reason"] == reason
    assert made["related"]["user"] == ["a***@example.net"]
    assert eve_alert(match(), Observer(veil=MASK))["alert"]["metadata"]["smtpids_reason"] == [
        reason
    ]


def test_the_groups_and_values_of_a_correlation_are_masked_once_by_what_they_mean() -> None:
    correlated = Correlated(
        Kind.VALUE_COUNT,
        2,
        (("user", "jane"), ("smtp.mail_from", "jane@x.example"), ("smtp.helo", "mx.example")),
        NOON,
        NOON + MS,
        ("a",),
        ("bob@x.example", "bob"),
        "smtp.rcpt_to",
        {"user": ("smtp.helo", "smtp.auth.user")},
    )
    masked = MASK.match(Match(RULE, event(), correlated=correlated)).correlated
    assert masked is not None
    assert masked.group == (
        ("user", "j***"),
        ("smtp.mail_from", "j***@x.example"),
        ("smtp.helo", "mx.example"),
    )
    assert masked.values == ("b***@x.example", "b***")


@pytest.mark.parametrize("veil", [MASK, HASH], ids=["mask", "hash"])
def test_ids_are_those_of_what_was_sent(veil: Veil) -> None:
    veiled = Observer(veil=veil)
    for one in (match(), match("message"), together()):
        assert alert(one, veiled)["event"]["id"] == alert(one, Observer())["event"]["id"]
    seen = event("message")
    assert record(seen, veiled)["event"]["id"] == identity(seen)
    assert RULE.title == alert(match(), veiled)["message"]


@pytest.mark.parametrize("filling", [" ", "\t", "a ", "/ ", "<@", "a@"])
def test_no_text_of_a_server_holds_the_veil_up(filling: str) -> None:
    """Blanks that may be shared in many ways once took minutes; a text has a thousand at most."""
    text = (filling * 1_000)[:1_000] + "a@b.example"
    assert said("C: VRFY jane", f"S: 250 {text}")[1].startswith("250 ")

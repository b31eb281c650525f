"""A session as the SMTP layer would tell it, and a rule, for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpids.rules.correlation import Correlated, Kind
from smtpids.rules.rule import Level, Match, Rule
from smtpids.smtp.events import Event, Evidence, Line

if TYPE_CHECKING:
    from smtpids.smtp.events import Fields

NOON = 1_795_435_200_000_000_000
"""2026-11-23T12:00:00Z in nanoseconds."""
MS = 1_000_000

LINES = [
    Line(1, "server", "220 mx.example.net ESMTP", 4, NOON),
    Line(2, "client", "EHLO laptop.example", 5, NOON + 10 * MS),
    Line(3, "server", "250-mx.example.net", 6, NOON + 20 * MS),
    Line(4, "server", "250 AUTH PLAIN", 6, NOON + 20 * MS),
    Line(5, "client", "AUTH PLAIN <redacted>", 7, NOON + 30 * MS),
]

CONTEXT: Fields = {
    "session.id": "1f3c",
    "session.client_role": "unknown",
    "session.server_role": "unknown",
    "session.midstream": False,
    "session.gap": False,
    "session.one_sided": False,
    "session.state": "ready",
    "network.community_id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "network.direction": "unknown",
    "source.ip": "192.0.2.10",
    "source.port": 51234,
    "destination.ip": "198.51.100.25",
    "destination.port": 587,
    "tls.established": False,
    "tls.mode": "none",
    "smtp.helo": "laptop.example",
    "smtp.greeting.code": 220,
    "smtp.greeting.text": "mx.example.net ESMTP",
    "smtp.ehlo.keywords": ["PIPELINING", "STARTTLS", "AUTH"],
    "smtp.starttls.offered": True,
    "smtp.starttls.state": "offered",
    "smtp.auth.succeeded": True,
    "smtp.auth.user": "alice@example.net",
    "smtp.auth.attempts": 1,
    "smtp.transaction.index": 1,
    "smtp.message.count": 0,
    "smtpids.pcap.file": "mail.pcap",
    "smtpids.pcap.packet": 7,
}

OWN: dict[str, Fields] = {
    "greeting": {},
    "command": {
        "smtp.command.verb": "MAIL",
        "smtp.command.argument": "FROM:<a@example.net>",
        "smtp.command.line": "MAIL FROM:<a@example.net>",
        "smtp.command.length": 27,
        "smtp.command.known": True,
        "smtp.command.pipelined": False,
    },
    "reply": {
        "smtp.reply.code": 250,
        "smtp.reply.class": 2,
        "smtp.reply.enhanced": "2.1.0",
        "smtp.reply.text": "OK",
    },
    "auth": {
        "smtp.auth.mechanism": "PLAIN",
        "smtp.auth.outcome": "success",
        "smtp.auth.offered": ["PLAIN"],
        "smtp.auth.mechanisms": ["PLAIN"],
    },
    "message": {
        "smtp.mail_from": "alice@example.net",
        "smtp.mail_from_domain": "example.net",
        "smtp.rcpt_to": ["bob@example.org", "carol@example.org"],
        "smtp.rcpt.accepted": 2,
        "smtp.rcpt.rejected": 0,
        "smtp.message.framing": "DATA",
        "smtp.message.size": 12_345,
        "smtp.message.complete": True,
        "smtp.message.accepted": True,
        "smtp.message.hash.md5": "0" * 32,
        "smtp.message.hash.sha256": "1" * 64,
        "smtp.message.body.hash.md5": "2" * 32,
        "smtp.reply.code": 250,
        "email.from.address": ["alice@example.net"],
        "email.to.address": ["bob@example.org"],
        "email.subject": "Grüße",
        "email.message_id": "x@example.net",
        "email.attachments": [
            {"file.name": "a.pdf", "file.size": 3, "file.hash.sha256": "3" * 64},
        ],
    },
    "anomaly": {"smtp.anomaly.kind": "bare_lf", "smtp.anomaly.detail": "client line 3"},
    "session_end": {
        "session.start": NOON,
        "session.duration": 1_500 * MS,
        "session.close_reason": "fin",
        "smtp.quit": True,
        "smtp.message.count": 1,
        "smtp.auth.mechanisms": ["PLAIN"],
        "smtp.dialogue": [
            {"verb": "EHLO", "code": 250},
            {"verb": "RCPT", "code": 250},
            {"verb": "RCPT", "code": 250},
            {"verb": "QUIT", "code": None},
        ],
    },
}


def event(action: str = "auth", *, at: int = NOON, packet: int = 7, **changes: Any) -> Event:
    """Return an event of the session; `changes` name fields with `__` for the dots."""
    fields: Fields = {"@timestamp": at, "event.action": action, **CONTEXT, **OWN.get(action, {})}
    fields |= {name.replace("__", "."): value for name, value in changes.items()}
    return Event(action, at, packet, fields, Evidence(LINES, 5))


RULE = Rule(
    name="auth_before_tls",
    title="Credentials sent before TLS",
    level=Level.HIGH,
    uuid="6c2f0f1e-6c0f-4b4c-9b34-0e5d6d1c7a11",
    category="auth",
    description="A client authenticated\nwithout TLS.",
    message="{source.ip} authenticated as {smtp.auth.user} by {smtp.auth.mechanism} without TLS",
    tags=("attack.credential-access", "attack.t1040"),
    references=("https://www.rfc-editor.org/rfc/rfc4954#section-4",),
    author="A. Nother, B. Other",
    sid=9_001_001,
    revision="2026-11-20",
)


def match(action: str = "auth", *, suppressed: int = 0, **changes: Any) -> Match:
    """Return a match of RULE with such an event."""
    return Match(RULE, event(action, **changes), suppressed)


def together(**changes: Any) -> Match:
    """Return a match of a correlation of three logins."""
    correlated = Correlated(
        Kind.VALUE_COUNT,
        3,
        (("source.ip", "192.0.2.10"),),
        NOON - 1500 * MS,
        NOON,
        ("login_failed",),
        ("ann", "bob\x1b"),
    )
    message = (
        "{smtpids.correlation.count} users of {source.ip} since {smtpids.correlation.start}:"
        " {smtpids.correlation.values}"
    )
    rule = Rule("spraying", "Spraying", Level.HIGH, message=message)
    return Match(rule, event(), 0, correlated._replace(**changes))

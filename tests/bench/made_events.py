"""Events as a mail server sees them, made up: all kinds, some 39 fields each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpids.smtp.events import Event

if TYPE_CHECKING:
    from random import Random  # noqa: TID251 -- the caller seeds it

#: Events of each kind in a hundred: a session is mostly commands and their replies.
PROPORTIONS = {
    "greeting": 5,
    "command": 36,
    "reply": 36,
    "auth": 4,
    "starttls": 3,
    "tls": 3,
    "message": 6,
    "anomaly": 2,
    "session_end": 5,
}
VERBS = ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "RCPT", "DATA", "RSET", "NOOP", "QUIT")
CODES = (220, 221, 235, 250, 250, 250, 334, 354, 421, 450, 451, 530, 535, 550, 552, 554)
PORTS = (25, 25, 25, 465, 587, 587, 2525)
# fmt: off
WORDS = (
    "report", "week", "attached", "read", "monday", "take", "part",
    "please", "send", "numbers", "last", "month", "still", "right",
    "order", "offer", "meeting", "minutes", "draft", "contract", "holiday",
    "train", "ticket", "garden", "winter", "budget", "review",
)
# fmt: on


def made_events(count: int, rng: Random) -> list[Event]:
    """Return `count` events."""
    kinds = rng.choices(list(PROPORTIONS), list(PROPORTIONS.values()), k=count)
    return [_event(kind, number, rng) for number, kind in enumerate(kinds)]


def words(rng: Random, count: int) -> str:
    """Return some words in a row."""
    return " ".join(rng.choices(WORDS, k=count)).capitalize()


def _host(rng: Random) -> str:
    return f"{rng.choice(WORDS)}{rng.randrange(90)}.{rng.choice(WORDS)}.example"


def _address(rng: Random) -> str:
    return f"{rng.choice(WORDS)}.{rng.choice(WORDS)}{rng.randrange(50)}@{_host(rng)}"


def _event(kind: str, number: int, rng: Random) -> Event:
    established = rng.random() < 0.6
    sender = _address(rng)
    fields: dict[str, Any] = {
        "@timestamp": 1_700_000_000_000_000_000 + number * 1_000_000,
        "event.action": kind,
        "session.id": f"C{rng.getrandbits(80):x}",
        "network.community_id": f"1:{rng.getrandbits(120):x}=",
        "network.direction": rng.choice(("inbound", "outbound", "internal")),
        "network.type": "ipv4",
        "network.transport": "tcp",
        "network.protocol": "smtp",
        "source.ip": f"198.51.{rng.randrange(200)}.{rng.randrange(250)}",
        "source.port": rng.randrange(1024, 65536),
        "destination.ip": f"192.0.2.{rng.randrange(20)}",
        "destination.port": rng.choice(PORTS),
        "session.client_role": "unknown",
        "session.server_role": "mx",
        "session.midstream": False,
        "session.gap": False,
        "session.one_sided": False,
        "session.state": "ready",
        "session.start": 1_700_000_000_000_000_000,
        "tls.established": established,
        "tls.mode": "starttls" if established else "none",
        "smtp.helo": _host(rng),
        "smtp.greeting.code": 220,
        "smtp.greeting.text": f"{_host(rng)} ESMTP Postfix",
        "smtp.greeting.masked": False,
        "smtp.ehlo.keywords": ["PIPELINING", "SIZE", "STARTTLS", "8BITMIME", "CHUNKING"],
        "smtp.starttls.offered": True,
        "smtp.starttls.state": "established" if established else "offered",
        "smtp.auth.succeeded": False,
        "smtp.auth.user": sender,
        "smtp.auth.attempts": rng.randrange(3),
        "smtp.auth.failures": 0,
        "smtp.transaction.index": 1,
        "smtp.message.count": rng.randrange(2),
        "smtp.command.count": rng.randrange(12),
        "smtp.mail_from": sender,
        "smtp.mail_from_domain": sender.partition("@")[2],
        "smtp.rcpt_to": [_address(rng) for _ in range(rng.choice((1, 1, 1, 2, 5)))],
        "smtp.rcpt.accepted": 1,
    }
    fields.update(_OWN.get(kind, _nothing)(rng))
    return Event(kind, fields["@timestamp"], number, fields)


def _nothing(rng: Random) -> dict[str, Any]:
    return {}


def _command(rng: Random) -> dict[str, Any]:
    verb = rng.choice(VERBS)
    argument = {"MAIL": f"FROM:<{_address(rng)}>", "RCPT": f"TO:<{_address(rng)}>"}.get(verb, "")
    return {
        "smtp.command.verb": verb,
        "smtp.command.argument": argument,
        "smtp.command.line": f"{verb} {argument}",
        "smtp.command.length": len(verb) + len(argument) + 3,
        "smtp.command.known": True,
        "smtp.command.pipelined": rng.random() < 0.1,
        "smtp.command.in_order": True,
    }


def _reply(rng: Random) -> dict[str, Any]:
    code = rng.choice(CODES)
    return {
        "smtp.reply.code": code,
        "smtp.reply.class": code // 100,
        "smtp.reply.enhanced": f"{code // 100}.1.0",
        "smtp.reply.text": words(rng, 4),
        "smtp.reply.verb": rng.choice(VERBS),
    }


def _auth(rng: Random) -> dict[str, Any]:
    return {
        "smtp.auth.mechanism": rng.choice(("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")),
        "smtp.auth.outcome": rng.choice(("success", "failure", "tempfail", "aborted")),
        "smtp.auth.length": rng.randrange(60),
        "smtp.reply.code": rng.choice((235, 535)),
    }


def _tls(rng: Random) -> dict[str, Any]:
    return {
        "tls.outcome": "established",
        "tls.version": rng.choice(("1.2", "1.3", "1.3", "1.0")),
        "tls.server.subject": f"CN={_host(rng)}",
        "tls.server.issuer": "CN=Example CA,O=Example",
        "tls.certificate.expired": False,
    }


def _message(rng: Random) -> dict[str, Any]:
    files = rng.choice((0, 0, 1, 2))
    return {
        "smtp.message.size": rng.randrange(500, 4_000_000),
        "smtp.message.complete": True,
        "email.from.address": [_address(rng)],
        "email.from.name": [words(rng, 2)],
        "email.to.address": [_address(rng)],
        "email.subject": words(rng, rng.randrange(3, 10)),
        "email.message_id": f"{rng.getrandbits(64):x}@{_host(rng)}",
        "email.urls": [
            f"https://{_host(rng)}/{'/'.join(rng.choices(WORDS, k=3))}"
            for _ in range(rng.choice((0, 1, 3, 8)))
        ],
        "email.attachments.file.name": [f"{rng.choice(WORDS)}.pdf" for _ in range(files)],
        "email.attachments.file.extension": ["pdf"] * files,
        "email.attachments.file.hash.sha256": [f"{rng.getrandbits(256):064x}"] * files,
    }


def _anomaly(rng: Random) -> dict[str, Any]:
    return {
        "smtp.anomaly.kind": rng.choice(("bare_lf", "long_line", "starttls_injection")),
        "smtp.anomaly.detail": words(rng, 3),
        "smtp.anomaly.side": "client",
    }


def _session_end(rng: Random) -> dict[str, Any]:
    return {
        "session.close_reason": rng.choice(("fin", "rst", "timeout")),
        "session.duration": rng.randrange(10**10),
        "session.packets": rng.randrange(10, 400),
        "source.bytes": rng.randrange(10**6),
    }


_OWN = {
    "command": _command,
    "reply": _reply,
    "auth": _auth,
    "tls": _tls,
    "message": _message,
    "anomaly": _anomaly,
    "session_end": _session_end,
}

"""Selections as the authors of rules write them, made up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtpids.smtp.anomalies import ANOMALIES
from tests.bench.made_events import CODES, VERBS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random  # noqa: TID251 -- the caller seeds it

    Made = dict[str, Any]
    Maker = Callable[[Random], Made]

#: Rules for each kind of event in a hundred; a third look into mail.
PROPORTIONS = {
    "message": 34,
    "command": 18,
    "auth": 14,
    "reply": 9,
    "session_end": 8,
    "tls": 6,
    "anomaly": 5,
    "starttls": 3,
    "greeting": 3,
}
#: How often a rule asks for a word that events hold, so that some rules match.
COMMON = 0.003
# fmt: off
SYLLABLES = (
    "ba", "ce", "di", "fo", "gu", "ha", "je",
    "ki", "lo", "mu", "na", "pe", "qui", "ro",
    "su", "ta", "ve", "wi", "xo", "yu", "za",
    "kra", "sti", "plo",
)
# fmt: on


def made_rules(count: int, rng: Random) -> list[tuple[Made, Made | None]]:
    """Return `count` selections, each with what its filter excludes, if it has one."""
    kinds = rng.choices(list(PROPORTIONS), list(PROPORTIONS.values()), k=count)
    return [_rule(kind, rng) for kind in kinds]


def _rule(kind: str, rng: Random) -> tuple[Made, Made | None]:
    wanted: Made = {"event.action": kind}
    wanted.update(rng.choice(_MAKERS[kind])(rng))
    for maker in rng.sample(_COMMON, k=rng.choice((0, 0, 1, 1, 2))):
        wanted.update(maker(rng))
    unless = rng.choice(_FILTERS)(rng) if rng.random() < 0.3 else None
    return wanted, unless


def _word(rng: Random) -> str:
    if rng.random() < COMMON:
        return rng.choice(WORDS)
    return "".join(rng.choices(SYLLABLES, k=rng.randrange(3, 6)))


def _words(rng: Random, most: int = 12) -> list[str]:
    return [_word(rng) for _ in range(rng.randrange(1, most))]


def _pattern(rng: Random) -> str:
    return rng.choice((r"(?i)\b{}[a-z]*\d{{2,}}\b", r"{}(-|_)?\d+", r"^{}\s.*{}$")).format(
        _word(rng), _word(rng)
    )


def _networks(rng: Random) -> list[str]:
    return [
        f"10.{rng.randrange(250)}.{rng.randrange(250)}.0/24" for _ in range(rng.randrange(1, 4))
    ]


def _texts(name: str) -> list[Maker]:
    """Return what is asked of a text: words anywhere in most cases."""
    return [
        lambda rng: {f"{name}|contains": _words(rng)},
        lambda rng: {f"{name}|contains": _words(rng)},
        lambda rng: {f"{name}|startswith": _words(rng, 5)},
        lambda rng: {f"{name}|endswith": [f".{word}" for word in _words(rng, 5)]},
        lambda rng: {f"{name}|re": _pattern(rng)},
    ]


_COMMON: list[Maker] = [
    lambda rng: {"tls.established": rng.random() < 0.3},
    lambda rng: {"destination.port": rng.choice((25, 465, 587, [25, 2525], [465, 587]))},
    lambda rng: {"network.direction": rng.choice(("inbound", "outbound", "external"))},
    lambda rng: {"source.ip|cidr": _networks(rng)},
    lambda rng: {"smtp.auth.attempts|gte": rng.randrange(2, 9)},
    lambda rng: {"smtp.rcpt_to|contains": _words(rng, 4)},
    lambda rng: {"smtp.mail_from_domain|endswith": [f".{word}" for word in _words(rng, 4)]},
]
_FILTERS: list[Maker] = [
    lambda rng: {"source.ip|cidr": _networks(rng)},
    lambda rng: {"smtp.helo|endswith": [f".{word}.example" for word in _words(rng, 3)]},
    lambda rng: {"session.client_role": "trusted_relay"},
    lambda rng: {"smtp.mail_from": [f"{word}@site.example" for word in _words(rng, 4)]},
]
_MAKERS: dict[str, list[Maker]] = {
    "message": [
        *_texts("email.subject"),
        *_texts("email.urls"),
        *_texts("email.attachments.file.name"),
        lambda rng: {"email.attachments.file.extension": _words(rng, 6)},
        lambda rng: {"email.attachments.file.hash.sha256": f"{rng.getrandbits(256):064x}"},
        lambda rng: {"email.from.address|endswith": [f"@{word}.example" for word in _words(rng)]},
        lambda rng: {"smtp.message.size|gt": rng.randrange(4_000_000, 9_000_000)},
    ],
    "command": [
        lambda rng: (
            {"smtp.command.verb": rng.choice((*VERBS, "VRFY", "EXPN", "TURN", "XCLIENT"))}
            | {"smtp.command.length|gt": rng.randrange(500, 2000)}
        ),
        lambda rng: {"smtp.command.verb": ["VRFY", "EXPN"], "smtp.command.in_order": False},
        lambda rng: {
            "smtp.command.verb": rng.choice(VERBS),
            "smtp.command.argument|contains": _words(rng),
        },
        lambda rng: {"smtp.command.verb": "RCPT", "smtp.command.argument|re": _pattern(rng)},
        lambda rng: {"smtp.command.verb": _word(rng).upper()},
    ],
    "reply": [
        lambda rng: {"smtp.reply.code": rng.choice(CODES), "smtp.reply.text|contains": _words(rng)},
        lambda rng: (
            {"smtp.reply.verb": rng.choice(VERBS), "smtp.reply.class": 5}
            | {"smtp.reply.text|contains": _words(rng)}
        ),
    ],
    "auth": [
        lambda rng: {"smtp.auth.outcome": "success", "smtp.auth.user": _words(rng)},
        lambda rng: {"smtp.auth.outcome": "failure", "smtp.auth.user|startswith": _words(rng)},
        lambda rng: (
            {"smtp.auth.mechanism": rng.choice(("NTLM", "PLAIN", ["LOGIN", "PLAIN"]))}
            | {"smtp.auth.length|gt": rng.randrange(60, 200)}
        ),
        lambda rng: {"smtp.auth.outcome": "failure", "source.ip|cidr": _networks(rng)},
    ],
    "session_end": [
        lambda rng: (
            {"session.close_reason": rng.choice(("limit", "rst"))}
            | {"session.packets|gt": rng.randrange(400, 9000)}
        ),
        lambda rng: {"source.bytes|gt": rng.randrange(10**6, 10**8), "destination.port": 25},
        lambda rng: {"smtp.helo|re": _pattern(rng)},
        lambda rng: {"smtp.helo|contains": _words(rng)},
    ],
    "tls": [
        lambda rng: {"tls.version": ["1.0", "1.1"], "tls.server.subject|contains": _words(rng)},
        lambda rng: {"tls.server.issuer": f"CN={_word(rng)}"},
        lambda rng: {"tls.certificate.expired": True, "destination.port": 25},
    ],
    "anomaly": [
        lambda rng: (
            {"smtp.anomaly.kind": rng.choice(sorted(ANOMALIES))}
            | {"smtp.anomaly.detail|contains": _words(rng)}
        ),
    ],
    "starttls": [
        lambda rng: {
            "smtp.starttls.code": rng.choice((454, 501)),
            "smtp.helo|contains": _words(rng),
        },
    ],
    "greeting": [
        lambda rng: {"smtp.greeting.text|contains": _words(rng)},
        lambda rng: (
            {"smtp.greeting.code": rng.choice((421, 554))}
            | {"smtp.greeting.text|startswith": _words(rng)}
        ),
    ],
}

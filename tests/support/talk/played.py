"""What a client did and was told in one dialogue, by its own account.

The account is what smtpids and the server's log are held against. It is written by the program
that spoke, which knows what it sent, and not by reading packets.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Turn:
    """A command or an end of data, and the reply to it."""

    verb: str
    line: str
    hidden: bool
    """Whether TLS hides it."""
    code: int | None = None
    """Of AUTH the last reply; None if no reply came."""
    grouped: bool = False
    """Whether it was sent before the reply to what came before it."""


@dataclass
class SentLogin:
    """An AUTH exchange that the client is done with."""

    mechanism: str
    user: str
    outcome: str
    code: int | None
    told: bool
    """Whether the client sent anything beside the mechanism."""
    hidden: bool


@dataclass
class SentLetter:
    """A message, whole or broken off."""

    mail_from: str | None
    """None where there was no envelope."""
    rcpt_to: list[str]
    refused: int
    framing: str
    size: int
    sha256: str
    lines: int
    """Line ends in it."""
    chunks: int
    complete: bool
    code: int | None
    hidden: bool


@dataclass
class Played:
    """One dialogue as it went."""

    name: str
    server_port: int
    client_port: int
    greeting: tuple[int, str] | None = None
    turns: list[Turn] = field(default_factory=list)
    replies: list[tuple[int, str]] = field(default_factory=list)
    """Every reply that can be seen, behind the greeting: code and text, its lines joined by LF."""
    logins: list[SentLogin] = field(default_factory=list)
    letters: list[SentLetter] = field(default_factory=list)
    helo: str = ""
    keywords: list[str] = field(default_factory=list)
    """Of the last EHLO that can be seen."""
    starttls: str = "none"
    tls: str = ""
    """The version agreed on; empty if there was no TLS."""
    cipher: str = ""
    certificate: str = ""
    """SHA-256 of the server's certificate."""
    fault: str = ""
    """What went wrong with TLS, in the words of OpenSSL."""
    implicit: bool = False
    last: list[tuple[int, str]] = field(default_factory=list)
    """The replies that came in clear behind the client's last word."""
    silent: bool = False
    """Whether the server owed an answer until the client had enough."""
    log: list[str] = field(default_factory=list)
    """The transcript, for people."""

    def turns_in(self, *, hidden: bool) -> list[Turn]:
        """Return the turns inside TLS, or those in clear."""
        return [turn for turn in self.turns if turn.hidden is hidden]


def dump(played: list[Played]) -> str:
    """Write accounts as JSON."""
    return json.dumps([asdict(each) for each in played])


def load(text: str) -> list[Played]:
    """Read what `dump` wrote."""
    return [_played(each) for each in json.loads(text)]


def _played(facts: dict[str, Any]) -> Played:
    greeting = facts.pop("greeting")
    replies, last = ([(code, text) for code, text in facts.pop(key)] for key in ("replies", "last"))
    return Played(
        turns=[Turn(**turn) for turn in facts.pop("turns")],
        logins=[SentLogin(**login) for login in facts.pop("logins")],
        letters=[SentLetter(**sent) for sent in facts.pop("letters")],
        greeting=(greeting[0], greeting[1]) if greeting else None,
        replies=replies,
        last=last,
        **facts,
    )

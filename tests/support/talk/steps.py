"""What a client may be told to do in a dialogue, as data.

A dialogue is a list of steps; `client.py` takes them and writes down what came of them. Nothing
here knows what a server will answer, so that one dialogue serves for every server.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

BLOCK = 997
"""Octets of a write where messages are cut into blocks, which fit to no line."""


class Cut(StrEnum):
    """Into which writes the client's octets are cut; each write is a segment of its own."""

    WHOLE = "whole"
    """A command or a message in one write."""
    OCTETS = "octets"
    """Commands octet by octet, and so the end of a message."""
    LINE_ENDS = "line ends"
    """Between CR and LF."""
    BLOCKS = "blocks"
    """Blocks of BLOCK octets."""


class Close(StrEnum):
    """How the client leaves."""

    QUIT = "quit"
    FIN = "fin"
    """Without QUIT; what the server still says is read."""
    RESET = "reset"
    WAIT = "wait"
    """The server closes, as it said it would."""


@dataclass(frozen=True)
class Say:
    """A command line."""

    line: bytes
    verb: str
    path: str = ""
    """The address in it, for MAIL and RCPT."""
    end: bytes = b"\r\n"

    @property
    def wire(self) -> bytes:
        """What is sent."""
        return self.line + self.end


@dataclass(frozen=True)
class Letter:
    """DATA, and the message if the server wants it."""

    wire: bytes
    """What is sent, with doubled dots and with the end."""
    content: bytes
    """What the server takes out of it."""
    asked: bool = True
    """Whether DATA is still to be sent; not so behind a group that ends in it."""
    broken_off: bool = False
    """The end is missing: the connection ends in the middle."""


@dataclass(frozen=True)
class Chunk:
    """BDAT with its octets in the same write."""

    octets: bytes
    last: bool
    verb: ClassVar = "BDAT"

    @property
    def line(self) -> bytes:
        """The command."""
        return b"BDAT %d" % len(self.octets) + (b" LAST" if self.last else b"")

    @property
    def wire(self) -> bytes:
        """What is sent."""
        return self.line + b"\r\n" + self.octets


@dataclass(frozen=True)
class Group:
    """Steps that are sent in one write before any reply is read (RFC 2920)."""

    steps: tuple[Say | Chunk, ...]


@dataclass(frozen=True)
class Login:
    """An AUTH exchange."""

    mechanism: str
    user: str
    password: str
    initial: bool = True
    """Whether the first answer is in the command."""
    answers: tuple[bytes, ...] | None = None
    """What is answered to challenges, in place of what the mechanism asks for."""

    def prepared(self) -> list[bytes]:
        """Return the answers that need no challenge, as they are on the wire."""
        if self.answers is not None:
            return [*self.answers]
        user, password = self.user.encode(), self.password.encode()
        plain = {"PLAIN": [b"\0" + user + b"\0" + password], "LOGIN": [user, password]}
        return [base64.b64encode(answer) for answer in plain.get(self.mechanism, [])]

    def digest(self, challenge: str) -> bytes:
        """Return the answer to a challenge of CRAM-MD5 (RFC 2195)."""
        key = hmac.new(self.password.encode(), base64.b64decode(challenge), "md5")
        return base64.b64encode(f"{self.user} {key.hexdigest()}".encode())


@dataclass(frozen=True)
class Secure:
    """STARTTLS and the handshake, if the server agrees."""

    newest: str = "1.3"
    trusting: bool = True
    """Whether the client knows the authority that signed the certificate."""
    behind: bytes = b""
    """What is sent in the same write as STARTTLS."""
    handshake: bool = True
    """Whether TLS follows at all."""


Step: TypeAlias = Say | Letter | Chunk | Group | Login | Secure


@dataclass(frozen=True)
class Dialogue:
    """One connection from its beginning to its end."""

    name: str
    port: int
    steps: tuple[Step, ...]
    close: Close = Close.QUIT
    cut: Cut = Cut.WHOLE
    implicit: str = ""
    """The newest TLS version that is offered from the first octet; none if empty."""
    patient: bool = True
    """Whether the client waits for the greeting before it speaks."""
    odd: tuple[str, ...] = ()
    """The anomalies that must be told of it; what is legal has none."""
    servers: frozenset[str] = frozenset({"Postfix", "Exim", "OpenSMTPD"})
    """With which servers it is held."""


def say(line: str) -> Say:
    """Return a command that is not about an address."""
    words = line.split(None, 1)
    return Say(line.encode(), words[0].upper() if words else "")


def mail(sender: str, parameters: str = "", line: str = "MAIL FROM:<{}>{}") -> Say:
    """Return MAIL."""
    return Say(line.format(sender, parameters).encode(), "MAIL", sender)


def rcpt(recipient: str, parameters: str = "", line: str = "RCPT TO:<{}>{}") -> Say:
    """Return RCPT."""
    return Say(line.format(recipient, parameters).encode(), "RCPT", recipient)


def letter(content: bytes, *, asked: bool = True) -> Letter:
    """Return a message that is sent as RFC 5321 4.5.2 wants it."""
    dotted = re.sub(rb"(^|\r\n)\.", rb"\1..", content)
    end = b"" if not content or content.endswith(b"\r\n") else b"\r\n"
    return Letter(dotted + end + b".\r\n", content + end, asked)


def chunks(content: bytes, *sizes: int, closing: bool = False) -> tuple[Chunk, ...]:
    """Return a message in chunks of these sizes and the rest.

    `closing`: the sizes are all of it, and an empty chunk ends it.
    """
    parts, at = [], 0
    for size in sizes:
        parts.append(content[at : at + size])
        at += size
    parts.append(b"" if closing else content[at:])
    return tuple(Chunk(part, last=i == len(parts) - 1) for i, part in enumerate(parts))


HELLO = say("EHLO client.example.net")
HELO = say("HELO client.example.net")
BOB = "bob@example.org"

EVERY = frozenset({"Postfix", "Exim", "OpenSMTPD"})
CHUNKING = frozenset({"Postfix", "Exim"})
"""The servers that offer CHUNKING, PIPELINING and, on all ports, AUTH in clear.

They are also those whose TLS works: Debian 12's OpenSMTPD fails at every handshake with OpenSSL 3.
"""


def sender(name: str, number: int = 1) -> str:
    """Return the address by which a server's log tells whose message it was."""
    return f"{name}.{number}@example.net"


def envelope(name: str, *recipients: str, number: int = 1, parameters: str = "") -> list[Say]:
    """Return MAIL, and RCPT for each recipient."""
    to = [rcpt(recipient) for recipient in recipients or (BOB,)]
    return [mail(sender(name, number), parameters), *to]

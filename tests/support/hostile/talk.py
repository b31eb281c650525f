"""Sessions that hostile traffic begins with, and the table that it is entered in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tests.support.wire import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtpids.capture.frames import Frame

#: Makes about so many octets of traffic.
Maker: TypeAlias = "Callable[[int], list[Frame]]"

GREETING = b"220 mx.example ESMTP\r\n"
KEYWORDS = (
    b"250-mx.example\r\n250-PIPELINING\r\n250-SIZE 99000000\r\n250-STARTTLS\r\n250-CHUNKING\r\n"
    b"250-BINARYMIME\r\n250-AUTH PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM XOAUTH2 SCRAM-SHA-256\r\n"
    b"250 SMTPUTF8\r\n"
)


def opened(number: int = 0, port: int = 25) -> Conversation:
    """Return a connection behind its handshake; each `number` is another client."""
    client = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Conversation((client, 40_000), ("198.51.100.2", port), step_ns=1_000).open()


def greeted(number: int = 0, port: int = 25) -> Conversation:
    """Return a session behind its EHLO."""
    session = opened(number, port).server(GREETING).client(b"EHLO client.example\r\n")
    return session.server(KEYWORDS)


def in_message(number: int = 0) -> Conversation:
    """Return a session that may send a message."""
    session = greeted(number).client(b"MAIL FROM:<a@b.example>\r\n").server(b"250 ok\r\n")
    session.client(b"RCPT TO:<c@d.example>\r\n").server(b"250 ok\r\n")
    return session.client(b"DATA\r\n").server(b"354 go\r\n")


def repeated(piece: bytes, octets: int) -> bytes:
    """Return `piece` so often that it is about so many octets."""
    return piece * max(octets // len(piece), 1)

"""Sessions driven octet by octet through a socket, run as a program on the client's machine.

No mail client can be made to send these: a command behind STARTTLS in the same segment, an end of
data that is none, SMTP in clear after the server agreed to TLS. The servers at the other end are
real, and so is what they answer.
"""

from __future__ import annotations

import socket
import ssl
import sys
from typing import TYPE_CHECKING

from pcaps.record import accounts
from pcaps.record.machines import SERVER
from pcaps.record.servers import AUTHORITY

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO = b"EHLO client.example.net\r\n"
ENDINGS = {"lf": b"\n.\n", "lf-crlf": b"\n.\r\n", "crlf-lf": b"\r\n.\n", "cr": b"\r.\r"}
"""Ends of data that some servers take for CRLF.CRLF."""


class Talk:
    """A connection: `say` sends octets in one write, `hear` reads one whole reply."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((SERVER, port), timeout=10)
        self._held = b""

    def say(self, octets: bytes) -> None:
        """Send octets."""
        self._socket.sendall(octets)

    def hear(self) -> str:
        """Return the next reply, all of its lines; nothing when the server has closed."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            while b"\n" not in self._held:
                octets = self._socket.recv(65536)
                if not octets:
                    return "\n".join(lines)
                self._held += octets
            line, _, self._held = self._held.partition(b"\n")
            lines.append(line.decode().rstrip("\r"))
        print("\n".join(lines))
        return "\n".join(lines)

    def ask(self, *commands: bytes) -> str:
        """Send each command after the reply to the one before; return the last reply."""
        reply = ""
        for command in commands:
            self.say(command)
            reply = self.hear()
        return reply

    def secure(self) -> None:
        """Make the TLS handshake, and trust only the recording's own authority."""
        context = ssl.create_default_context(cafile=AUTHORITY)
        self._socket = context.wrap_socket(self._socket, server_hostname="mail.example.org")

    def close(self) -> None:
        """Take what the server still says, and close."""
        while self._socket.recv(65536):
            pass
        self._socket.close()


def envelope(sender: str, *recipients: str) -> list[bytes]:
    """Return the commands of an envelope, DATA included."""
    to = [f"RCPT TO:<{recipient}>\r\n".encode() for recipient in recipients]
    return [f"MAIL FROM:<{sender}>\r\n".encode(), *to, b"DATA\r\n"]


def command_injection(verb: str) -> None:
    """STARTTLS and another command in one segment; then TLS and a letter, if the server will."""
    talk = Talk(25)
    talk.hear()
    talk.ask(HELLO)
    talk.say(b"STARTTLS\r\n" + verb.encode() + b"\r\n")
    if talk.hear().startswith("220"):
        talk.secure()
        letter = accounts.letter(41, accounts.ALICE, accounts.BOB)
        text = letter.replace(b"\r\n.", b"\r\n..") + b".\r\n"
        talk.ask(HELLO, *envelope(accounts.ALICE, accounts.BOB), text, b"QUIT\r\n")
    talk.close()


def smuggle(ending: str) -> None:
    """A letter with a second envelope behind an ambiguous end of data, all in one write."""
    talk = Talk(25)
    talk.hear()
    talk.ask(HELLO, *envelope(accounts.ALICE, accounts.BOB))
    visible = accounts.letter(42, accounts.ALICE, accounts.BOB, "The visible letter.")
    hidden = accounts.letter(43, accounts.OUTSIDER, accounts.CAROL, "The smuggled letter.")
    smuggled = b"".join(envelope(accounts.OUTSIDER, accounts.CAROL))
    # the text before the ending has no line end of its own: the ending brings one
    talk.say(visible.rstrip(b"\r\n") + ENDINGS[ending] + smuggled + hidden + b".\r\n")
    replies = [talk.hear()]
    talk.say(b"QUIT\r\n")
    while replies[-1] and not replies[-1].startswith("221"):
        replies.append(talk.hear())
    talk.close()


def plaintext_after_starttls() -> None:
    """STARTTLS is answered with 220, and the client goes on in clear."""
    talk = Talk(25)
    talk.hear()
    talk.ask(HELLO, b"STARTTLS\r\n")
    letter = accounts.letter(44, accounts.ALICE, accounts.BOB)
    text = letter.replace(b"\r\n.", b"\r\n..") + b".\r\n"
    talk.ask(HELLO, *envelope(accounts.ALICE, accounts.BOB), text, b"QUIT\r\n")
    talk.close()


def out_of_order() -> None:
    """A person at the keyboard: commands in the wrong order, unknown ones, and VRFY."""
    talk = Talk(25)
    talk.hear()
    talk.ask(
        b"NOOP\r\n",
        b"MAIL FROM:<alice@example.org>\r\n",
        HELLO,
        b"RCPT TO:<bob@example.org>\r\n",
        b"DATA\r\n",
        b"VRFY bob\r\n",
        b"EXPN staff\r\n",
        b"XYZZY\r\n",
        b"HELP\r\n",
        b"QUIT\r\n",
    )
    talk.close()


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act
    for act in (command_injection, smuggle, plaintext_after_starttls, out_of_order)
}

if __name__ == "__main__":
    ACTS[sys.argv[1]](*sys.argv[2:])

"""A server made of aiosmtpd, run as a program on the server's machine.

It offers what Debian's servers do not: XOAUTH2, OAUTHBEARER and LMTP. What it did goes to standard
output, a line of JSON for each fact.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
from typing import TYPE_CHECKING, Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from pcaps.record import accounts

if TYPE_CHECKING:
    from collections.abc import Callable


def tell(**facts: object) -> None:
    """Write a fact down."""
    print(json.dumps(facts), flush=True)


class Letters:
    """Refuses unknown mailboxes and writes down what was accepted; knows two token mechanisms."""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept the mailboxes of example.org."""
        if address not in accounts.MAILBOXES:
            return "550 5.1.1 Unknown user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the letter and forget it."""
        tls = session.ssl["cipher"][1] if session.ssl else ""
        tell(event="message", mail_from=envelope.mail_from, rcpt_to=envelope.rcpt_tos, tls=tls)
        replies = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join(["250 2.0.0 Accepted"] * replies)

    async def auth_XOAUTH2(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, args: list[str]
    ) -> AuthResult:
        """Take `user=...^Aauth=Bearer ...^A^A`, at once or after a challenge."""
        return await self._token(server, args, "XOAUTH2", "user=")

    async def auth_OAUTHBEARER(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, args: list[str]
    ) -> AuthResult:
        """Take `n,a=...,^A...auth=Bearer ...^A^A` (RFC 7628 3.1)."""
        return await self._token(server, args, "OAUTHBEARER", "n,a=")

    async def _token(
        self, server: SMTP, args: list[str], mechanism: str, prefix: str
    ) -> AuthResult:
        if len(args) == 1:
            answer = await server.challenge_auth("")
            octets = answer if isinstance(answer, bytes) else b""
        else:
            octets = base64.b64decode(args[1])
        first, *rest = octets.decode().split("\x01")
        user = first.removeprefix(prefix).rstrip(",")
        success = f"auth=Bearer {accounts.TOKEN}" in rest
        tell(event="auth", mechanism=mechanism, user=user, success=success)
        return AuthResult(success=success, handled=False, auth_data=user)


def check_password(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
) -> AuthResult:
    """Compare with the invented accounts."""
    user, password = data.login.decode(), data.password.decode()
    success = accounts.PASSWORDS.get(user) == password
    tell(event="auth", mechanism=mechanism, user=user, success=success)
    return AuthResult(success=success, handled=False, auth_data=user)


def factory(settings: dict[str, Any], tls: str) -> Callable[[], SMTP]:
    """Return what makes a connection's server, for a port with this kind of TLS."""
    context = None
    if tls == "starttls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings["certificate"], settings["key"])
    every = {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"}

    def make() -> SMTP:
        kind = LMTP if settings["lmtp"] else SMTP
        return kind(
            Letters(),
            hostname="mail.example.org",
            ident="aiosmtpd",
            tls_context=context,
            auth_require_tls=False,
            auth_exclude_mechanism=every - set(settings["mechanisms"]),
            authenticator=check_password,
        )

    return make


async def serve(settings: dict[str, Any]) -> None:
    """Listen on every port until the machine ends."""
    loop = asyncio.get_running_loop()
    for port, tls in settings["ports"].items():
        await loop.create_server(factory(settings, tls), settings["address"], int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))

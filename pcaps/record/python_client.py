"""Sessions of Python's smtplib, run as a program on the client's machine."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import sys
from typing import TYPE_CHECKING

from pcaps.record import accounts
from pcaps.record.machines import SERVER, SERVER6
from pcaps.record.servers import AUTHORITY

if TYPE_CHECKING:
    from collections.abc import Callable

ME = "client.example.net"


def starttls() -> None:
    """STARTTLS with a checked certificate, then one letter."""
    with smtplib.SMTP(SERVER, 25, ME) as server:
        context = ssl.create_default_context(cafile=AUTHORITY)
        context.check_hostname = False
        server.starttls(context=context)
        server.sendmail(
            accounts.ALICE, [accounts.BOB], accounts.letter(21, accounts.ALICE, accounts.BOB)
        )


def login_in_clear() -> None:
    """STARTTLS is offered; the client logs in without it."""
    with smtplib.SMTP(SERVER, 587, ME) as server:
        server.login(accounts.ALICE, accounts.ALICE_PASSWORD)
        server.sendmail(
            accounts.ALICE, [accounts.BOB], accounts.letter(22, accounts.ALICE, accounts.BOB)
        )


def clear_on_465() -> None:
    """Port 465 is spoken to in clear, with a log-in."""
    with smtplib.SMTP(SERVER, 465, ME) as server:
        server.login(accounts.BOB, accounts.BOB_PASSWORD)
        server.sendmail(
            accounts.BOB, [accounts.CAROL], accounts.letter(23, accounts.BOB, accounts.CAROL)
        )


def several_letters() -> None:
    """Three letters, with an envelope that is dropped by RSET before the second."""
    with smtplib.SMTP(SERVER6, 25, ME) as server:
        server.sendmail(
            accounts.ALICE, [accounts.BOB], accounts.letter(24, accounts.ALICE, accounts.BOB)
        )
        server.mail(accounts.OUTSIDER)
        server.rcpt(accounts.CAROL)
        server.rset()
        server.sendmail(
            accounts.BOB, [accounts.CAROL], accounts.letter(25, accounts.BOB, accounts.CAROL)
        )
        both = [accounts.ALICE, accounts.CAROL]
        server.sendmail(accounts.BOB, both, accounts.letter(26, accounts.BOB, ", ".join(both)))


def failed_logins() -> None:
    """Two sessions with three wrong passwords each, then one with the right one."""
    for _ in range(2):
        with smtplib.SMTP(SERVER, 587, ME) as server:
            server.ehlo()
            for password in accounts.WRONG_PASSWORDS[:3]:
                with contextlib.suppress(smtplib.SMTPAuthenticationError):
                    server.user, server.password = accounts.ALICE, password
                    server.auth("LOGIN", server.auth_login, initial_response_ok=False)
    with smtplib.SMTP(SERVER, 587, ME) as server:
        server.login(accounts.ALICE, accounts.ALICE_PASSWORD)
        server.sendmail(
            accounts.ALICE, [accounts.BOB], accounts.letter(27, accounts.ALICE, accounts.BOB)
        )


ACTS: dict[str, Callable[..., None]] = {
    act.__name__: act
    for act in (starttls, login_in_clear, clear_on_465, several_letters, failed_logins)
}

if __name__ == "__main__":
    ACTS[sys.argv[1]](*sys.argv[2:])

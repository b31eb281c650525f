"""The invented people of the scenes, their passwords, and the letters that they send.

Every secret comes from `pcaps/secrets.txt`, the list against which tests search what the detector
writes. The letters are made here to the octet, so that their size and hash are known whatever
client sends them.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

SECRETS = (Path(__file__).parents[1] / "secrets.txt").read_text().split()

ALICE = "alice@example.org"
BOB = "bob@example.org"
CAROL = "carol@example.org"
NOBODY = "nobody-here@example.org"
OUTSIDER = "mallory@example.net"

ALICE_PASSWORD, BOB_PASSWORD, *WRONG_PASSWORDS, TOKEN = SECRETS

PASSWORDS = {ALICE: ALICE_PASSWORD, BOB: BOB_PASSWORD}
MAILBOXES = (ALICE, BOB, CAROL)
"""Whom each server knows; other names at example.org are refused."""


def letter(
    number: int, sender: str, recipient: str, body: str = "", extra: tuple[str, ...] = ()
) -> bytes:
    """Return a small letter with CRLF line ends; a leading dot in it has to be stuffed."""
    lines = [
        f"Date: Mon, 02 Mar 2026 10:15:{number:02} +0000",
        f"From: {sender}",
        f"To: {recipient}",
        f"Subject: Letter {number} for the recording",
        f"Message-ID: <letter-{number}@client.example.net>",
        "MIME-Version: 1.0",
        *extra,
        "",
        *(body or f"This is letter {number}.\n.A line that begins with a dot.\nKind regards").split(
            "\n"
        ),
        "",
    ]
    return "\r\n".join(lines).encode()


REPORT = bytes(range(256)) * 24
"""The attached file: 6,144 octets in which each value occurs."""

REPORT_NAME = "report.bin"


def letter_with_attachment(number: int, sender: str, recipient: str) -> bytes:
    """Return a letter of two parts, a text and REPORT in base64."""
    encoded = base64.encodebytes(REPORT).decode().rstrip("\n")
    body = (
        "A message for readers without MIME.\n"
        "--=_recorded\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: quoted-printable\n"
        "\n"
        "Gr=C3=BC=C3=9Fe, see https://www.example.org/report?id=3D7\n"
        "--=_recorded\n"
        f'Content-Type: application/octet-stream; name="{REPORT_NAME}"\n'
        f'Content-Disposition: attachment; filename="{REPORT_NAME}"\n'
        "Content-Transfer-Encoding: base64\n"
        "\n"
        f"{encoded}\n"
        "--=_recorded--"
    )
    kind = 'Content-Type: multipart/mixed; boundary="=_recorded"'
    return letter(number, sender, recipient, body, (kind,))


def digest(octets: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(octets).hexdigest()

"""Logins whose secrets are known, planted among whatever else a script says.

The login itself stays whole on the client's side; everything around it, and all that the server
says, is the mutation's. What comes before the login ends at a line end and in command mode, or else
the secret would be the argument of another command, or a message, and shown with good reason.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import Final

from tests.fuzz import scripts
from tests.fuzz.scripts import Record
from tests.golden import test_secrets

SECRET: Final = "Hydrangea-9182-Kestrel"
USER: Final = "alice@example.org"
#: Commands behind which the client's lines are no commands.
MODES: Final = re.compile(
    rb"(?i)^[^\S\n]*(?:DATA|BDAT|STARTTLS|AUTH|XCLIENT|PROXY|CONNECT)", re.MULTILINE
)


def _b64(text: str) -> bytes:
    return base64.b64encode(text.encode())


#: The client's packets of each way to log in.
WAYS: Final[tuple[tuple[bytes, ...], ...]] = (
    (b"AUTH PLAIN " + _b64(f"\0{USER}\0{SECRET}") + b"\r\n",),
    (b"AUTH PLAIN\r\n", _b64(f"\0{USER}\0{SECRET}") + b"\r\n"),
    (b"AUTH LOGIN\r\n", _b64(USER) + b"\r\n", _b64(SECRET) + b"\r\n"),
    (b"AUTH LOGIN " + _b64(USER) + b"\r\n", _b64(SECRET) + b"\r\n"),
    (b"AUTH LOGIN\r\n" + _b64(USER) + b"\r\n" + _b64(SECRET) + b"\r\n",),
    (b"auth  plain\t" + _b64(f"{USER}\0{USER}\0{SECRET}") + b"\n",),
    (b"AUTH XOAUTH2 " + _b64(f"user={USER}\1auth=Bearer {SECRET}\1\1") + b"\r\n",),
    (b"AUTH OAUTHBEARER " + _b64(f"n,a={USER},\1auth=Bearer {SECRET}\1\1") + b"\r\n",),
    (b"AUTH CRAM-MD5\r\n", _b64(f"{USER} {SECRET}") + b"\r\n"),
    (b"AUTH X-UNKNOWN " + _b64(SECRET) + b"\r\n",),
    (b"AUTH PLAIN " + SECRET.encode() + b"\r\n",),
)


def leaks(text: bytes) -> list[bytes]:
    """Return what stands of the secret in a text, in whatever form."""
    return test_secrets.leaks(text, (SECRET,))


def planted(script: bytes) -> bytes:
    """Return the script with a login in it; which one and where follows from its octets."""
    settings, records = scripts.decode(script)
    lots = zlib.crc32(script)
    way = WAYS[lots % len(WAYS)]
    at = lots // 16 % (len(records) + 1)
    before = [_harmless(record) for record in records[:at]]
    behind = records[at:]
    login: list[Record] = []
    for packet in way:
        login.append(Record(scripts.CLIENT, packet))
        # what the server says between the packets of the login is what the script has it say
        while behind and behind[0].act & 1 and lots & 1:
            login.append(behind.pop(0))
    return scripts.encode(settings & ~scripts.ONLY_SERVER, [*before, *login, *behind])


def _harmless(record: Record) -> Record:
    """Return a record of the client as lines of which none leaves command mode."""
    if record.act not in {scripts.CLIENT, scripts.CLIENT_UNSEEN, scripts.CONFLICT}:
        return record
    lines = MODES.sub(b"NOOP", record.payload.replace(b"\r", b"").replace(b"\0", b""))
    if lines[:1] in {b"\x16", b"\x80"} or b"\x16" in lines:
        lines = b"NOOP"
    return Record(record.act, lines.replace(b"\n", b"\r\n") + b"\r\n")
